/// What a threshold is chosen for.
public enum ThresholdTarget: Sendable, Hashable, LosslessStringConvertible {
  /// The highest Matthews correlation to be expected if the scores are the probabilities that they claim to be. Depends on no
  /// single row, so it wavers less than a search for the best count of right answers.
  case highestExpectedMCC
  /// The same of F1, among thresholds that flag at most twice as many comments as are positive: where a label can hardly be told, F1 is
  /// hardly higher where a third is flagged than where nearly all is.
  case highestExpectedF1
  /// At least this share of the flagged comments is positive; as many of the positive ones as that allows are found.
  case precision(Double)
  /// At least this share of the positive comments is found, with as few flagged as that allows.
  case recall(Double)
  /// At most this share of all comments is flagged: what a desk can read.
  case rate(Double)

  /// Reads `mcc`, `f1`, `precision=0.9`, `recall=0.8` or `rate=0.05`.
  public init?(_ text: String) {
    switch text {
    case "mcc":
      self = .highestExpectedMCC
      return
    case "f1":
      self = .highestExpectedF1
      return
    default: break
    }
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let share = Double(parts[1]), share > 0, share <= 1 else { return nil }
    switch parts[0] {
    case "precision": self = .precision(share)
    case "recall": self = .recall(share)
    case "rate": self = .rate(share)
    default: return nil
    }
  }

  public var description: String {
    switch self {
    case .highestExpectedMCC: "mcc"
    case .highestExpectedF1: "f1"
    case .precision(let share): "precision=\(share)"
    case .recall(let share): "recall=\(share)"
    case .rate(let share): "rate=\(share)"
    }
  }
}

/// A threshold and what it was chosen for.
public struct Threshold: Sendable, Equatable {
  public var target: ThresholdTarget
  /// Comments with at least this probability are flagged; above 1 where the target is out of reach, so that none is.
  public var value: Double

  public init(target: ThresholdTarget, value: Double) {
    self.target = target
    self.value = value
  }

  public var isReached: Bool { value <= 1 }

  /// Flags nothing.
  static let outOfReach = 2.0
}

extension RankedScores {
  /// The threshold that serves a target best on these rows: half-way between two neighbouring scores.
  ///
  /// - Parameter weights: of the rows in the order they were given; nil for 1 each.
  /// - Complexity: O(n).
  public func threshold(for target: ThresholdTarget, weights: [Double]? = nil) -> Threshold {
    var best: (merit: Double, value: Double)?
    let total = totals(weights: weights)
    if total.positives == 0, target == .highestExpectedF1 || target == .highestExpectedMCC { return Threshold(target: target, value: 0.5) }
    let expected = expectedPositives(weights: weights)
    forEachCut(weights: weights) { truePositives, falsePositives, expectedTruePositives, value in
      let flagged = truePositives + falsePositives
      // The merit of a cut that meets the target; cuts come from few flagged to many.
      let merit: Double? =
        switch target {
        case .highestExpectedMCC:
          mcc(flagged: flagged, truePositives: expectedTruePositives, positives: expected, rows: total.positives + total.negatives)
        case .highestExpectedF1: flagged <= 2 * total.positives ? 2 * expectedTruePositives / (flagged + expected) : nil
        case .precision(let share): truePositives >= share * flagged && truePositives > 0 ? flagged : nil
        case .recall(let share): total.positives > 0 && truePositives >= share * total.positives ? -flagged : nil
        case .rate(let share): flagged <= share * (total.positives + total.negatives) ? flagged : nil
        }
      if let merit, merit > best?.merit ?? -.infinity { best = (merit, value) }
    }
    return Threshold(target: target, value: best?.value ?? Threshold.outOfReach)
  }

  /// Where F1 is highest on these very rows.
  package func thresholdOfHighestF1(weights: [Double]? = nil) -> Double {
    var best = (f1: -1.0, value: 0.5)
    let positives = totals(weights: weights).positives
    forEachCut(weights: weights) { truePositives, falsePositives, _, value in
      let f1 = positives > 0 ? 2 * truePositives / (truePositives + falsePositives + positives) : -1
      if f1 > best.f1 { best = (f1, value) }
    }
    return best.value
  }

  private func mcc(flagged: Double, truePositives: Double, positives: Double, rows: Double) -> Double {
    let scale = rows.unitScale
    let (flagged, truePositives, positives, rows) = (flagged * scale, truePositives * scale, positives * scale, rows * scale)
    let covariance = truePositives * rows - flagged * positives
    let variances = flagged * (rows - flagged) * positives * (rows - positives)
    return variances > 0 ? covariance / variances.squareRoot() : 0
  }
}
