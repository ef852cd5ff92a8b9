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
  public var positives: Int
  public var negatives: Int
  /// Mean score; the middle of the range where the bin is empty.
  public var meanScore: Double

  public var count: Int { positives + negatives }
}

extension RankedScores {
  /// The cuts between distinct scores, from the highest down, thinned out to about `limit` of them.
  ///
  /// - Complexity: O(n).
  public func cuts(limit: Int = 400) -> [OperatingCut] {
    let total = totals(weights: nil)
    var cuts: [OperatingCut] = []
    forEachCut(weights: nil) { truePositives, falsePositives, _, threshold in
      let flagged = truePositives + falsePositives
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
  /// - Complexity: O(n).
  public func bins(_ count: Int = Metrics.calibrationBins) -> [ScoreBin] {
    var bins = (0..<count).map { index in
      let range = Double(index) / Double(count)..<Double(index + 1) / Double(count)
      return ScoreBin(range: range, positives: 0, negatives: 0, meanScore: (range.lowerBound + range.upperBound) / 2)
    }
    var sums = [Double](repeating: 0, count: count)
    forEachRow { score, isPositive in
      let index = min(count - 1, max(0, Int((score * Double(count)).rounded(.down))))
      if isPositive { bins[index].positives += 1 } else { bins[index].negatives += 1 }
      sums[index] += score
    }
    for index in bins.indices where bins[index].count > 0 { bins[index].meanScore = sums[index] / Double(bins[index].count) }
    return bins
  }
}
