import BelowTheLine
import Testing

struct CurveTests {
  private let ranked = RankedScores(scores: [0.9, 0.7, 0.7, 0.2], isPositive: [true, true, false, false])

  @Test func cutsAreThoseOfTheMetrics() {
    let cuts = ranked.cuts()
    #expect(cuts.count == 3)
    for cut in cuts {
      let metrics = ranked.metrics(threshold: cut.threshold)
      #expect(cut.precision == metrics.precision && cut.recall == metrics.recall && cut.flagged == metrics.flagged)
    }
    #expect(cuts.map(\.falsePositiveRate) == [0, 0.5, 1])
  }

  /// Weights 1, 2, 1, 4: above .8 one of 1, above .45 three of 4, and all of 8 in the end.
  @Test func cutsAndBinsCountWeights() {
    let weights = [1.0, 2, 1, 4]
    let cuts = ranked.cuts(weights: weights)
    #expect(cuts.map(\.precision) == [1, 0.75, 0.375])
    #expect(cuts.map(\.recall) == [1.0 / 3, 1, 1])
    #expect(cuts.map(\.falsePositiveRate) == [0, 0.2, 1])
    #expect(cuts.map(\.flagged) == [0.125, 0.5, 1])
    let bins = ranked.bins(2, weights: weights)
    #expect(bins.map(\.positives) == [0, 3] && bins.map(\.negatives) == [4, 1])
    #expect(abs(bins[1].meanScore - 0.75) < 1e-12)
  }

  @Test func manyCutsAreThinnedOutAndKeepTheLast() {
    let scores = (0..<10_000).map { Double($0) / 10_000 }
    let cuts = RankedScores(scores: scores, isPositive: scores.map { $0 > 0.5 }).cuts(limit: 100)
    #expect((90...110).contains(cuts.count))
    #expect(cuts.last?.flagged == 1)
  }

  @Test func binsHoldEveryRowOnce() {
    let bins = RankedScores(scores: [0, 0.05, 0.5, 0.99, 1], isPositive: [false, true, true, true, true]).bins(10)
    #expect(bins.map(\.count) == [2, 0, 0, 0, 0, 1, 0, 0, 0, 2])
    #expect(bins[0].positives == 1 && bins[0].negatives == 1)
    #expect(abs(bins[0].meanScore - 0.025) < 1e-12)
    #expect(abs(bins[1].meanScore - 0.15) < 1e-12)
  }
}
