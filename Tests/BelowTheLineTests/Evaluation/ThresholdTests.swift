import BelowTheLine
import Testing

@Suite struct ThresholdTests {
  /// Rows with few distinct scores, so that ties abound.
  private static func samples() -> [RankedScores] {
    samples(200).map { RankedScores(scores: $0.scores, isPositive: $0.isPositive) }
  }

  private static func samples(_ count: Int) -> [(scores: [Double], isPositive: [Bool])] {
    var generator = SeededGenerator(seed: 5)
    return (0..<count).compactMap { _ in
      let scores = (0..<30).map { _ in Double(generator.below(12)) / 12 }
      let isPositive = scores.map { generator.below(12) < Int($0 * 8) + 2 }
      return isPositive.contains(true) ? (scores, isPositive) : nil
    }
  }

  /// Every way to cut the rows in two.
  private static let cuts = (0...12).map { (Double($0) - 0.5) / 12 }

  @Test func highestF1IsTheHighestOfAllCuts() {
    for ranked in Self.samples() {
      let chosen = ranked.metrics(threshold: ranked.thresholdOfHighestF1()).f1
      #expect(Self.cuts.allSatisfy { ranked.metrics(threshold: $0).f1 <= chosen + 1e-12 })
    }
  }

  @Test(arguments: [0.3, 0.6, 0.9])
  func precisionIsReachedWithTheMostRecall(share: Double) {
    for ranked in Self.samples() {
      let threshold = ranked.threshold(for: .precision(share))
      let good = Self.cuts.map { ranked.metrics(threshold: $0) }.filter { $0.precision >= share && $0.recall > 0 }
      #expect(threshold.isReached == !good.isEmpty)
      guard threshold.isReached else { continue }
      let chosen = ranked.metrics(threshold: threshold.value)
      #expect(chosen.precision >= share)
      #expect(good.allSatisfy { $0.recall <= chosen.recall })
    }
  }

  @Test(arguments: [0.2, 0.7, 1])
  func recallIsReachedWithTheFewestFlagged(share: Double) {
    for ranked in Self.samples() {
      let chosen = ranked.metrics(threshold: ranked.threshold(for: .recall(share)).value)
      #expect(chosen.recall >= share)
      #expect(Self.cuts.map { ranked.metrics(threshold: $0) }.filter { $0.recall >= share }.allSatisfy { $0.flagged >= chosen.flagged })
    }
  }

  @Test(arguments: [0.05, 0.3, 0.9])
  func noMoreThanTheRateIsFlagged(share: Double) {
    for ranked in Self.samples() {
      let threshold = ranked.threshold(for: .rate(share))
      let chosen = threshold.isReached ? ranked.metrics(threshold: threshold.value).flagged : 0
      #expect(chosen <= share)
      #expect(Self.cuts.map { ranked.metrics(threshold: $0).flagged }.filter { $0 <= share }.allSatisfy { $0 <= chosen })
    }
  }

  /// Probabilities .9 .8 .3 .1, of which 2.1 positive rows are expected. Cuts, by hand: after one row (.9·4 - 1·2.1) / √(1·3·2.1·1.9) = .4336,
  /// after two (1.7·4 - 2·2.1) / √(2·2·2.1·1.9) = .6508, after three (2·4 - 3·2.1) / √(3·1·2.1·1.9) = .4914.
  @Test func expectedMCCTrustsTheProbabilities() {
    let ranked = RankedScores(scores: [0.9, 0.8, 0.3, 0.1], isPositive: [true, false, false, true])
    #expect(abs(ranked.threshold(for: .highestExpectedMCC).value - 0.55) < 1e-12)
    #expect(abs(ranked.threshold(for: .highestExpectedMCC, weights: [1e80, 1e80, 1e80, 1e80]).value - 0.55) < 1e-12)
  }

  /// Of the same rows by hand: after one row 2·.9 / (1 + 2.1) = .581, after two 2·1.7 / 4.1 = .829, after three 2·2 / 5.1 = .784.
  @Test func expectedF1TrustsTheProbabilities() {
    let ranked = RankedScores(scores: [0.9, 0.8, 0.3, 0.1], isPositive: [true, false, false, true])
    #expect(abs(ranked.threshold(for: .highestExpectedF1).value - 0.55) < 1e-12)
  }

  /// After one row 2·.4 / (1 + 1.3) = .348, after all 2·1.3 / 5.3 = .491; but four rows are more than twice as many as are positive.
  @Test func expectedF1DoesNotFlagManyTimesAsManyAsThereAre() {
    let ranked = RankedScores(scores: [0.4, 0.3, 0.3, 0.3], isPositive: [true, false, false, false])
    #expect(abs(ranked.threshold(for: .highestExpectedF1).value - 0.35) < 1e-12)
    #expect(abs(ranked.threshold(for: .highestExpectedF1, weights: [2, 1, 1, 1]).value - 0.35) < 1e-12)
    #expect(ranked.threshold(for: .highestExpectedF1, weights: [3, 1, 1, 1]).value <= 0.3)
  }

  @Test func withoutPositiveRowsNothingIsPromised() {
    let ranked = RankedScores(scores: [0.2, 0.4], isPositive: [false, false])
    #expect(ranked.threshold(for: .highestExpectedF1).value == 0.5)
    #expect(ranked.threshold(for: .highestExpectedMCC).value == 0.5)
    #expect(!ranked.threshold(for: .precision(0.9)).isReached)
    #expect(!ranked.threshold(for: .recall(0.9)).isReached)
  }

  @Test(arguments: ["mcc", "f1", "precision=0.9", "recall=0.75", "rate=0.05"])
  func targetsAreReadAsTheyAreWritten(text: String) throws {
    #expect(try #require(ThresholdTarget(text)).description == text)
  }

  @Test(arguments: ["", "F1", "precision", "precision=", "precision=0", "recall=1.1", "rate=nan", "rate=-1", "rate=0.1=2", "speed=1"])
  func otherTextIsNoTarget(text: String) {
    #expect(ThresholdTarget(text) == nil)
  }
}
