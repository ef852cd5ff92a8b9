import BelowTheLine
import TestSupport
import Testing

struct EvaluationTests {
  private let scores = [0.9, 0.8, 0.8, 0.7, 0.55, 0.5, 0.5, 0.5, 0.4, 0.3, 0.2, 0.1]
  private let isPositive = [1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0].map { $0 == 1 }
  private let weights = [1, 2, 1, 1, 0.5, 1, 1, 2, 1, 3, 1, 1]

  @Test func scoresThatAreNoNumbersEnd() {
    let scores = RankedScores(scores: [0.5, .nan, .nan], isPositive: [true, false, true])
    #expect(scores.metrics(threshold: 0.5, weights: nil).rows == 3)
  }

  /// Expected values by scikit-learn 1.9.1; ECE by NumPy with 15 bins.
  @Test(arguments: [false, true])
  func metricsAreScikitLearns(weighted: Bool) {
    let metrics = RankedScores(scores: scores, isPositive: isPositive).metrics(threshold: 0.5, weights: weighted ? weights : nil)
    let expected: [Double] =
      weighted
      ? [
        0.7583333333333333, 0.7577813067150635, 0.8, 0.7703703703703704, 0.5557382740461252, 0.7368421052631579, 0.875, 9.5 / 15.5,
        0.19685483870967746, 0.2758064516129032,
      ]
      : [
        0.6805555555555556, 0.702020202020202, 0.7142857142857143, 0.6571428571428571, 0.3535533905932738, 0.625, 0.8333333333333334,
        8.0 / 12,
        0.22770833333333332, 0.3041666666666667,
      ]
    for (metric, value) in zip(metrics.named, expected) { #expect(abs(metric.value - value) < 1e-9, "\(metric.name)") }
  }

  @Test func metricsDoNotDependOnTheOrderOfRows() {
    let expected = RankedScores(scores: scores, isPositive: isPositive).metrics(threshold: 0.5, weights: weights)
    let order = [7, 3, 11, 0, 5, 1, 9, 2, 10, 4, 8, 6]
    let shuffled = RankedScores(scores: order.map { scores[$0] }, isPositive: order.map { isPositive[$0] })
      .metrics(threshold: 0.5, weights: order.map { weights[$0] })
    for (a, b) in zip(expected.named, shuffled.named) { #expect(abs(a.value - b.value) < 1e-12) }
  }

  /// Products of four such weights overflow; the value is scikit-learn's with the weights as they were.
  @Test(arguments: [1e-70, 1e80, 1e290])
  func correlationDoesNotDependOnTheScaleOfWeights(scale: Double) {
    let metrics = RankedScores(scores: scores, isPositive: isPositive).metrics(threshold: 0.5, weights: weights.map { $0 * scale })
    #expect(abs(metrics.mcc - 0.5557382740461252) < 1e-9)
  }

  /// Two positive rows of five in all are weighed as if they were a tenth: 3 negative ones stand beside 1/3.
  @Test func aPriorWeighsPositiveRows() {
    let isPositive = [true, false, false, true]
    let weights = Evaluation.weights([1, 1, 2, 1], isPositive: isPositive, prior: 0.1)
    #expect(zip(weights, [1.0 / 6, 1, 2, 1.0 / 6]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(Evaluation.weights([1, 2], isPositive: [true, false], prior: nil) == [1, 2])
    #expect(Evaluation.weights([1, 2], isPositive: [true, true], prior: 0.1) == [1, 2])
  }

  @Test func oneClassHasNoAUC() {
    let metrics = RankedScores(scores: [0.1, 0.9], isPositive: [false, false]).metrics(threshold: 0.5)
    #expect(metrics.auc.isNaN)
    #expect(metrics.precision == 0 && metrics.recall == 0 && metrics.mcc == 0)
  }

  @Test func groupsAreNeverSplitAndFoldsAreEven() {
    let groups = (0..<500).map { "g\($0 * $0 % 97)" }
    let folds = Folds.assign(groups: groups, count: 5, seed: 1)
    for (group, fold) in zip(groups, folds) { #expect(folds[groups.firstIndex(of: group) ?? 0] == fold) }
    let sizes = (0..<5).map { fold in folds.count { $0 == fold } }
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 11)
    #expect(Folds.assign(groups: groups, count: 5, seed: 2) != folds)
    #expect(Folds.assign(groups: groups, count: 5, seed: 1) == folds)
  }

  @Test func foldsHaveEqualSharesOfEveryClass() {
    var generator = SeededGenerator(seed: 4)
    let groups = (0..<600).map { $0 < 200 ? "g\($0 / 4)" : "single\($0)" }
    let classes = (0..<600).map { _ in [generator.below(4) == 0 ? 1 : 0, generator.below(10) == 0 ? 3 : 2] }
    let folds = Folds.assign(groups: groups, classes: classes, count: 5, seed: 1)
    for rowClass in 0..<4 {
      let counts = (0..<5).map { fold in folds.indices.count { folds[$0] == fold && classes[$0].contains(rowClass) } }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(rowClass): \(counts)")
    }
    for (group, fold) in zip(groups, folds) { #expect(folds[groups.firstIndex(of: group) ?? 0] == fold) }
  }

  @Test func intervalsHoldTheFigureAndNarrowWithMoreRows() {
    var generator = SeededGenerator(seed: 9)
    func evaluation(_ count: Int) -> Evaluation {
      let isPositive = (0..<count).map { _ in generator.below(3) == 0 }
      let scores = isPositive.map { Double(generator.below(700)) / 1000 + ($0 ? 0.3 : 0) }
      return Evaluation(
        label: "x", scores: scores, isPositive: isPositive, weights: scores.map { _ in 1 },
        lengths: scores.map { _ in generator.below(100) },
        groups: (0..<count).map { "\($0)" }, thresholds: [(Threshold(target: .highestExpectedF1, value: 0.5), nil)], seed: 1)
    }
    let few = evaluation(100)
    let many = evaluation(2000)
    for evaluation in [few, many] {
      for (name, value) in evaluation.metrics.named {
        guard let interval = evaluation.intervals[name] else { continue }
        // The bootstrap distribution of the calibration error lies above the figure itself.
        if name != "ece" { #expect(interval.low <= value && value <= interval.high, "\(name)") }
      }
    }
    let width = { (evaluation: Evaluation) in evaluation.intervals["auc"].map { $0.high - $0.low } ?? 0 }
    #expect(width(many) < width(few) / 3)
  }

  /// What needs no threshold stays.
  @Test func aTargetOutOfReachHasNoFigures() {
    func evaluation(threshold: Double) -> Evaluation {
      Evaluation(
        label: "x", scores: scores, isPositive: isPositive, weights: weights, lengths: scores.map { _ in 1 },
        groups: scores.indices.map { "\($0)" }, thresholds: [(Threshold(target: .precision(0.9), value: threshold), nil)], seed: 1)
    }
    let (reached, missed) = (evaluation(threshold: 0.5), evaluation(threshold: 2))
    for ((name, value, interval), other) in zip(missed.points[0].figures, reached.points[0].figures) {
      #expect(value.isNaN == Metrics.decisions.contains(name) && (interval == nil) == value.isNaN)
      if !value.isNaN { #expect(value == other.value && interval == other.interval, "\(name)") }
    }
    #expect(reached.points[0].figures.map(\.value) == reached.metrics.named.map(\.value))
    #expect(missed.json["threshold"] == .null && missed.json["recall"] == .object([JSONMember("value", .null)]))
    let points = missed.json["thresholds"]?.elements
    #expect(points?.first?["threshold"] == .null && points?.first?["recall"] == .object([JSONMember("value", .null)]))
    #expect(reached.json["threshold"]?.double == 0.5 && reached.json["recall"]?["interval95"] != nil)
  }

  @Test func lengthAloneIsJudgedInItsBetterDirection() {
    let evaluation = Evaluation(
      label: "x", scores: [0.5, 0.5, 0.5, 0.5], isPositive: [true, true, false, false], weights: [1, 1, 1, 1], lengths: [1, 2, 30, 40],
      groups: ["a", "b", "c", "d"], thresholds: [(Threshold(target: .highestExpectedF1, value: 0.5), nil)], seed: 1)
    #expect(evaluation.lengthBaseline.auc == 1)
    #expect(evaluation.lengthBaseline.f1 == 1)
    #expect(evaluation.majorityBaseline.auc == 0.5)
  }
}
