import BelowTheLine
import Foundation
import ModerationQueue
import Testing

/// Measured only when asked for, with `BTL_MEASURE=1 swift test -c release --filter AddingSpeed`: the figure is the machine's.
struct AddingSpeedTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["BTL_MEASURE"] != nil))
  func scoredRowsInBatches() throws {
    let store = try TemporaryStore(filled: false).store
    let text = String(repeating: "About as long as comments are. ", count: 13)
    let (batches, batchSize) = (50, 4096)
    var spent = Duration.zero
    let processorTime = clock()
    for batch in 0..<batches {
      let entries = (0..<batchSize).map { row -> QueueEntry in
        let score = Double((batch * batchSize + row) &* 7919 % 10_007) / 10_007
        let comment = Comment(id: "c\(batch * batchSize + row)", articleID: "a\(row / 50)", author: "somebody", text: "\(row) " + text)
        let assessment = Assessment(
          model: "m",
          scores: [
            Assessment.Score(label: "conspiracy", probability: score), Assessment.Score(label: "off_topic", probability: 1 - score),
          ])
        return .comment(comment, source: "s", assessment: assessment)
      }
      spent += try ContinuousClock().measure { _ = try store.add(entries) }
    }
    let rows = Double(batches * batchSize)
    let used = Double(clock() - processorTime) / Double(CLOCKS_PER_SEC)
    print("\(Int(rows / (spent / .seconds(1)))) rows a second added; \(Int(rows / used)) a second of processor time, with making them")
    #expect(try store.count(.pending) == batches * batchSize)
  }
}
