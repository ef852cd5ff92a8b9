import BelowTheLine
import Foundation
import ModerationQueue
import TestSupport
import Testing

/// Measured only when asked for, with `BTL_MEASURE=1 swift test -c release --filter AddingSpeed`: the figures are the machine's.
struct AddingSpeedTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["BTL_MEASURE"] != nil), .serialized, arguments: [false, true])
  func scoredRowsInBatches(explained: Bool) throws {
    let store = try TemporaryStore(filled: false).store
    var rows = SampleRows(explained: explained)
    let (batches, batchSize) = (50, 4096)
    var spent: [Duration] = []
    var processorTime = 0
    for _ in 0..<batches {
      let entries = (0..<batchSize).flatMap { _ in rows.next() }
      let start = clock()
      spent.append(try ContinuousClock().measure { _ = try store.add(entries) })
      processorTime += clock() - start
    }
    func rate(_ spent: some Collection<Duration>) -> Int { Int(Double(spent.count * batchSize) / (spent.reduce(.zero, +) / .seconds(1))) }
    print(
      explained ? "explained:" : "scored:", rate(spent), "rows a second added,", rate(spent.sorted().prefix(batches / 2)),
      "in the quicker half of the batches;", batches * batchSize * Int(CLOCKS_PER_SEC) / processorTime, "a second of processor time")
    #expect(try store.count(.pending) == batches * batchSize)
  }
}

/// Rows as `btl queue add` makes them of a dump: 45 comments an article, of 20 to 140 words, half of them answers.
private struct SampleRows {
  /// Whether they bring along the words that weigh most.
  private let explained: Bool
  private var row = 0
  private var generator = SeededGenerator(seed: 8)
  private let words: [String]
  private let body: String

  init(explained: Bool) {
    self.explained = explained
    var generator = generator
    let words = (0..<2000).map { _ in
      String((0..<2 + generator.below(8)).map { _ in Character(UnicodeScalar(UInt8(97 + generator.below(26)))) })
    }
    self.words = words
    body = (0..<600).map { _ in words[generator.below(words.count)] }.joined(separator: " ")
  }

  /// A comment, and before the first of an article that article.
  mutating func next() -> [QueueEntry] {
    let article = "a\(row / 45)"
    let count = 20 + generator.below(120)
    let text = (0..<count).map { _ in words[generator.below(words.count)] }.joined(separator: " ")
    let comment = Comment(
      id: "c\(row)", articleID: article, parentID: row % 2 == 0 ? nil : "c\(row - 1)", author: "reader\(row % 31)",
      createdAt: "2023-02-16T10:00:00Z", text: text)
    let score = Double(row &* 7919 % 10_007) / 10_007
    let assessment = Assessment(
      model: "5c8ea1a007a80559",
      scores: [
        Assessment.Score(label: "conspiracy", probability: score, threshold: 0.4127, spans: spans(16, of: text)),
        Assessment.Score(label: "off_topic", probability: 1 - score, threshold: 0.3171, spans: spans(10, of: text)),
      ])
    let entry = QueueEntry.comment(comment, source: "dump.jsonl", assessment: assessment)
    defer { row += 1 }
    return row % 45 == 0 ? [.article(Article(id: article, title: "Article \(row)", body: body), source: "dump.jsonl"), entry] : [entry]
  }

  private mutating func spans(_ count: Int, of text: String) -> [Assessment.Span] {
    guard explained else { return [] }
    return (0..<count).map { index in
      Assessment.Span(
        start: index * text.utf8.count / count, length: 1 + generator.below(8), share: Double(generator.below(10_000)) / 10_000 - 0.5)
    }
  }
}
