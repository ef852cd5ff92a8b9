import Foundation
import ModerationQueue
import Testing

struct ClaimTests {
  @Test func nobodyGetsWhatSomebodyElseHas() throws {
    let store = try TemporaryStore().store
    #expect(try store.claim("anna", count: 3, order: .age) == [1, 2, 3])
    #expect(try store.claim("bert", count: 2, order: .age) == [4, 5])
    #expect(throws: QueueError.self) { try store.decide(1, DecisionRequest(moderator: "bert", action: .approve)) }
    try store.decide(1, DecisionRequest(moderator: "anna", action: .approve))
  }

  @Test func whoAsksAgainGetsTheSame() throws {
    let store = try TemporaryStore().store
    #expect(try store.claim("anna", count: 2, order: .age) == [1, 2])
    try store.decide(1, DecisionRequest(moderator: "anna", action: .approve))
    #expect(try store.claim("anna", count: 2, order: .age) == [2, 3])
    #expect(try store.claim("anna", count: 2, order: .age, skipping: [2]) == [3, 4])
  }

  @Test func aClaimEndsWhenItsTimeIsUp() throws {
    let temporary = try TemporaryStore()
    #expect(try temporary.store.claim("anna", order: .age, lease: 60) == [1])
    temporary.clock.advance(59)
    #expect(try temporary.store.claim("bert", order: .age) == [2])
    temporary.clock.advance(2)
    #expect(try temporary.store.claim("carla", order: .age) == [1])
    #expect(throws: QueueError.self) { try temporary.store.decide(1, DecisionRequest(moderator: "anna", action: .approve)) }
  }

  @Test func whatIsGivenBackIsFree() throws {
    let store = try TemporaryStore().store
    #expect(try store.claim("anna", order: .age) == [1])
    try store.release([1], by: "bert")
    #expect(throws: QueueError.self) { try store.claim(1, by: "bert") }
    try store.release([1], by: "anna")
    #expect(try store.claim("bert", order: .age) == [1])
  }

  /// Threads with a connection each, as processes have them.
  @Test func underLoadEachIsDecidedOnce() throws {
    let temporary = try TemporaryStore()
    let path = temporary.path
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      do {
        let store = try QueueStore(path: path)
        while let number = try store.claim("worker \(worker)").first {
          try store.decide(number, DecisionRequest(moderator: "worker \(worker)", action: .approve))
        }
      } catch {
        Issue.record(error)
      }
    }
    #expect(try temporary.store.items().allSatisfy { $0.state == .approved })
    #expect(try temporary.store.verify().decisions == 24)
    #expect(try temporary.store.verify().problems == [])
  }
}
