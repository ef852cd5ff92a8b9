public import BelowTheLine
internal import GRDB

/// Which items, and in what order. What is not set does not restrict.
public struct Selection: Sendable {
  public var states: [ItemState] = []
  /// Labels as a person decided them.
  public var labels: [String: Bool] = [:]
  /// Labels that the model flagged.
  public var flags: [String] = []
  /// Scores within these limits, by label.
  public var scores: [String: ClosedRange<Double>] = [:]
  /// ``QueueItem/time`` from then on.
  public var since: Instant?
  /// Not included.
  public var until: Instant?
  public var article: String?
  public var source: String?
  /// Who decided.
  public var moderator: String?
  public var isDecided: Bool?
  /// nil for the order of arrival.
  public var order: QueueOrder?
  public var limit: Int?

  public init() {}

  /// A condition over the tables of ``QueueItem/sql``.
  var sql: (condition: String, arguments: [(any DatabaseValueConvertible)?]) {
    var conditions = ["1"]
    var arguments: [(any DatabaseValueConvertible)?] = []
    func add(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
      conditions.append(condition)
      arguments += values
    }
    if !states.isEmpty { conditions.append("item.state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))") }
    for (label, value) in labels.sorted(by: { $0.key < $1.key }) {
      add("json_extract(decision.labels, ?) = ?", Self.path(label), value)
    }
    for label in flags { add("json_extract(item.assessment, ?) = 1", "$.labels" + Self.path(label).dropFirst() + ".flagged") }
    for (label, range) in scores.sorted(by: { $0.key < $1.key }) {
      add(
        "json_extract(item.assessment, ?) BETWEEN ? AND ?", "$.labels" + Self.path(label).dropFirst() + ".score", range.lowerBound,
        range.upperBound)
    }
    if let since { add("\(QueueItem.instant) >= ?", since.seconds) }
    if let until { add("\(QueueItem.instant) < ?", until.seconds) }
    if let article { add("item.article_id = ?", article) }
    if let source { add("source.name = ?", source) }
    if let moderator { add("decision.moderator = ?", moderator) }
    if let isDecided { conditions.append(isDecided ? "item.decision IS NOT NULL" : "item.decision IS NULL") }
    return (conditions.joined(separator: " AND "), arguments)
  }

  /// The JSON path of a member. It has no spelling for quotation marks.
  private static func path(_ label: String) -> String { "$.\"\(label.filter { $0 != "\"" })\"" }
}
