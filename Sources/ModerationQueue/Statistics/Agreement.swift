/// How often two judges say the same of a label.
public struct Agreement: Sendable, Equatable {
  /// Both yes, only the first, only the second, both no.
  public private(set) var both = 0
  public private(set) var onlyFirst = 0
  public private(set) var onlySecond = 0
  public private(set) var neither = 0

  public init() {}

  public mutating func add(first: Bool, second: Bool) {
    switch (first, second) {
    case (true, true): both += 1
    case (true, false): onlyFirst += 1
    case (false, true): onlySecond += 1
    case (false, false): neither += 1
    }
  }

  public var count: Int { both + onlyFirst + onlySecond + neither }

  /// The share of cases in which they agree; nan without cases.
  public var observed: Double { Double(both + neither) / Double(count) }

  /// Cohen's kappa: agreement beyond what chance would give (Cohen 1960, doi:10.1177/001316446002000104). nan where both always say the
  /// same one thing, so that chance explains everything.
  public var kappa: Double {
    let total = Double(count)
    let first = Double(both + onlyFirst) / total
    let second = Double(both + onlySecond) / total
    let chance = first * second + (1 - first) * (1 - second)
    return chance < 1 ? (observed - chance) / (1 - chance) : .nan
  }

  /// Of what the first judge says yes to, the share that the second confirms.
  public var precision: Double { Double(both) / Double(both + onlyFirst) }

  /// Of what the second judge says yes to, the share that the first found.
  public var recall: Double { Double(both) / Double(both + onlySecond) }
}
