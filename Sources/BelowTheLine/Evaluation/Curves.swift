/// What stands above one threshold.
public struct OperatingCut: Sendable, Equatable {
  public var threshold: Double
  public var precision: Double
  /// Share of the positive rows that is flagged: the true positive rate.
  public var recall: Double
  public var falsePositiveRate: Double
  /// Share of all rows.
  public var flagged: Double
}

/// Rows whose scores lie in one interval.
public struct ScoreBin: Sendable, Equatable {
  public var range: Range<Double>
  /// Weighted rows.
  public var positives: Double
  public var negatives: Double
  /// Mean score; the middle of the range where the bin is empty.
  public var meanScore: Double

  public var count: Double { positives + negatives }
}

extension RankedScores {
  /// The cuts between distinct scores, from the highest down, thinned out to about `limit` of them.
  ///
  /// - Parameter weights: of the rows in the order they were given; nil for 1 each.
  /// - Complexity: O(n).
  public func cuts(limit: Int = 400, weights: [Double]? = nil) -> [OperatingCut] {
    let total = totals(weights: weights)
    var cuts: [OperatingCut] = []
    forEachCut(weights: weights) { truePositives, falsePositives, _, threshold in
      let flagged = truePositives + falsePositives
      guard flagged > 0 else { return }
      cuts.append(
        OperatingCut(
          threshold: threshold, precision: truePositives / flagged, recall: total.positives > 0 ? truePositives / total.positives : 0,
          falsePositiveRate: total.negatives > 0 ? falsePositives / total.negatives : 0,
          flagged: flagged / (total.positives + total.negatives)))
    }
    let stride = max(1, cuts.count / max(limit, 1))
    return cuts.enumerated().filter { $0.offset % stride == 0 || $0.offset == cuts.count - 1 }.map(\.element)
  }

  /// Bins of equal width over 0...1: the reliability diagram (DeGroot and Fienberg 1983) and the histogram of both classes.
  ///
  /// - Parameter weights: of the rows in the order they were given; nil for 1 each.
  /// - Complexity: O(n).
  public func bins(_ count: Int = Metrics.calibrationBins, weights: [Double]? = nil) -> [ScoreBin] {
    var bins = (0..<count).map { index in
      let range = Double(index) / Double(count)..<Double(index + 1) / Double(count)
      return ScoreBin(range: range, positives: 0, negatives: 0, meanScore: (range.lowerBound + range.upperBound) / 2)
    }
    var sums = [Double](repeating: 0, count: count)
    forEachRow(weights: weights) { score, isPositive, weight in
      let index = min(count - 1, max(0, Int((score * Double(count)).rounded(.down))))
      if isPositive { bins[index].positives += weight } else { bins[index].negatives += weight }
      sums[index] += weight * score
    }
    for index in bins.indices where bins[index].count > 0 { bins[index].meanScore = sums[index] / bins[index].count }
    return bins
  }
}
