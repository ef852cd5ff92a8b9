import BelowTheLine
import CommentSources
import TestSupport
import Testing

struct PlainTextPageTests {
  private static let article = """
    Ferry to Skarvoy suspended after engine fire

    The morning ferry to Skarvoy was towed back to the harbour on Monday after a fire in its engine room, the company said.

    No passenger was hurt. "We heard a bang and then saw smoke," said Ola Berg, who was on board with his daughter.

    A spare vessel will take over the crossing from Thursday, according to the harbour office.

    © Skarvoy Post 2024

    """

  @Test func namesAndRemarksAfterTheArticleAreComments() throws {
    let (records, _) = try readAll(
      Self.article + """
        Seagull
        Third fire in two years. Do you still trust them?
        I don't.
        Marit H
        My aunt was on board, the crew was calm.
        Seagull
        Glad to hear it!
        """)
    let article = try #require(records.articles.first)
    #expect(article.title == "Ferry to Skarvoy suspended after engine fire")
    #expect(article.body.hasSuffix("© Skarvoy Post 2024"))
    #expect(records.comments.map(\.author) == ["Seagull", "Marit H", "Seagull"])
    #expect(
      records.comments.map(\.text) == [
        "Third fire in two years. Do you still trust them?\nI don't.", "My aunt was on board, the crew was calm.", "Glad to hear it!",
      ])
    #expect(records.comments.map(\.articleID) == ["in", "in", "in"])
    #expect(records.comments.map(\.id) == ["in#1", "in#2", "in#3"])
  }

  @Test func timesAndVotesBelongToNoText() throws {
    let (records, _) = try readAll(
      Self.article + "Anna B\n2 hours ago\nI was there.\nReply\n3 likes\nTom\n1 hour ago\nWere you? Tell us!\nReply\n")
    #expect(records.comments.map(\.author) == ["Anna B", "Tom"])
    #expect(records.comments.map(\.text) == ["I was there.", "Were you? Tell us!"])
    #expect(records.comments.map(\.createdAt) == ["2 hours ago", "1 hour ago"])
  }

  @Test(arguments: [
    "", "Read more\nWeather\nSport\n", "The Winners\nBest Harbour\nSkarvoy\nBest Ferry\nThe Old One\n",
    "Scroll to Top\n", "Related\nTwo held after brawl at fair\nMayor opens bridge\n",
  ])
  func aPageWithoutCommentsHasNone(ending: String) throws {
    let (records, _) = try readAll(Self.article + ending)
    #expect(records.comments.isEmpty)
    #expect(records.articles.count == 1)
  }

  @Test func everyLineOfThePageIsSomewhere() throws {
    var mutator = Mutator(seed: 31)
    let page = Array((Self.article + "Seagull\nI trust them!\nMarit H\nWhy do you?\nSeagull\nBecause I know you.\n").utf8)
    for _ in 0..<500 {
      let text = String(decoding: mutator.mutate(page), as: UTF8.self)
      let (records, _) = try readAll(Array(text.utf8), format: .text)
      let lines = Set(text.split { $0.isNewline }.map { String($0).trimmed }.filter { !$0.isEmpty })
      if text.utf8.allSatisfy({ $0 <= 0x20 }) {
        #expect(records.isEmpty)
        continue
      }
      let article = try #require(records.articles.first)
      var kept = Set(article.body.split { $0.isNewline }.map(String.init))
      for comment in records.comments {
        kept.formUnion(comment.text.split { $0.isNewline }.map(String.init) + [comment.author ?? ""])
      }
      #expect(kept.isSubset(of: lines))
      // Only times, votes and the like are kept apart.
      #expect(lines.subtracting(kept).allSatisfy { $0.utf8.count <= 64 })
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
