import BelowTheLine
import ModerationQueue
import Testing

struct StatisticsTests {
  /// Cohen's kappa of scikit-learn 1.5 for the same table: 20 both yes, 5 and 10 apart, 15 both no.
  @Test func kappa() {
    var agreement = Agreement()
    for _ in 0..<20 { agreement.add(first: true, second: true) }
    for _ in 0..<5 { agreement.add(first: true, second: false) }
    for _ in 0..<10 { agreement.add(first: false, second: true) }
    for _ in 0..<15 { agreement.add(first: false, second: false) }
    #expect(abs(agreement.kappa - 0.4) < 1e-12)
    #expect(agreement.observed == 0.7)
    #expect(agreement.precision == 0.8)
  }

  @Test func theStabilityIndexIsZeroForTheSameSharesAndGrowsWithDistance() {
    #expect(Stability.index([10, 20, 30], [1, 2, 3]) == 0)
    // (0.5 - 0.25) ln 2 + (0.5 - 0.75) ln (2/3)
    #expect(abs(Stability.index([25, 75], [50, 50]) - 0.274653) < 1e-6)
    #expect(Stability.index([1], [0]).isNaN)
  }

  @Test func figuresOfAStore() throws {
    let temporary = try TemporaryStore()
    for item in try temporary.store.items() {
      temporary.clock.advance(3600)
      try temporary.store.decide(
        item.number, DecisionRequest(moderator: "anna", action: .approve, labels: ["conspiracy": item.assessment?.flags == ["conspiracy"]]))
    }
    try temporary.store.decide(1, DecisionRequest(moderator: "reader", action: .appeal))
    try temporary.store.decide(1, DecisionRequest(moderator: "bert", action: .overturn))
    let statistics = try temporary.store.statistics()
    #expect(statistics.depth.map(\.state) == [.approved, .rejected])
    #expect(statistics.depth.map(\.count) == [23, 1])
    #expect(statistics.workload.map(\.decisions).reduce(0, +) == 26)
    #expect(statistics.model.map(\.agreement.observed) == [1])
    #expect([statistics.appeals.made, statistics.appeals.upheld, statistics.appeals.overturned] == [1, 0, 1])
    #expect(statistics.advice == [])
  }

  @Test func movedScoresSuggestTraining() throws {
    let temporary = try TemporaryStore(filled: false)
    for (week, score) in [("2026-11-02T10:00:00Z", 0.1), ("2026-11-09T10:00:00Z", 0.8)] {
      _ = try temporary.store.add(
        (0..<200).map { index in
          .comment(
            Comment(id: "\(week) \(index)", createdAt: week, text: "t"), source: "s",
            assessment: Assessment(model: "m", scores: [Assessment.Score(label: "x", probability: score)]))
        })
    }
    let statistics = try temporary.store.statistics()
    #expect(statistics.weeks.map(\.week) == ["2026-11-02", "2026-11-09"])
    #expect(statistics.weeks[0].stability.isNaN)
    #expect(statistics.weeks[1].stability > 1)
    #expect(statistics.advice.count == 1)
  }
}
