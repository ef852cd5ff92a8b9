import BelowTheLine
import ModerationQueue
import Testing

struct OrderTests {
  /// Comments with one score each; nil for one that was not scored.
  private func store(_ scores: [Double?]) throws -> TemporaryStore {
    let temporary = try TemporaryStore(filled: false)
    for (index, score) in scores.enumerated() {
      let assessment = score.map { Assessment(model: "m", scores: [Assessment.Score(label: "x", probability: $0, threshold: 0.4)]) }
      _ = try temporary.store.add([.comment(Comment(id: "\(index)", text: "t"), source: "s", assessment: assessment)])
    }
    return temporary
  }

  @Test(arguments: [
    (QueueOrder.risk, [2, 5, 4, 1, 3]),
    (.uncertainty, [4, 1, 5, 3, 2]),
    (.age, [1, 2, 3, 4, 5]),
  ])
  func orders(order: QueueOrder, expected: [Int]) throws {
    let store = try store([0.38, 0.9, 0.05, nil, 0.5]).store
    var selection = Selection()
    selection.order = order
    #expect(try store.items(selection).map(\.number) == expected)
    #expect(try store.claim("anna", count: 5, order: order) == expected)
  }

  @Test func whatWasNotScoredStandsBetweenFlaggedAndUnflagged() throws {
    let store = try store([0.39, nil, 0.41]).store
    #expect(try store.claim("anna", count: 3, order: .risk) == [3, 2, 1])
  }

  @Test func inMixedOrderNothingWaitsForEver() throws {
    let temporary = try store([0.01])
    temporary.clock.advance(11 * 86_400)
    let sure = Assessment(model: "m", scores: [Assessment.Score(label: "x", probability: 0.99, threshold: 0.4)])
    _ = try temporary.store.add([.comment(Comment(id: "new", text: "t"), source: "s", assessment: sure)])
    #expect(try temporary.store.claim("anna", count: 2, order: .mixed) == [1, 2])
    #expect(try temporary.store.claim("anna", count: 2, order: .risk) == [2, 1])
  }

  @Test func selections() throws {
    let store = try TemporaryStore().store
    try store.decide(3, DecisionRequest(moderator: "anna", action: .reject, labels: ["conspiracy": true]))
    try store.decide(1, DecisionRequest(moderator: "bert", action: .approve, labels: ["conspiracy": false]))
    func numbers(_ change: (inout Selection) -> Void) throws -> [Int] {
      var selection = Selection()
      change(&selection)
      return try store.items(selection).map(\.number)
    }
    #expect(try numbers { $0.states = [.rejected] } == [3])
    #expect(try numbers { $0.states = [.rejected, .approved] } == [1, 3])
    #expect(try numbers { $0.labels = ["conspiracy": true] } == [3])
    #expect(try numbers { $0.moderator = "bert" } == [1])
    #expect(try numbers { $0.flags = ["conspiracy"] }.count == 6)
    #expect(try numbers { $0.scores = ["conspiracy": 0.5...1] }.count == 6)
    #expect(try numbers { $0.scores = ["a \"strange\" label": 0.5...1] } == [])
    #expect(try numbers { $0.article = "wheat" }.count == 12)
    #expect(try numbers { $0.source = "elsewhere" } == [])
    #expect(try numbers { $0.isDecided = true } == [1, 3])
    #expect(try numbers { $0.until = Instant("2026-01-01") } == [])
    #expect(try numbers { $0.limit = 5 } == [1, 2, 3, 4, 5])
  }

  @Test func commentsAreSelectedByInstants() throws {
    let temporary = try TemporaryStore(filled: false)
    let times = ["2024-03-01T00:30:00+02:00", "2024-02-29T23:00:00Z", "4 May 2023 at 7:52 pm", "2024-02-30"]
    _ = try temporary.store.add(
      times.map { .comment(Comment(id: $0, createdAt: $0, text: "t"), source: "s", assessment: nil) })
    func numbers(since: String? = nil, until: String? = nil) throws -> [Int] {
      var selection = Selection()
      selection.since = since.flatMap(Instant.init)
      selection.until = until.flatMap(Instant.init)
      return try temporary.store.items(selection).map(\.number)
    }
    #expect(try numbers(until: "2024-02-29T22:45:00Z") == [1])
    #expect(try numbers(since: "2024-03-01T00:45:00+02:00", until: "2024-03-01") == [2])
    // What has no usable time counts from the day it was added.
    #expect(try numbers(since: "2027-01-15") == [3, 4])
    #expect(try temporary.store.items().map(\.writtenAt) == [times[0], times[1], nil, nil])
  }
}
