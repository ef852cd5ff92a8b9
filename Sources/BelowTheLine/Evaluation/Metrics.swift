/// How well scores separate positive rows from negative ones, and how well they do as probabilities.
///
/// Definitions are those of scikit-learn 1.5 (`roc_auc_score`, `average_precision_score`, `f1_score`, `matthews_corrcoef`,
/// `brier_score_loss`) with sample weights; a quotient without denominator is 0, a metric without meaning (AUC of one class) nan.
public struct Metrics: Sendable, Equatable {
  /// Weighted rows and positive rows.
  public var rows = 0.0
  public var positives = 0.0
  /// Probability that a positive row scores above a negative one, ties counting half.
  public var auc = Double.nan
  /// Σ (recallₖ - recallₖ₋₁) precisionₖ over the distinct scores.
  public var averagePrecision = Double.nan
  public var precision = 0.0
  public var recall = 0.0
  public var f1 = 0.0
  /// Mean of the F1 of the positive and of the negative class.
  public var macroF1 = 0.0
  /// Matthews correlation coefficient.
  public var mcc = 0.0
  /// Share of rows at or above the threshold.
  public var flagged = 0.0
  /// Mean squared error of the probabilities.
  public var brier = Double.nan
  /// Expected calibration error over ``calibrationBins`` bins of equal width (Guo et al. 2017).
  public var ece = Double.nan

  public static let calibrationBins = 15

  /// With the figures that depend on a threshold by other decisions on the same rows.
  func takingDecisions(from other: Metrics) -> Metrics {
    var metrics = self
    metrics.precision = other.precision
    metrics.recall = other.recall
    metrics.f1 = other.f1
    metrics.macroF1 = other.macroF1
    metrics.mcc = other.mcc
    metrics.flagged = other.flagged
    return metrics
  }

  /// Those of ``named`` that depend on a threshold.
  public static let decisions: Set<String> = ["f1", "macro_f1", "mcc", "precision", "recall", "flagged"]

  /// Names and values, in the order in which reports show them.
  public var named: [(name: String, value: Double)] {
    [
      ("auc", auc), ("average_precision", averagePrecision), ("f1", f1), ("macro_f1", macroF1), ("mcc", mcc),
      ("precision", precision), ("recall", recall), ("flagged", flagged), ("brier", brier), ("ece", ece),
    ]
  }
}

/// Scores and labels sorted once, so that metrics of many resamples take one pass each.
public struct RankedScores: Sendable {
  /// Probabilities, falling.
  private let scores: [Double]
  private let isPositive: [Bool]
  /// The position of each ranked row in the order it was given.
  private let order: [Int]

  /// - Parameters:
  ///   - scores: probabilities in 0...1 (any finite numbers, if Brier score and ECE are of no interest).
  /// - Complexity: O(n log n).
  public init(scores: [Double], isPositive: [Bool]) {
    precondition(scores.count == isPositive.count)
    order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    self.scores = order.map { scores[$0] }
    self.isPositive = order.map { isPositive[$0] }
  }

  /// - Parameters:
  ///   - threshold: rows with at least this score count as flagged.
  ///   - weights: of the rows in the order they were given; nil for 1 each.
  /// - Complexity: O(n).
  public func metrics(threshold: Double, weights: [Double]? = nil) -> Metrics {
    metrics(threshold: threshold) { Weights(repeating: weights?[$0] ?? 1) }[0]
  }

  /// Of one row in as many resamples: one walk over the rows then serves them all, and none waits for its own last addition.
  typealias Weights = SIMD4<Double>

  /// Figures of each resample.
  ///
  /// - Parameter weight: of a row, by its position in the order they were given.
  @inline(__always)
  func metrics(threshold: Double, _ weight: (Int) -> Weights) -> [Metrics] {
    let weights = order.map(weight)
    return metrics(threshold: threshold, weights.span)
  }

  private func metrics(threshold: Double, _ weights: Span<Weights>) -> [Metrics] {
    let (scores, isPositive) = (scores.span, isPositive.span)
    let total = totals(weights)
    var (truePositives, falsePositives) = (Weights.zero, Weights.zero)
    var (flaggedPositives, flaggedNegatives) = (Weights.zero, Weights.zero)
    var (area, precisionSum, squaredError) = (Weights.zero, Weights.zero, Weights.zero)
    var bins = [Bin](repeating: Bin(), count: Metrics.calibrationBins)
    // Scores fall, so those of a bin stand side by side.
    var bin = (index: 0, sums: Bin())
    var hasFlagged = false
    var rank = 0
    while rank < scores.count {
      let score = scores[rank]
      var (positives, negatives) = (Weights.zero, Weights.zero)
      repeat {
        if isPositive[rank] { positives += weights[rank] } else { negatives += weights[rank] }
        rank += 1
      } while rank < scores.count && scores[rank] == score
      area += positives * (total.negatives - falsePositives - negatives / 2)
      truePositives += positives
      falsePositives += negatives
      let flagged = truePositives + falsePositives
      hasFlagged = hasFlagged || flagged.min() > 0
      if hasFlagged {
        precisionSum += positives * truePositives / flagged
      } else {
        for lane in 0..<Weights.scalarCount where flagged[lane] > 0 {
          precisionSum[lane] += positives[lane] * truePositives[lane] / flagged[lane]
        }
      }
      if score >= threshold { (flaggedPositives, flaggedNegatives) = (truePositives, falsePositives) }
      squaredError += positives * (1 - score) * (1 - score) + negatives * score * score
      let last = Double(Metrics.calibrationBins - 1)
      let index = score > 0 ? Int(min(last, score * (last + 1))) : 0
      if index != bin.index {
        bins[bin.index] = bin.sums
        bin = (index, bins[index])
      }
      bin.sums.score += score * (positives + negatives)
      bin.sums.positive += positives
    }
    bins[bin.index] = bin.sums
    return (0..<Weights.scalarCount).map { lane in
      var metrics = Metrics()
      let (positives, negatives) = (total.positives[lane], total.negatives[lane])
      let rows = positives + negatives
      metrics.rows = rows
      metrics.positives = positives
      if positives > 0, negatives > 0 {
        metrics.auc = area[lane] / (positives * negatives)
        metrics.averagePrecision = precisionSum[lane] / positives
      }
      let (tp, fp) = (flaggedPositives[lane], flaggedNegatives[lane])
      if rows > 0 {
        metrics.brier = squaredError[lane] / rows
        metrics.ece = bins.reduce(0) { $0 + abs($1.score[lane] - $1.positive[lane]) } / rows
        metrics.flagged = (tp + fp) / rows
      }
      let (fn, tn) = (positives - tp, negatives - fp)
      metrics.precision = quotient(tp, tp + fp)
      metrics.recall = quotient(tp, tp + fn)
      metrics.f1 = quotient(2 * tp, 2 * tp + fp + fn)
      metrics.macroF1 = (metrics.f1 + quotient(2 * tn, 2 * tn + fp + fn)) / 2
      let scale = rows.unitScale
      metrics.mcc = mcc(tp * scale, fp * scale, fn * scale, tn * scale)
      return metrics
    }
  }

  func forEachRow(weights: [Double]?, _ body: (_ score: Double, _ isPositive: Bool, _ weight: Double) -> Void) {
    for rank in scores.indices { body(scores[rank], isPositive[rank], weights?[order[rank]] ?? 1) }
  }

  func totals(weights: [Double]?) -> (positives: Double, negatives: Double) {
    // By itself: the span of an unnamed array here breaks the compiler's debug builds (Swift 6.3.1).
    let ranked = order.map { Weights(repeating: weights?[$0] ?? 1) }
    let totals = totals(ranked.span)
    return (totals.positives[0], totals.negatives[0])
  }

  private func totals(_ weights: Span<Weights>) -> (positives: Weights, negatives: Weights) {
    let isPositive = isPositive.span
    var totals = (positives: Weights.zero, negatives: Weights.zero)
    for rank in 0..<weights.count {
      if isPositive[rank] { totals.positives += weights[rank] } else { totals.negatives += weights[rank] }
    }
    return totals
  }

  private struct Bin {
    var score = Weights.zero
    var positive = Weights.zero
  }

  /// Σ weight × score.
  func expectedPositives(weights: [Double]?) -> Double {
    scores.indices.reduce(0) { $0 + (weights?[order[$1]] ?? 1) * scores[$1] }
  }

  /// Calls `body` for every place between two distinct scores, from the highest down, with the weight of positive and of negative rows
  /// above it, the sum of weight × score above it, and the threshold half-way between the two.
  func forEachCut(
    weights: [Double]?, _ body: (_ truePositives: Double, _ falsePositives: Double, _ expected: Double, _ threshold: Double) -> Void
  ) {
    var (tp, fp, expected) = (0.0, 0.0, 0.0)
    var rank = 0
    while rank < scores.count {
      let score = scores[rank]
      repeat {
        let weight = weights?[order[rank]] ?? 1
        if isPositive[rank] { tp += weight } else { fp += weight }
        expected += weight * score
        rank += 1
      } while rank < scores.count && scores[rank] == score
      body(tp, fp, expected, rank < scores.count ? (score + scores[rank]) / 2 : score)
    }
  }

  /// Of counts that are small enough to be multiplied.
  private func mcc(_ tp: Double, _ fp: Double, _ fn: Double, _ tn: Double) -> Double {
    quotient(tp * tn - fp * fn, ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)).squareRoot())
  }

  private func quotient(_ numerator: Double, _ denominator: Double) -> Double {
    denominator > 0 ? numerator / denominator : 0
  }
}

extension Double {
  /// The power of two that brings this number to 1..<2: products of numbers up to it then do not overflow, and nothing is rounded.
  var unitScale: Double { self > 0 && isFinite ? Double(sign: .plus, exponent: -exponent, significand: 1) : 1 }
}
