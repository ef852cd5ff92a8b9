internal import BelowTheLine
internal import Foundation
internal import ModerationQueue

/// Puts scored records into a store, with what the model said and why.
final class QueueFiller {
  private let path: String
  private var store: QueueStore?
  private let scorer: Scorer
  private let thresholds: [Double]
  private let source: String?
  private let threads: Int
  /// Where the articles of this run came from, by id.
  private var articleSources: [String: String] = [:]
  private(set) var counts = AddCounts()
  /// The newest comment that was there before.
  private var newest: Int64 = 0

  /// At most this many spans of a label are kept, each of a weighty token.
  private static let keptSpans = 16

  /// A store that is there is opened at once; one that is not is made when there is something to put in, so that nothing is left of a run
  /// whose input is refused.
  ///
  /// - Parameters:
  ///   - path: of the store.
  ///   - source: what all records are of; nil for what each one says, or the file it was read from.
  /// - Throws: ``QueueError`` where the store cannot be opened, ``Unusable`` where it cannot be made.
  init(path: String, scorer: Scorer, at targets: [ThresholdTarget], source: String?, threads: Int) throws {
    self.path = path
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if FileManager.default.fileExists(atPath: path) {
      let store = try QueueStore(path: path, creating: true)
      newest = try store.newestNumber()
      self.store = store
    } else if !FileManager.default.isWritableFile(atPath: folder) {
      throw Unusable("\(path): no file can be made in \(folder)")
    }
    self.scorer = scorer
    self.source = source
    self.threads = threads
    thresholds = scorer.model.heads.map { head in head.thresholds.first { $0.target == targets.first }?.value ?? head.threshold }
  }

  /// Adds records in one transaction; when this returns, they are on disk.
  ///
  /// - Parameters:
  ///   - records: each with the file it was read from.
  ///   - scores: one a comment, in order; nil for comments that are not to be scored.
  /// - Throws: ``QueueError`` where the store cannot be made or written.
  func add(_ records: [(record: Record, path: String)], scores: [CommentScore]?) throws {
    if records.isEmpty { return }
    let comments = records.compactMap { record, _ in if case .comment(let comment) = record { comment } else { nil } }
    let assessments = Parallel.map(comments.count, threads: threads) { [scorer, thresholds] index in
      Self.assessment(in: comments[index], scorer.model, thresholds)
        ?? scores.map { Self.assessment(comments[index], $0[index], scorer, thresholds) }
    }
    var next = assessments.makeIterator()
    let entries = records.map { record, path -> QueueEntry in
      switch record {
      case .article(let article):
        let source = source ?? path
        articleSources[article.id] = source
        return .article(article, source: source)
      case .comment(let comment):
        let source = source ?? comment.extra["source"]?.text ?? path
        return .comment(
          comment, source: source, articleSource: comment.articleID.flatMap { articleSources[$0] }, assessment: next.next() ?? nil)
      }
    }
    counts += try openStore().add(entries)
  }

  /// The store, made where there is none.
  ///
  /// - Throws: ``QueueError``.
  @discardableResult
  func openStore() throws -> QueueStore {
    if let store { return store }
    let store = try QueueStore(path: path, creating: true)
    self.store = store
    return store
  }

  /// Whether most of what was added is there twice now.
  func twins() throws -> (count: Int, of: Int, source: String)? { counts.added == 0 ? nil : try store?.twins(since: newest) }

  /// Whether it is an article, or a comment that brings scores along.
  static func needsNoScore(_ record: Record) -> Bool {
    guard case .comment(let comment) = record else { return true }
    return comment.extra["scores"]?.members.isEmpty == false
  }

  /// What of the scores that a record brings along is none.
  static func problem(in comment: Comment) -> (field: String, reason: String)? {
    for (field, range) in [("scores", 0...1), ("thresholds", Model.thresholdRange)] {
      for member in comment.extra[field]?.members ?? []
      where member.value != .null && !(member.value.double.map { range ~= $0 } ?? false) {
        return ("\(field).\(member.key)", "a number from \(Int(range.lowerBound)) to \(Int(range.upperBound)) is needed, or null")
      }
    }
    return nil
  }

  private static func assessment(_ comment: Comment, _ score: CommentScore, _ scorer: Scorer, _ thresholds: [Double]) -> Assessment {
    let (ranges, shares) = scorer.tokenShares(of: comment.text)
    let scores = scorer.model.labels.indices.map { index in
      Assessment.Score(
        label: scorer.model.labels[index], probability: score.probabilities[index], threshold: thresholds[index],
        spans: score.logits[index] == nil ? [] : spans(ranges, shares[index]))
    }
    return Assessment(model: scorer.model.digest, scores: scores)
  }

  private static func spans(_ ranges: [Range<Int>], _ shares: [Double]) -> [Assessment.Span] {
    shares.indices.filter { abs(shares[$0]) >= Explanation.weightyShare }
      .sorted { abs(shares[$0]) > abs(shares[$1]) }.prefix(keptSpans)
      .sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }
      .map { Assessment.Span(start: ranges[$0].lowerBound, length: ranges[$0].count, share: shares[$0]) }
  }

  /// The scores that a record brings along, as `btl score --explain` writes them.
  private static func assessment(in comment: Comment, _ model: Model, _ thresholds: [Double]) -> Assessment? {
    guard let members = comment.extra["scores"]?.members, !members.isEmpty else { return nil }
    let scores = members.map { member in
      let head = model.labels.firstIndex(of: member.key)
      let threshold = comment.extra["thresholds"]?[member.key]?.double ?? head.map { thresholds[$0] } ?? 0.5
      let tokens = comment.extra["reasons"]?[member.key]?["tokens"]?.elements ?? []
      let spans = tokens.compactMap { token -> Assessment.Span? in
        guard let start = token["start"]?.integer, let end = token["end"]?.integer, let share = token["share"]?.double, 0 <= start,
          start < end
        else { return nil }
        return Assessment.Span(start: start, length: end - start, share: share)
      }
      return Assessment.Score(
        label: member.key, probability: member.value.double, threshold: threshold, spans: spans.sorted { $0.start < $1.start })
    }
    return Assessment(model: comment.extra["model"]?.text ?? "", scores: scores)
  }
}
