internal import BelowTheLine

/// What a model said of a comment: scores, thresholds and reasons, as the queue keeps them.
public struct Assessment: Sendable, Equatable {
  /// A part of the text, in UTF-8 offsets, and what it adds to the logit.
  public struct Span: Sendable, Equatable {
    public var start: Int
    public var length: Int
    public var share: Double

    public init(start: Int, length: Int, share: Double) {
      self.start = start
      self.length = length
      self.share = share
    }
  }

  /// One label of the model.
  public struct Score: Sendable, Equatable {
    public var label: String
    /// nil where it could not be given.
    public var probability: Double?
    public var threshold: Double
    /// The parts of the text that weigh most, in order of their place.
    public var spans: [Span]

    public init(label: String, probability: Double?, threshold: Double = 0.5, spans: [Span] = []) {
      self.label = label
      self.probability = probability
      self.threshold = threshold
      self.spans = spans
    }

    public var isFlagged: Bool { probability.map { $0 >= threshold } ?? false }
  }

  /// The model's digest; empty where it is not known.
  public var model: String
  public var scores: [Score]

  public init(model: String, scores: [Score]) {
    self.model = model
    self.scores = scores
  }

  public var flags: [String] { scores.filter(\.isFlagged).map(\.label) }

  public func probability(of label: String) -> Double? { scores.first { $0.label == label }?.probability }

  /// How far up a comment belongs when the likely cases come first, in 0...1: the highest of its labels, where 0.5 is the threshold
  /// whatever it is. What was not scored stands at 0.5, behind all that is flagged and before all that is not.
  var risk: Double {
    let ranks = scores.compactMap { score in
      score.probability.map { probability in
        probability < score.threshold
          ? 0.5 * probability / score.threshold : 0.5 + 0.5 * (probability - score.threshold) / max(1 - score.threshold, 1e-9)
      }
    }
    return min(ranks.max() ?? 0.5, 1)
  }

  /// The smallest distance of a probability from its threshold (margin sampling; Lewis and Gale 1994, doi:10.1007/978-1-4471-2099-5_1).
  /// 0 for what was not scored: nothing is less certain.
  var margin: Double { scores.compactMap { score in score.probability.map { abs($0 - score.threshold) } }.min() ?? 0 }

  /// Writes what the queue keeps beside the spans: `{"model":"…","labels":{"off_topic":{"score":0.91,"threshold":0.4,"flagged":true}}}`.
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key(Self.modelKey)
    writer.string(model)
    writer.key(Self.labelsKey)
    writer.beginObject()
    for score in scores {
      writer.key(score.label)
      writer.beginObject()
      writer.key(Self.scoreKey)
      if let probability = score.probability { writer.fixed4(probability) } else { writer.null() }
      writer.key(Self.thresholdKey)
      writer.fixed4(score.threshold)
      writer.key(Self.flaggedKey)
      writer.bool(score.isFlagged)
      writer.endObject()
    }
    writer.endObject()
    writer.endObject()
  }

  private static let modelKey = JSONKey("model")
  private static let labelsKey = JSONKey("labels")
  private static let scoreKey = JSONKey("score")
  private static let thresholdKey = JSONKey("threshold")
  private static let flaggedKey = JSONKey("flagged")

  /// - Parameters:
  ///   - json: as ``write(to:)`` wrote it.
  ///   - spans: as ``appendSpans(to:)`` did; nil where they are not asked for, or there are none.
  init?(json: String, spans: [UInt8]? = nil) {
    guard let value = try? JSONScanner.parse(json) else { return nil }
    model = value["model"]?.text ?? ""
    scores = (value["labels"]?.members ?? []).map { label in
      Score(label: label.key, probability: label.value["score"]?.double, threshold: label.value["threshold"]?.double ?? 0.5)
    }
    if let spans { readSpans(spans) }
  }
}
