internal import GRDB

/// What a check of a store found.
public struct Verification: Sendable, Equatable {
  public var items = 0
  public var decisions = 0
  /// The digest of the last decision. Kept elsewhere, it shows later whether the end of the log was cut off.
  public var head = Decision.firstPrevious
  /// Whether the digest that was asked for is in the log; nil where none was.
  public var holdsExpected: Bool?
  /// Sentences, the first ones of many.
  public var problems: [String] = []
  public var problemCount = 0

  static let toldProblems = 20

  mutating func report(_ problem: String) {
    problemCount += 1
    if problems.count < Self.toldProblems { problems.append(problem) }
  }
}

extension QueueStore {
  /// Checks that nobody has changed, removed or put in a decision, and that texts and states are those of the log.
  ///
  /// - Parameter expected: a digest seen earlier; it must still be in the log.
  /// - Complexity: O(bytes of texts and decisions).
  public func verify(expecting expected: String? = nil) throws -> Verification {
    try read { db in
      var result = Verification()
      if let problem = try String.fetchOne(db, sql: "PRAGMA quick_check"), problem != "ok" {
        result.report("the file is damaged: \(problem)")
      }
      let strays = try Row.fetchAll(db, sql: "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1")
      for row in strays { result.report("\(row[1] as Int) rows of the table \(row[0] as String) refer to something that is not there") }
      result.holdsExpected = expected.map { $0 == Decision.firstPrevious }
      try Self.checkLog(db, expected, &result)
      try Self.checkItems(db, &result)
      if result.holdsExpected == false { result.report("no decision has the digest \(expected ?? "")") }
      return result
    }
  }

  private static func checkLog(_ db: Database, _ expected: String?, _ result: inout Verification) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(Decision.columns), (SELECT text FROM item WHERE number = item AND item.revision = decision.revision),
          (SELECT text FROM revision WHERE item = decision.item AND revision = decision.revision)
        FROM decision ORDER BY sequence
        """)
    while let row = try rows.next() {
      result.decisions += 1
      let decision: Decision
      do {
        decision = try Decision(row: row)
      } catch let error as QueueError {
        result.report(error.description)
        continue
      }
      let name = "decision \(decision.sequence)"
      if decision.sequence != result.decisions { result.report("\(name) stands where decision \(result.decisions) belongs") }
      if decision.previous != result.head { result.report("\(name) does not follow on the one before it") }
      if decision.digest != SHA256.hex(decision.canonicalBytes) { result.report("\(name) is not as it was written") }
      let text: String? = row[18] ?? row[19]
      if text.map({ SHA256.hex($0) }) != decision.textDigest { result.report("\(name) is about a text that is not in the store") }
      if decision.digest == expected { result.holdsExpected = true }
      result.head = decision.digest
      result.decisions = decision.sequence
    }
  }

  private static func checkItems(_ db: Database, _ result: inout Verification) throws {
    let items = try Row.fetchCursor(db, sql: "SELECT number, text, checksum FROM item ORDER BY number")
    while let row = try items.next() {
      result.items += 1
      if (row[1] as String).checksum != row[2] { result.report("the text of #\(row[0] as Int) is not as it was added") }
    }
    let revisions = try Row.fetchCursor(db, sql: "SELECT item, revision, text, checksum FROM revision ORDER BY item, revision")
    while let row = try revisions.next() {
      if (row[2] as String).checksum != row[3] { result.report("revision \(row[1] as Int) of #\(row[0] as Int) is not as it was added") }
    }
    try checkStates(db, &result)
  }

  /// What the log adds up to must be what the items say.
  private static func checkStates(_ db: Database, _ result: inout Verification) throws {
    var histories: [Int: History] = [:]
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(Decision.columns), (SELECT revision FROM item WHERE number = decision.item) FROM decision ORDER BY sequence")
    while let row = try rows.next() {
      guard let decision = try? Decision(row: row), let revision: Int = row[18] else { continue }
      histories[decision.item, default: History(revision: revision)].add(decision)
    }
    let items = try Row.fetchCursor(db, sql: "SELECT number, state, decision FROM item WHERE state <> 'pending' OR decision IS NOT NULL")
    while let row = try items.next() {
      let number: Int = row[0]
      let history = histories.removeValue(forKey: number)
      if history?.state.rawValue != row[1] || history?.standing.last?.sequence != row[2] {
        result.report("#\(number) is \(row[1] as String), but the log says \((history?.state ?? .pending).rawValue)")
      }
    }
    for (number, history) in histories.sorted(by: { $0.key < $1.key }) where !history.standing.isEmpty {
      result.report("#\(number) is pending, but the log says \(history.state.rawValue)")
    }
  }
}
