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
}
