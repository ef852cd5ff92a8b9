import BelowTheLine
import Foundation
import ModerationQueue
import Testing

struct AddingTests {
  private func entry(_ text: String, id: String = "a", source: String = "s", model: String? = nil) -> QueueEntry {
    let comment = Comment(id: id, text: text)
    return .comment(comment, source: source, assessment: model.map { TemporaryStore.assessment(comment, model: $0) })
  }

  private func counts(added: Int = 0, revised: Int = 0, rescored: Int = 0, unchanged: Int = 0) -> AddCounts {
    var counts = AddCounts()
    (counts.added, counts.revised, counts.rescored, counts.unchanged) = (added, revised, rescored, unchanged)
    return counts
  }

  @Test func addingAgainChangesNothing() throws {
    let temporary = try TemporaryStore()
    let before = try temporary.store.items()
    temporary.clock.advance(60)
    #expect(try temporary.store.add(TemporaryStore.entries) == counts(unchanged: 24))
    #expect(try temporary.store.items() == before)
  }

  @Test func aCommentThatWasTakenOutKeepsItsText() throws {
    let store = try TemporaryStore(filled: false).store
    _ = try store.add([entry("as it was")])
    let withdrawn = QueueEntry.comment(Comment(id: "a", text: "[deleted]", status: "deleted"), source: "s", assessment: nil)
    #expect(try store.add([withdrawn]) == counts(unchanged: 1))
    #expect(try store.items().map(\.text) == ["as it was"])
  }

  @Test func commentsOfTwoFilesThatAreTheSameAreTold() throws {
    let store = try TemporaryStore(filled: false).store
    let ids = (0..<8).map(String.init)
    _ = try store.add(ids.map { entry("text \($0)", id: $0, source: "monday") })
    #expect(try store.twins(since: 0) == nil)
    let newest = try store.newestNumber()
    _ = try store.add(ids.map { entry("text \($0 < "4" ? $0 : "new")", id: $0, source: "tuesday") })
    let twins = try #require(try store.twins(since: newest))
    #expect(twins == (4, 8, "monday"))
    _ = try store.add([entry("text 9", id: "9", source: "tuesday")])
    #expect(try store.twins(since: newest) == nil)
  }

  @Test func sameIDsOfTwoSourcesAreTwoComments() throws {
    let store = try TemporaryStore(filled: false).store
    #expect(try store.add([entry("one"), entry("one", source: "t")]) == counts(added: 2))
  }

  /// Strings are equal whose bytes differ; the store knows comments by their bytes, however many come at once.
  @Test func namesAreToldApartByTheirBytes() throws {
    let store = try TemporaryStore(filled: false).store
    let entries = ["é", "e\u{301}"].map { entry("one", source: $0) }
    #expect(try store.add(entries) == counts(added: 2))
    for entry in entries { #expect(try store.add([entry]) == counts(unchanged: 1)) }
  }

  @Test func anEditedCommentIsANewRevisionToBeDecidedAgain() throws {
    let store = try TemporaryStore(filled: false).store
    _ = try store.add([entry("first", model: "m")])
    try store.decide(1, DecisionRequest(moderator: "anna", action: .approve))
    #expect(try store.add([entry("second", model: "m")]) == counts(revised: 1))
    let item = try #require(store.items().first)
    #expect(item.revision == 2)
    #expect(item.text == "second")
    #expect(item.state == .pending)
    #expect(item.decision == nil)
    #expect(try store.decisions(on: 1).map(\.revision) == [1])
    #expect(try store.verify().problems == [])
  }

  @Test func aTextThatIsEditedBackIsToBeDecidedAgain() throws {
    let store = try TemporaryStore(filled: false).store
    for (text, action) in [("abuse", Action.reject), ("kind words", .approve)] {
      _ = try store.add([entry(text)])
      try store.decide(1, DecisionRequest(moderator: "anna", action: action))
    }
    #expect(try store.add([entry("abuse")]) == counts(revised: 1))
    let item = try #require(store.items().first)
    #expect(item.text == "abuse")
    #expect(item.revision == 3)
    #expect(item.state == .pending)
    #expect(try store.verify().problems == [])
  }

  /// A dump may hold a comment as it was and as it is.
  @Test func ofTwoTextsTheLastCountsHoweverOftenTheyAreAdded() throws {
    let store = try TemporaryStore(filled: false).store
    let dump = [entry("as it was"), entry("other", id: "b"), entry("as it is")]
    #expect(try store.add(dump) == counts(added: 2, revised: 1))
    try store.decide(1, DecisionRequest(moderator: "anna", action: .approve))
    #expect(try store.add(dump) == counts(unchanged: 3))
    #expect(try store.items().map(\.text) == ["as it is", "other"])
    #expect(try store.items().map(\.state) == [.approved, .pending])
    #expect(try store.add([entry("x"), entry("y"), entry("y")]) == counts(revised: 1, unchanged: 2))
    #expect(try store.items().first?.revision == 3)
    #expect(try store.verify().problems == [])
  }

  @Test func aRevisionBringsAllThatItsRecordSays() throws {
    let store = try TemporaryStore().store
    let first = Comment(
      id: "5", articleID: "ferry", parentID: "c1", author: "Anna", createdAt: "2024-01-01", text: "first", extra: ["parent_text": "p"])
    let second = Comment(id: "5", articleID: "wheat", author: "Bert", createdAt: "2024-02-02", text: "second")
    for comment in [first, second] { _ = try store.add([.comment(comment, source: "samples", assessment: nil)]) }
    let item = try #require(store.items(numbers: [25]).first)
    #expect([item.author, item.createdAt, item.article?.id] == ["Bert", "2024-02-02", "wheat"])
    #expect(item.article?.title != nil)
    #expect(item.parent == nil)
  }

  @Test func aCommentFindsItsArticleAndIsScoredAnew() throws {
    let store = try TemporaryStore(filled: false).store
    func entry(_ articleID: String?, _ probability: Double?) -> QueueEntry {
      let score = Assessment.Score(label: "off_topic", probability: probability)
      return .comment(
        Comment(id: "1", articleID: articleID, text: "t"), source: "s", assessment: Assessment(model: "m", scores: [score]))
    }
    _ = try store.add([entry(nil, nil)])
    try store.decide(1, DecisionRequest(moderator: "anna", action: .approve))
    let found = [QueueEntry.article(Article(id: "a", title: "Title", body: "b"), source: "s"), entry("a", 0.75)]
    #expect(try store.add(found) == counts(rescored: 1))
    let item = try #require(store.items().first)
    #expect(item.article?.title == "Title")
    #expect(item.assessment?.probability(of: "off_topic") == 0.75)
    #expect(item.state == .approved)
    #expect(try store.add(found) == counts(unchanged: 1))
    // It stays where it is known to stand.
    #expect(try store.add([entry(nil, nil)]) == counts(unchanged: 1))
  }

  @Test func anotherModelReplacesScoresAndKeepsTheDecision() throws {
    let store = try TemporaryStore(filled: false).store
    _ = try store.add([entry("text", model: "old")])
    try store.decide(1, DecisionRequest(moderator: "anna", action: .reject))
    #expect(try store.add([entry("text", model: "new")]) == counts(rescored: 1))
    let item = try #require(store.items().first)
    #expect(item.assessment?.model == "new")
    #expect(item.state == .rejected)
    // Without a model there is nothing better to say.
    #expect(try store.add([entry("text")]) == counts(unchanged: 1))
  }

  @Test func contextTravelsAlong() throws {
    let store = try TemporaryStore().store
    let answer = try #require(store.items().first { $0.id == "c2" })
    #expect(answer.article?.title == "Ferry to Skarvoy suspended after engine fire")
    #expect(answer.parent?.text == "Third engine fire in two years. The company must answer for it.")
    #expect(answer.parent?.author == "reader1")
    #expect(answer.assessment?.flags == ["conspiracy"])
    #expect(answer.assessment.map { answer.text(of: $0.scores[0].spans[0]) } == "They")
  }

  @Test func spansComeBackAsTheyWere() throws {
    let store = try TemporaryStore(filled: false).store
    let spans = [
      Assessment.Span(start: 0, length: 1, share: -1.2345), Assessment.Span(start: 127, length: 128, share: 0),
      Assessment.Span(start: 1 << 40, length: .max, share: 99_999.9999),
    ]
    let assessment = Assessment(
      model: "m",
      scores: [
        Assessment.Score(label: "a", probability: 0.5), Assessment.Score(label: "b", probability: nil, spans: spans),
        Assessment.Score(label: "c", probability: 1, spans: Array(spans.prefix(1))),
      ])
    _ = try store.add([.comment(Comment(id: "1", text: "x"), source: "s", assessment: assessment)])
    #expect(try store.items().map(\.assessment) == [assessment])
  }

  @Test func whatSomebodyElseWroteAsSpansIsPassedOver() throws {
    let temporary = try TemporaryStore()
    for bytes in ["", "80", "FFFFFFFFFFFFFFFFFF01", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF01", "02010203", "05FFFFFFFFFFFFFFFFFF010101"] {
      try temporary.sqlite("UPDATE item SET spans = x'\(bytes)'")
      #expect(try temporary.store.items().count == 24)
    }
  }

  /// Runs of entries are prepared while others are written: all of them must come, in their order, and none if one fails.
  @Test func manyEntriesInOneCall() throws {
    let store = try TemporaryStore(filled: false).store
    let entries = (0..<2000).map { entry("text \($0)", id: "\($0)", model: "m") }
    #expect(try store.add(entries + entries) == counts(added: 2000, unchanged: 2000))
    #expect(try store.items().map(\.id) == (0..<2000).map(String.init))
    #expect(try store.verify().problems == [])
  }

  /// The log is copied into the file while others add, and what is left of it when the store goes.
  @Test func theLogStaysShortAndGoesWithTheStore() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("btl-queue-\(UUID().uuidString).sqlite").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (batches, text) = (60, String(repeating: "x", count: 1 << 20))
    do {
      let store = try QueueStore(path: path, creating: true)
      for batch in 0..<batches { _ = try store.add([entry(text, id: "\(batch)")]) }
      let size = try #require(FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int)
      #expect(size < 48 << 20)
    }
    #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    #expect(try QueueStore(path: path).count(.pending) == batches)
  }

  @Test func hostileTextsComeBackAsTheyWere() throws {
    let store = try TemporaryStore(filled: false).store
    let texts = [
      "a\u{0}b", "'; DROP TABLE item; --", "\u{1B}[2J", "\u{202E}x", "", "e\u{301}", "é", String(repeating: "x", count: 1 << 20),
    ]
    _ = try store.add(texts.enumerated().map { entry($0.element, id: "\($0.offset)\u{0}'") })
    // NUL, which ends a text in SQLite, is SUBSTITUTE there.
    #expect(try store.items().map { Array($0.text.utf8) } == texts.map { $0.utf8.map { $0 == 0 ? 0x1A : $0 } })
    #expect(try store.add(texts.enumerated().map { entry($0.element, id: "\($0.offset)\u{0}'") }) == counts(unchanged: texts.count))
    #expect(try store.verify().problems == [])
  }

  @Test func anotherProgramsDatabaseIsLeftAlone() throws {
    let temporary = try TemporaryStore()
    try temporary.sqlite("PRAGMA application_id = 7")
    #expect(throws: QueueError.self) { try QueueStore(path: temporary.path) }
  }
}
