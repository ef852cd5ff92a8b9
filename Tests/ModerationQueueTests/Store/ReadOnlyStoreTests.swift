import Foundation
import ModerationQueue
import Testing

struct ReadOnlyStoreTests {
  @Test func aStoreThatCannotBeWrittenIsReadAndNothingIsMadeBesideIt() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("btl queue \(UUID().uuidString)?")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("q.sqlite").path
    do {
      let store = try QueueStore(path: path, creating: true)
      _ = try store.add(TemporaryStore.entries)
      try store.decide(1, DecisionRequest(moderator: "anna", action: .approve))
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let store = try QueueStore(path: path, readOnly: true)
    #expect(try store.items().count == 24)
    #expect(try store.verify().problems == [])
    #expect(try store.statistics().depth.map(\.count) == [23, 1])
    #expect(throws: QueueError.self) { try store.decide(2, DecisionRequest(moderator: "anna", action: .approve)) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["q.sqlite"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
  }

  @Test func whatAnotherProcessIsWritingIsReadToo() throws {
    let temporary = try TemporaryStore()
    #expect(try QueueStore(path: temporary.path, readOnly: true).items().count == 24)
  }
}
