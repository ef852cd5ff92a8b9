/// The figures of one label on one set of rows, with intervals, beside the two baselines.
public struct Evaluation: Sendable {
  public struct Interval: Sendable, Equatable {
    public var low: Double
    public var high: Double
  }

  /// One threshold, and what it does on these rows.
  public struct Point: Sendable {
    public var threshold: Threshold
    public var metrics: Metrics
    /// 95 % of each metric of ``Metrics/named``.
    public var intervals: [String: Interval]

    /// As ``Metrics/named``, with intervals. What depends on a threshold is not a number where the target is not reached: that nothing is
    /// flagged then says nothing of how well it would be.
    public var figures: [(name: String, value: Double, interval: Interval?)] {
      counts.map { threshold.isReached || !Metrics.decisions.contains($0.name) ? $0 : ($0.name, .nan, nil) }
    }

    /// What comes of ``threshold``, reached or not.
    fileprivate var counts: [(name: String, value: Double, interval: Interval?)] {
      metrics.named.map { ($0.name, $0.value, intervals[$0.name]) }
    }
  }

  public var label: String
  /// Whatever they weigh.
  public var rows: Int
  public var positiveRows: Int
  /// At least one: the first is the one by which comments are flagged, and that of ``metrics``.
  public var points: [Point]
  public var metrics: Metrics { points[0].metrics }
  public var intervals: [String: Interval] { points[0].intervals }
  /// Ranking by length alone, in the direction that suits these very rows, at its best F1: as strong as it can be.
  public var lengthBaseline: Metrics
  /// Always the more frequent class.
  public var majorityBaseline: Metrics

  public static let resamples = 1000

  /// - Parameters:
  ///   - scores: probabilities, one a row.
  ///   - thresholds: at least one, with 1 for each row that it flags, else 0, where each fold had a threshold of its own; nil for
  ///     its value throughout.
  ///   - lengths: characters of each comment, for the baseline.
  ///   - groups: resampled as a whole (rows of one article are not independent); one a row.
  /// - Complexity: O(resamples × thresholds × n).
  public init(
    label: String, scores: [Double], isPositive: [Bool], weights: [Double], lengths: [Int], groups: [String],
    thresholds: [(threshold: Threshold, flagged: [Double]?)], seed: UInt64
  ) {
    precondition(!thresholds.isEmpty)
    self.label = label
    rows = scores.count
    positiveRows = isPositive.count { $0 }
    let ranked = RankedScores(scores: scores, isPositive: isPositive)
    points = thresholds.map { threshold, flagged in
      let decided = flagged.map { RankedScores(scores: $0, isPositive: isPositive) }
      let measure = { (weight: (Int) -> RankedScores.Weights) in
        let metrics = ranked.metrics(threshold: threshold.value, weight)
        guard let decided else { return metrics }
        return zip(metrics, decided.metrics(threshold: 0.5, weight)).map { $0.takingDecisions(from: $1) }
      }
      return Point(
        threshold: threshold, metrics: measure { RankedScores.Weights(repeating: weights[$0]) }[0],
        intervals: Self.bootstrap(weights: weights, groups: groups, seed: seed, measure))
    }
    lengthBaseline = Self.lengthBaseline(lengths: lengths, isPositive: isPositive, weights: weights)
    let metrics = points[0].metrics
    let prior = metrics.rows > 0 ? metrics.positives / metrics.rows : 0
    majorityBaseline = RankedScores(scores: scores.map { _ in prior }, isPositive: isPositive).metrics(threshold: 0.5, weights: weights)
  }

  /// Weights of rows with the positive ones counted as often as they will be met where a model is used.
  ///
  /// - Parameter prior: the share of positive rows; nil for that of the rows. Rows of one class keep their weights.
  public static func weights(_ weights: [Double], isPositive: [Bool], prior: Double?) -> [Double] {
    let positives = zip(weights, isPositive).reduce(0.0) { $0 + ($1.1 ? $1.0 : 0) }
    let negatives = weights.reduce(0, +) - positives
    guard let prior, positives > 0, negatives > 0 else { return weights }
    let factor = prior / (1 - prior) * negatives / positives
    return zip(weights, isPositive).map { $1 ? $0 * factor : $0 }
  }

  /// Percentile bootstrap (Efron and Tibshirani 1993) over groups.
  ///
  /// The calibration error of a resample is larger than that of the rows as a rule, for it adds up magnitudes: its interval tells how much it
  /// varies, and may lie above it.
  private static func bootstrap(
    weights: [Double], groups: [String], seed: UInt64, _ measure: ((Int) -> RankedScores.Weights) -> [Metrics]
  ) -> [String: Interval] {
    var indexOfGroup: [String: Int] = [:]
    for name in groups where indexOfGroup[name] == nil { indexOfGroup[name] = indexOfGroup.count }
    let group = groups.map { indexOfGroup[$0] ?? 0 }
    guard indexOfGroup.count > 1 else { return [:] }
    var generator = SeededGenerator(seed: seed)
    var samples: [String: [Double]] = [:]
    let lanes = RankedScores.Weights.scalarCount
    for first in stride(from: 0, to: resamples, by: lanes) {
      var multiplicity = [RankedScores.Weights](repeating: .zero, count: indexOfGroup.count)
      for lane in 0..<lanes {
        for _ in multiplicity.indices { multiplicity[generator.below(multiplicity.count)][lane] += 1 }
      }
      for metrics in measure({ weights[$0] * multiplicity[group[$0]] }).prefix(resamples - first) {
        for (name, value) in metrics.named where !value.isNaN { samples[name, default: []].append(value) }
      }
    }
    return samples.mapValues { values in
      let sorted = values.sorted()
      let last = Double(sorted.count - 1)
      return Interval(low: sorted[Int((last * 0.025).rounded())], high: sorted[Int((last * 0.975).rounded())])
    }
  }

  /// Figures to six decimals, for reports; null where there are none.
  public var json: JSONValue { json(isCard: false) }

  /// Figures to six decimals, for cards: those of a target that is not reached are of the threshold that flags nothing.
  var cardJSON: JSONValue { json(isCard: true) }

  private func json(isCard: Bool) -> JSONValue {
    func named(_ metrics: Metrics) -> JSONValue { .object(metrics.named.map { JSONMember($0.name, number($0.value)) }) }
    return .object(
      [JSONMember("n", number(metrics.rows)), JSONMember("positives", number(metrics.positives)), points[0].thresholdJSON(isCard: isCard)]
        + points[0].figuresJSON(isCard: isCard) + [
          JSONMember("thresholds", .array(points.map { $0.json(isCard: isCard) })),
          JSONMember("baselines", .object([JSONMember("length", named(lengthBaseline)), JSONMember("majority", named(majorityBaseline))])),
        ])
  }

  private static func lengthBaseline(lengths: [Int], isPositive: [Bool], weights: [Double]) -> Metrics {
    let longest = Double(max(lengths.max() ?? 0, 1))
    let long = RankedScores(scores: lengths.map { Double($0) / longest }, isPositive: isPositive)
    let short = RankedScores(scores: lengths.map { 1 - Double($0) / longest }, isPositive: isPositive)
    let metrics = [long, short].map { $0.metrics(threshold: $0.thresholdOfHighestF1(weights: weights), weights: weights) }
    var best = metrics[0].auc >= metrics[1].auc ? metrics[0] : metrics[1]
    // A length is no probability.
    best.brier = .nan
    best.ece = .nan
    return best
  }
}

extension Evaluation.Point {
  /// What depends on the threshold, as stored in model cards: there a threshold is always a number.
  var cardJSON: JSONValue { json(isCard: true) }

  fileprivate func json(isCard: Bool) -> JSONValue {
    .object(
      [
        JSONMember("target", .string(threshold.target.description)), thresholdJSON(isCard: isCard),
        JSONMember("is_reached", .bool(threshold.isReached)),
      ] + figuresJSON(isCard: isCard).filter { ["precision", "recall", "flagged"].contains($0.key) })
  }

  fileprivate func thresholdJSON(isCard: Bool) -> JSONMember {
    JSONMember("threshold", isCard || threshold.isReached ? number(threshold.value) : .null)
  }

  fileprivate func figuresJSON(isCard: Bool) -> [JSONMember] {
    (isCard ? counts : figures).map { name, value, interval in
      var members = [JSONMember("value", number(value))]
      if let interval { members.append(JSONMember("interval95", .array([number(interval.low), number(interval.high)]))) }
      return JSONMember(name, .object(members))
    }
  }
}

private func number(_ value: Double) -> JSONValue { value.isNaN ? .null : .number((value * 1e6).rounded() / 1e6) }
