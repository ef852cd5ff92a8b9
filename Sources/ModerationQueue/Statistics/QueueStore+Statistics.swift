internal import BelowTheLine
internal import GRDB

extension QueueStore {
  /// - Complexity: O(items + decisions).
  public func statistics() throws -> QueueStatistics {
    try read { db in
      var statistics = QueueStatistics()
      statistics.depth = try Self.depth(db)
      statistics.workload = try Self.workload(db)
      statistics.appeals = try Self.appeals(db)
      try Self.addOpinions(db, &statistics)
      var calibration = Calibrations()
      statistics.model = try Self.model(db, &calibration)
      statistics.weeks = try Self.weeks(db, calibration)
      return statistics
    }
  }

  private static func depth(_ db: Database) throws -> [QueueStatistics.Depth] {
    let rows = try Row.fetchAll(db, sql: "SELECT state, count(*), min(revised_at) FROM item GROUP BY state")
    return try ItemState.allCases.compactMap { state in
      guard let row = rows.first(where: { $0[0] == state.rawValue }) else { return nil }
      let median = try String.fetchOne(
        db, sql: "SELECT revised_at FROM item WHERE state = ? ORDER BY revised_at LIMIT 1 OFFSET ?",
        arguments: [state.rawValue, (row[1] as Int) / 2])
      return QueueStatistics.Depth(state: state, count: row[1], oldest: row[2], median: median ?? row[2])
    }
  }

  private static func workload(_ db: Database) throws -> [QueueStatistics.Workload] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT substr(at, 1, 10) AS day, moderator, count(*) FILTER (WHERE NOT is_opinion AND action <> 'undo'),
          count(*) FILTER (WHERE NOT is_opinion AND action = 'approve'), count(*) FILTER (WHERE NOT is_opinion AND action = 'reject'),
          count(*) FILTER (WHERE NOT is_opinion AND action = 'escalate'), count(*) FILTER (WHERE is_opinion),
          count(*) FILTER (WHERE action = 'undo')
        FROM decision GROUP BY day, moderator ORDER BY day, moderator
        """
    ).map {
      QueueStatistics.Workload(
        day: $0[0], moderator: $0[1], decisions: $0[2], approved: $0[3], rejected: $0[4], escalated: $0[5], opinions: $0[6], undone: $0[7])
    }
  }

  private static func appeals(_ db: Database) throws -> QueueStatistics.Appeals {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) FILTER (WHERE action = 'appeal'), count(*) FILTER (WHERE action = 'uphold'),
          count(*) FILTER (WHERE action = 'overturn')
        FROM decision WHERE sequence NOT IN (SELECT refers_to FROM decision WHERE action = 'undo')
        """)
    return QueueStatistics.Appeals(made: row?[0] ?? 0, upheld: row?[1] ?? 0, overturned: row?[2] ?? 0)
  }

  /// Compares each second opinion with the decision that it is about.
  private static func addOpinions(_ db: Database, _ statistics: inout QueueStatistics) throws {
    var labels: [String: Agreement] = [:]
    var pairs: [[String]: Agreement] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT decision.moderator, decision.labels, opinion.moderator, opinion.labels
        FROM decision AS opinion JOIN decision ON decision.sequence = opinion.refers_to WHERE opinion.is_opinion
        """)
    while let row = try rows.next() {
      let (first, second) = (Decision.labels(row[1]), Decision.labels(row[3]))
      for (label, value) in first {
        guard let other = second[label] else { continue }
        labels[label, default: Agreement()].add(first: value, second: other)
        pairs[[row[0], row[2]], default: Agreement()].add(first: value, second: other)
      }
    }
    statistics.people = judgements(labels)
    statistics.pairs = pairs.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
      QueueStatistics.Pair(first: $0.key[0], second: $0.key[1], agreement: $0.value)
    }
  }

  private static func judgements(_ agreements: [String: Agreement]) -> [QueueStatistics.Judgement] {
    agreements.sorted { $0.key < $1.key }.map { QueueStatistics.Judgement(label: $0.key, agreement: $0.value) }
  }

  private struct WeekOfLabel: Hashable {
    var week: String
    var label: String
  }

  /// Scores of what was decided, with the decisions, by the week of the decision.
  private typealias Calibrations = [WeekOfLabel: (scores: [Double], isPositive: [Bool])]

  private static func model(_ db: Database, _ calibrations: inout Calibrations) throws -> [QueueStatistics.Judgement] {
    var labels: [String: Agreement] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT decision.labels, decision.seen, \(monday("decision.at", or: "decision.at"))
        FROM item JOIN decision ON decision.sequence = item.decision WHERE decision.seen IS NOT NULL
        """)
    while let row = try rows.next() {
      guard let seen = Seen(json: row[1]) else { continue }
      for (label, value) in Decision.labels(row[0]) {
        guard let score = seen.scores[label] else { continue }
        labels[label, default: Agreement()].add(first: seen.flags.contains(label), second: value)
        let key = WeekOfLabel(week: row[2] ?? "", label: label)
        calibrations[key, default: ([], [])].scores.append(score)
        calibrations[key, default: ([], [])].isPositive.append(value)
      }
    }
    return judgements(labels)
  }

  /// A week that can be compared with needs so many scores.
  private static let leastReference = 200

  private static func weeks(_ db: Database, _ calibrations: Calibrations) throws -> [QueueStatistics.Week] {
    var bins: [WeekOfLabel: [Int]] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(monday("item.created_at", or: "item.added_at")), label.key, json_extract(label.value, '$.score')
        FROM item, json_each(item.assessment, '$.labels') AS label WHERE json_extract(label.value, '$.score') IS NOT NULL
        """)
    while let row = try rows.next() {
      let key = WeekOfLabel(week: row[0] ?? "", label: row[1])
      bins[key, default: [Int](repeating: 0, count: Stability.limits.count + 1)][Stability.bin(row[2])] += 1
    }
    var references: [String: (week: String, bins: [Int])] = [:]
    for (key, counts) in bins.sorted(by: { $0.key.week < $1.key.week })
    where references[key.label] == nil && counts.reduce(0, +) >= leastReference { references[key.label] = (key.week, counts) }
    let keys = Set(bins.keys).union(calibrations.keys).sorted { ($0.label, $0.week) < ($1.label, $1.week) }
    return keys.map { key in
      let reference = references[key.label]
      let isLater = reference.map { $0.week < key.week } ?? false
      let calibration = calibrations[key]
      return QueueStatistics.Week(
        week: key.week, label: key.label, scored: bins[key]?.reduce(0, +) ?? 0,
        stability: isLater ? Stability.index(reference?.bins ?? [], bins[key] ?? []) : .nan, decided: calibration?.scores.count ?? 0,
        calibrationError: calibration.map { RankedScores(scores: $0.scores, isPositive: $0.isPositive).metrics(threshold: 0.5).ece } ?? .nan
      )
    }
  }

  /// The Monday of a time, in SQL; of another where the first is none.
  private static func monday(_ time: String, or other: String) -> String {
    "coalesce(date(\(time), 'weekday 0', '-6 days'), date(\(other), 'weekday 0', '-6 days'))"
  }
}
