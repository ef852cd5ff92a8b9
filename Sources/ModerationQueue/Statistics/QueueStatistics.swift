/// The state of a queue in figures.
public struct QueueStatistics: Sendable {
  public struct Depth: Sendable, Equatable {
    public var state: ItemState
    public var count: Int
    /// When the one that has waited longest came in, and the one in the middle.
    public var oldest: String
    public var median: String
  }

  public struct Workload: Sendable, Equatable {
    public var day: String
    public var moderator: String
    public var decisions: Int
    public var approved: Int
    public var rejected: Int
    public var escalated: Int
    public var opinions: Int
    public var undone: Int
  }

  public struct Judgement: Sendable, Equatable {
    public var label: String
    public var agreement: Agreement
  }

  public struct Pair: Sendable, Equatable {
    public var first: String
    public var second: String
    public var agreement: Agreement
  }

  public struct Appeals: Sendable, Equatable {
    public var made = 0
    public var upheld = 0
    public var overturned = 0
  }

  public struct Week: Sendable, Equatable {
    /// Its Monday.
    public var week: String
    public var label: String
    public var scored: Int
    /// Against the first week with enough scores; nan in that week and before.
    public var stability: Double
    public var decided: Int
    /// Expected calibration error of the scores of what was decided in this week; nan without decisions.
    public var calibrationError: Double
  }

  public var depth: [Depth] = []
  public var workload: [Workload] = []
  /// Decision against second opinion, by label.
  public var people: [Judgement] = []
  public var pairs: [Pair] = []
  /// What the model flagged against what the person decided, by label.
  public var model: [Judgement] = []
  public var appeals = Appeals()
  public var weeks: [Week] = []

  private static let leastDecisions = 100
  private static let shifted = 0.25
  private static let miscalibrated = 0.1
  private static let poorKappa = 0.4

  /// Sentences for the desk. Training again is for people to decide.
  public var advice: [String] {
    var sentences: [String] = []
    for week in Dictionary(grouping: weeks.filter { !$0.stability.isNaN }, by: \.label).compactMap(\.value.last).sorted(by: {
      $0.label < $1.label
    })
    where week.stability > Self.shifted && week.scored >= Self.leastDecisions {
      sentences.append(
        "The scores of \(week.label) have moved since the first week: decide some of the newest comments and consider training again.")
    }
    for week in Dictionary(grouping: weeks.filter { $0.decided >= Self.leastDecisions }, by: \.label).compactMap(\.value.last)
      .sorted(by: { $0.label < $1.label }) where week.calibrationError > Self.miscalibrated
    {
      sentences.append(
        "The scores of \(week.label) were \(Int((week.calibrationError * 100).rounded())) points off in the week of \(week.week): consider training again."
      )
    }
    for judgement in model where judgement.agreement.count >= Self.leastDecisions && judgement.agreement.kappa < Self.poorKappa {
      sentences.append("People often decide \(judgement.label) otherwise than the model: consider training again with what they decided.")
    }
    for judgement in people where judgement.agreement.count >= Self.leastDecisions && judgement.agreement.kappa < Self.poorKappa {
      sentences.append("People do not agree about \(judgement.label): talk about the guide before training again.")
    }
    return sentences
  }
}
