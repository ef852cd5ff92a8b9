import BelowTheLine
import TestSupport
import Testing

struct CopiesTests {
  private static let advertisement = "Earn four hundred a day from your own kitchen, ask me how."

  private func copies(_ comments: [(article: String?, text: String)], labels: [String: Bool] = ["spam": true]) -> Int {
    let records = comments.enumerated().map { index, comment in
      Record.comment(.init(id: "c\(index)", articleID: comment.article, text: comment.text, labels: labels))
    }
    return PreparedData(records, features: Samples.options().features).copiesInOtherGroups
  }

  @Test func onlyThoseOfOtherGroupsCount() {
    #expect(copies([("a", Self.advertisement), ("b", Self.advertisement), ("b", Self.advertisement)]) == 3)
    #expect(copies([("a", Self.advertisement), ("a", Self.advertisement)]) == 0)
    // Without an article they are a group.
    #expect(copies([(nil, Self.advertisement), (nil, Self.advertisement)]) == 0)
    #expect(copies([("a", Self.advertisement), ("b", Self.advertisement + "!")]) == 0)
  }

  @Test func whatManyWriteByThemselvesIsNoCopy() {
    #expect(copies([("a", "Well said."), ("b", "Well said.")]) == 0)
    #expect(copies([("a", Self.advertisement), ("b", Self.advertisement)], labels: [:]) == 0)
  }
}
