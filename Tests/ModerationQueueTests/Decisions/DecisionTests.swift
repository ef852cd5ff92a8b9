import BelowTheLine
import ModerationQueue
import Testing

struct DecisionTests {
  private func request(_ action: Action, by moderator: String = "anna", _ labels: [String: Bool] = [:]) -> DecisionRequest {
    DecisionRequest(moderator: moderator, action: action, labels: labels)
  }

  @Test func labelsReasonAndNoteAreKept() throws {
    let store = try TemporaryStore().store
    let decision = try store.decide(
      3, DecisionRequest(moderator: "anna", action: .reject, labels: ["conspiracy": true], reason: "conspiracy", note: "again"))
    let item = try #require(store.items(numbers: [3]).first)
    #expect(item.state == .rejected)
    #expect(item.decision == decision)
    #expect(item.labels == ["conspiracy": true])
    #expect(item.overruledLabels == [])
    #expect(decision.seen == #"{"model":"m1","scores":{"conspiracy":0.9,"off_topic":0.2},"flags":["conspiracy"]}"#)
  }

  @Test func aDecisionIsNotMadeTwice() throws {
    let store = try TemporaryStore().store
    try store.decide(1, request(.approve))
    let error = #expect(throws: QueueError.self) { try store.decide(1, request(.reject, by: "bert")) }
    #expect(error?.description.contains("approved by anna") == true)
    #expect(try store.decisions(on: 1).count == 1)
  }

  @Test func undoGivesBackWhatStoodBefore() throws {
    let store = try TemporaryStore().store
    try store.decide(1, request(.escalate, ["off_topic": true]))
    try store.decide(1, request(.reject, by: "bert", ["off_topic": false]))
    try store.decide(1, request(.undo, by: "bert"))
    #expect(try store.items(numbers: [1])[0].state == .escalated)
    #expect(try store.items(numbers: [1])[0].labels == ["off_topic": true])
    try store.decide(1, request(.undo))
    #expect(try store.items(numbers: [1])[0].state == .pending)
    #expect(try store.items(numbers: [1])[0].decision == nil)
    #expect(throws: QueueError.self) { try store.decide(1, request(.undo)) }
    #expect(try store.verify().problems == [])
  }

  @Test func anUndoMayBeMeantForOneEntry() throws {
    let store = try TemporaryStore().store
    let own = try store.decide(1, request(.escalate))
    let later = try store.decide(1, request(.reject, by: "bert"))
    let meant = DecisionRequest(moderator: "anna", action: .undo, undone: own.sequence)
    let error = #expect(throws: QueueError.self) { try store.decide(1, meant) }
    #expect(error?.description.contains("reject by bert") == true)
    #expect(try store.items(numbers: [1])[0].decision == later)
    try store.decide(1, request(.undo, by: "bert"))
    try store.decide(1, meant)
    #expect(try store.items(numbers: [1])[0].state == .pending)
  }

  @Test func aLabelCanBeOpenAgain() throws {
    let store = try TemporaryStore().store
    try store.decide(1, request(.label, ["off_topic": true, "conspiracy": false]))
    try store.decide(1, DecisionRequest(moderator: "anna", action: .approve, reopened: ["off_topic"]))
    #expect(try store.items(numbers: [1])[0].labels == ["conspiracy": false])
    #expect(try store.verify().problems == [])
  }

  @Test func aNumberThatIsAlsoAnotherCommentsIdIsToldApart() throws {
    let store = try TemporaryStore(filled: false).store
    let comments = [("s", "2"), ("s", "7"), ("s", "x"), ("t", "x"), ("s", "5")]
    _ = try store.add(comments.map { .comment(Comment(id: $1, text: "t"), source: $0, assessment: nil) })
    for (name, number) in [("#1", 1), ("1", 1), ("#2", 2), ("id:2", 1), ("7", 2), ("5", 5)] {
      #expect(try store.number(named: name) == number)
    }
    #expect(try store.number(named: "2", source: "s") == 1)
    #expect(try store.number(named: "x", source: "t") == 4)
    let error = #expect(throws: QueueError.self) { try store.number(named: "2") }
    #expect(error?.description.hasPrefix("2 may be #1 (id:2 of s) or #2 (id:7 of s): name one by its number, as '#1'") == true)
    for name in ["x", "id:x", "id:1", "#7", "8", "#x"] { #expect(throws: QueueError.self) { try store.number(named: name) } }
  }

  @Test(arguments: [(Action.uphold, ItemState.rejected), (.overturn, .approved)])
  func appeals(outcome: Action, state: ItemState) throws {
    let store = try TemporaryStore().store
    #expect(throws: QueueError.self) { try store.decide(1, request(.appeal)) }
    try store.decide(1, request(.reject))
    #expect(throws: QueueError.self) { try store.decide(1, request(outcome)) }
    try store.decide(1, request(.appeal, by: "reader"))
    #expect(try store.claim("bert", state: .appealed) == [1])
    try store.decide(1, request(outcome, by: "bert"))
    #expect(try store.items(numbers: [1])[0].state == state)
    #expect(try store.verify().problems == [])
  }

  @Test func aSecondOpinionChangesNothing() throws {
    let store = try TemporaryStore().store
    let opinion = DecisionRequest(moderator: "bert", action: .approve, labels: ["off_topic": false], isOpinion: true)
    #expect(throws: QueueError.self) { try store.decide(1, opinion) }
    try store.decide(1, request(.reject, ["off_topic": true]))
    try store.decide(1, opinion)
    #expect(try store.items(numbers: [1])[0].state == .rejected)
    #expect(try store.items(numbers: [1])[0].labels == ["off_topic": true])
    #expect(throws: QueueError.self) {
      try store.decide(1, DecisionRequest(moderator: "anna", action: .approve, isOpinion: true))
    }
    #expect(try store.statistics().people.map(\.agreement.observed) == [0])
  }

  @Test func oneThatFailsKeepsNoOtherBack() throws {
    let store = try TemporaryStore().store
    try store.decide(2, request(.approve))
    let results = try store.decide([1, 2, 99, 3], request(.reject))
    #expect(results.map { if case .success = $0 { true } else { false } } == [true, false, false, true])
    #expect(try store.verify().decisions == 3)
  }

  @Test func reasonsCanBeAddedAndMustBeKnown() throws {
    let store = try TemporaryStore().store
    #expect(throws: QueueError.self) { try store.decide(1, DecisionRequest(moderator: "anna", action: .reject, reason: "paywall")) }
    try store.add(ReasonCode(code: "paywall", title: "copies paid text"))
    try store.decide(1, DecisionRequest(moderator: "anna", action: .reject, reason: "paywall"))
    #expect(throws: QueueError.self) { try store.add(ReasonCode(code: "spam", title: "something else")) }
  }
}
