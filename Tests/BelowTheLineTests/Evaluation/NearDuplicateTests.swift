import BelowTheLine
import TestSupport
import Testing

struct NearDuplicateTests {
  private func groups(_ texts: [String]) -> [Int] {
    var duplicates = NearDuplicates()
    var buffer = TokenBuffer()
    for text in texts {
      Tokenizer().tokenize(text, into: &buffer)
      duplicates.add(buffer)
    }
    return duplicates.groups()
  }

  @Test func textsThatDifferInAWordAreOneGroup() {
    let words = (0..<60).map { "word\($0)" }
    var changed = words
    changed[30] = "other"
    let unlike = (0..<60).map { "thing\($0)" }
    #expect(groups([words, unlike, changed, unlike].map { $0.joined(separator: " ") }) == [0, 1, 0, 1])
  }

  @Test func shortTextsAreLikeOnlyWhatIsEqual() {
    #expect(groups(["Exactly.", "exactly!!", "Never.", "", "Exactly so"]) == [0, 0, 2, 3, 4])
  }

  @Test func theCommentsOfTheSamplesAreAllDifferent() {
    #expect(groups(Samples.comments.map(\.text)) == Array(Samples.comments.indices))
  }

  @Test func rowsWithoutAnArticleAreGroupedByLikeness() {
    let text = "share this before they remove it, the whole truth about the harbour is in the link below"
    let records = [text, text + " now", "Something else altogether about ferries"].enumerated().map {
      Record.comment(Comment(id: "\($0)", text: $1, labels: ["a": true]))
    }
    let data = PreparedData(records, features: Samples.options().features)
    #expect(data.groups[0] == data.groups[1])
    #expect(data.groups[0] != data.groups[2])
    #expect(data.nearDuplicates == 1)
  }
}
