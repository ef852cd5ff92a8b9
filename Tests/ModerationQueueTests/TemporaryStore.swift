import BelowTheLine
import Foundation
import GRDB
import ModerationQueue
import TestSupport

/// A store that goes when the test goes, with a clock that the test turns.
final class TemporaryStore {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("btl-queue-\(UUID().uuidString).sqlite").path
  let store: QueueStore
  let clock: Clock

  final class Clock: @unchecked Sendable {
    private let lock = NSLock()
    private var time = Date(timeIntervalSince1970: 1_800_000_000)

    var now: Date { lock.withLock { time } }

    func advance(_ seconds: Double) { lock.withLock { time += seconds } }
  }

  /// - Parameter filled: with the sample threads, the model being sure of the conspiracies and of nothing else.
  init(filled: Bool = true) throws {
    let clock = Clock()
    self.clock = clock
    store = try QueueStore(path: path, creating: true) { clock.now }
    if filled { _ = try store.add(Self.entries) }
  }

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  static let entries: [QueueEntry] = Samples.records.map { record in
    switch record {
    case .article(let article): .article(article, source: "samples")
    case .comment(let comment): .comment(comment, source: "samples", assessment: assessment(comment))
    }
  }

  static func assessment(_ comment: Comment, model: String = "m1") -> Assessment {
    Assessment(
      model: model,
      scores: [
        Assessment.Score(
          label: "conspiracy", probability: comment.labels["conspiracy"] == true ? 0.9 : 0.1, threshold: 0.4,
          spans: [Assessment.Span(start: 0, length: comment.text.utf8.prefix { $0 != 0x20 }.count, share: 1.25)]),
        Assessment.Score(label: "off_topic", probability: 0.2, threshold: 0.3),
      ])
  }

  /// The statements of another program on the same file.
  func sqlite(_ sql: String) throws {
    try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
  }
}
