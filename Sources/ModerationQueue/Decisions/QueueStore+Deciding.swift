internal import BelowTheLine
internal import GRDB

extension QueueStore {
  /// Writes a decision down. When this returns, it is on disk.
  ///
  /// - Parameter item: its number in the queue.
  /// - Throws: ``QueueError`` where the item is not there, somebody else has claimed it, or the decision cannot follow on what stands.
  /// - Complexity: O(log(items)).
  @discardableResult
  public func decide(_ item: Int, _ request: DecisionRequest) throws -> Decision {
    try write { db in try Self.decide(db, item, request, now: now) }
  }

  /// Writes the same decision down for several items, all in one transaction.
  ///
  /// - Returns: for each item the decision, or why there can be none; one that fails does not keep the others back.
  public func decide(_ items: [Int], _ request: DecisionRequest) throws -> [Result<Decision, QueueError>] {
    try write { db in
      try items.map { item in
        do {
          return .success(try Self.decide(db, item, request, now: now))
        } catch let error as QueueError {
          // Thrown before anything is written.
          return .failure(error)
        }
      }
    }
  }

  static func decide(_ db: Database, _ number: Int, _ request: DecisionRequest, now: String) throws -> Decision {
    let request = request.storable
    guard !request.moderator.isEmpty else { throw QueueError("a decision needs the name of who decides") }
    let select = try db.cachedStatement(
      sql: """
        SELECT item.revision, source.name, item.comment_id, item.text, item.assessment,
          CASE WHEN item.claimed_until > ?2 THEN item.claimed_by END, item.claimed_until
        FROM item JOIN source ON source.number = item.source WHERE item.number = ?1
        """)
    guard let row = try Row.fetchOne(select, arguments: [number, now]) else { throw QueueError("#\(number) is not in the queue") }
    if let holder: String = row[5], holder != request.moderator, !request.isOpinion {
      throw QueueError("#\(number) is with \(holder) until \(row[6] as String)")
    }
    if let reason = request.reason {
      let known = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM reason WHERE code = ?)")
      guard try Bool.fetchOne(known, arguments: [reason]) == true else {
        throw QueueError("there is no reason \(reason); btl queue reasons lists them and adds others")
      }
    }
    let history = try history(db, number, revision: row[0])
    let outcome = try history.outcome(of: request, id: "#\(number)")
    if request.isOpinion, history.standing.last?.moderator == request.moderator {
      throw QueueError("#\(number) was decided by \(request.moderator); a second opinion is somebody else's")
    }
    let assessment: String? = row[4]
    var decision = Decision(
      sequence: 1, item: number, revision: row[0], source: row[1], commentID: row[2], textDigest: SHA256.hex(row[3] as String),
      time: request.time ?? now, moderator: request.moderator, action: request.action, isOpinion: request.isOpinion,
      labels: Decision.text(outcome.labels), reason: request.reason, note: request.note.map(plain),
      seen: assessment.flatMap { Assessment(json: $0)?.summary }, refersTo: outcome.refersTo, state: outcome.state,
      previous: Decision.firstPrevious, digest: "")
    let last = try db.cachedStatement(sql: "SELECT sequence, digest FROM decision ORDER BY sequence DESC LIMIT 1")
    if let row = try Row.fetchOne(last) {
      decision.sequence = row[0] + 1
      decision.previous = row[1]
    }
    decision.digest = SHA256.hex(decision.canonicalBytes)
    try decision.insert(db)
    guard !decision.isOpinion else { return decision }
    var after = history
    after.add(decision)
    try db.cachedStatement(
      sql: "UPDATE item SET state = ?, decision = ?, claimed_by = NULL, claimed_until = NULL WHERE number = ?"
    ).execute(arguments: [decision.state.rawValue, after.standing.last?.sequence, number])
    return decision
  }

  /// Without the control characters that keys and tables leave in a note.
  private static func plain(_ note: String) -> String {
    String(String.UnicodeScalarView(note.unicodeScalars.filter { $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control }))
  }

  static func history(_ db: Database, _ item: Int, revision: Int) throws -> History {
    History(try decisions(db, item), revision: revision)
  }

  static func decisions(_ db: Database, _ item: Int) throws -> [Decision] {
    let statement = try db.cachedStatement(sql: "SELECT \(Decision.columns) FROM decision WHERE item = ? ORDER BY sequence")
    return try Row.fetchAll(statement, arguments: [item]).map { try Decision(row: $0) }
  }

  /// Every entry about an item, oldest first.
  public func decisions(on item: Int) throws -> [Decision] {
    try read { try Self.decisions($0, item) }
  }
}

extension Assessment {
  /// What goes with a decision: enough to tell later where model and person differed.
  var summary: String {
    let scores = scores.map { score in
      JSONMember(score.label, score.probability.map { .number(($0 * 10_000).rounded() / 10_000) } ?? .null)
    }
    return JSONWriter.text(
      .object([
        JSONMember("model", .string(model)), JSONMember("scores", .object(scores)),
        JSONMember("flags", .array(flags.map(JSONValue.string))),
      ]))
  }
}
