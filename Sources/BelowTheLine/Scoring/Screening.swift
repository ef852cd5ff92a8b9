/// What a score suggests to a desk. A person decides about every comment: nothing here removes one.
public enum Outcome: String, Sendable, CaseIterable {
  case pass
  /// Somebody should look at it.
  case review
  /// Somebody should look at it before others do.
  case hold
}

/// The thresholds of a model that a desk works with: one from which comments are reviewed, and perhaps one from which they are
/// held back until then.
public struct Screening: Sendable {
  private let labels: [String]
  private let review: [Double]
  private let hold: [Double]?

  /// Whether ``Outcome/hold`` can occur.
  public var holds: Bool { hold != nil }

  /// - Parameter targets: none for the model's first threshold, one to review, or one to review and one to hold.
  /// - Throws: ``ScreeningError`` where the model was not trained for a target.
  public init(_ model: Model, at targets: [ThresholdTarget] = []) throws(ScreeningError) {
    guard targets.count <= 2 else { throw .tooMany(targets.count) }
    labels = model.labels
    func thresholds(_ target: ThresholdTarget?) throws(ScreeningError) -> [Double] {
      var values: [Double] = []
      for head in model.heads {
        guard let threshold = head.thresholds.first(where: { target == nil || $0.target == target }) else {
          throw .unknown(target.map(\.description) ?? "", label: head.label, known: head.thresholds.map(\.target.description))
        }
        values.append(threshold.value)
      }
      return values
    }
    review = try thresholds(targets.first)
    hold = targets.count == 2 ? try thresholds(targets[1]) : nil
  }

  /// Labels whose probability reaches a threshold.
  public func flags(_ score: CommentScore) -> [String] {
    labels.indices.filter { outcome(score, head: $0) != .pass }.map { labels[$0] }
  }

  /// The gravest of the outcomes of all labels; a label without a score passes.
  public func outcome(_ score: CommentScore) -> Outcome {
    let outcomes = labels.indices.map { outcome(score, head: $0) }
    return outcomes.contains(.hold) ? .hold : outcomes.contains(.review) ? .review : .pass
  }

  private func outcome(_ score: CommentScore, head: Int) -> Outcome {
    guard let logit = score.logits[head] else { return .pass }
    return outcome(of: Elementary.sigmoid(logit), head: head)
  }

  /// What the probability of one label suggests.
  public func outcome(of probability: Double, head: Int) -> Outcome {
    if let hold, probability >= hold[head] { return .hold }
    return probability >= review[head] ? .review : .pass
  }
}

public enum ScreeningError: Error, Equatable, CustomStringConvertible {
  case unknown(String, label: String, known: [String])
  case tooMany(Int)

  public var description: String {
    switch self {
    case .unknown(let target, let label, let known):
      "the model has no threshold \(target) for \(label); it was trained for \(known.joined(separator: ", "))"
    case .tooMany(let count): "\(count) thresholds are chosen; one to review and one to hold are possible"
    }
  }
}
