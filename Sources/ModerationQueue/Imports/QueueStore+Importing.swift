internal import GRDB

/// What became of imported decisions.
public struct ImportCounts: Sendable, Equatable {
  /// Written down as decisions.
  public var decided = 0
  /// Somebody else had decided: written down as second opinions.
  public var opinions = 0
  /// The log has it: the same person had said the same of the same text, whatever was decided since.
  public var unchanged = 0
  /// What could not be brought back.
  public var problems: [Problem] = []

  public init() {}

  /// Why a decision could not be brought back.
  public struct Problem: Sendable, Equatable {
    /// Its place among those that were given, from 0.
    public var index: Int
    public var reason: String
  }
}

extension QueueStore {
  /// Brings decisions back that were made elsewhere, in one transaction. Bringing them back again changes nothing.
  ///
  /// They say which labels hold, not what is to become of a comment: it stays in the queue until somebody decides that here.
  ///
  /// - Parameter moderator: who decided what names nobody.
  /// - Throws: ``QueueError`` where the store cannot be written; what is wrong with one decision is told in the counts.
  public func add(_ decisions: [ImportedDecision], as moderator: String) throws -> ImportCounts {
    try write { db in
      var counts = ImportCounts()
      for (index, decision) in decisions.enumerated() {
        do {
          try Self.add(db, decision, as: decision.moderator ?? moderator, now: now, &counts)
        } catch let error as QueueError {
          counts.problems.append(ImportCounts.Problem(index: index, reason: "\(decision.commentID): \(error)"))
        }
      }
      return counts
    }
  }

  private static func add(
    _ db: Database, _ imported: ImportedDecision, as moderator: String, now: String, _ counts: inout ImportCounts
  ) throws {
    let statement = try db.cachedStatement(
      sql: """
        SELECT item.number, item.revision, item.text, item.assessment
        FROM source JOIN item ON item.source = source.number AND item.comment_id = ?1 WHERE ?2 IS NULL OR source.name = ?2 LIMIT 2
        """)
    let rows = try Row.fetchAll(statement, arguments: [imported.commentID.storable, imported.source.storable])
    guard let row = rows.first else { throw QueueError("it is not in the queue") }
    guard rows.count == 1 else { throw QueueError("several sources have a comment of this id, and the import names none") }
    if let text = imported.text, !isSame(text.storable, row[2]) { throw QueueError("its text has changed since it was exported") }
    var labels = imported.labels
    let assessment: String? = row[3]
    if !imported.isPartial {
      for score in assessment.flatMap({ Assessment(json: $0) })?.scores ?? [] where labels[score.label] == nil && score.probability != nil {
        labels[score.label] = false
      }
    }
    let number: Int = row[0]
    let entries = try decisions(db, number).filter { $0.revision == row[1] }
    let known = entries.filter { [moderator, imported.exportedModerator].contains($0.moderator) && $0.action != .undo }
    let isKnown = known.contains { entry in
      // Who has said otherwise meanwhile may say the same anew, where the time tells that.
      let isLast = !known.contains { $0.moderator == entry.moderator && $0.sequence > entry.sequence }
      guard isLast || imported.time.map({ $0 <= entry.time }) ?? true else { return false }
      let said = Decision.labels(entry.labels)
      // Such a tool is told only of the labels that hold.
      if !imported.isPartial, entry.moderator == imported.exportedModerator { return said.filter(\.value) == imported.labels }
      return said.merging(labels) { $1 } == said
    }
    if isKnown {
      counts.unchanged += 1
      return
    }
    let standing = History(entries, revision: row[1]).standing.last
    let isOpinion = standing.map { $0.moderator != moderator } ?? false
    // The words of another person are not put into the mouth of this one.
    let others = known.filter { $0.moderator != moderator }
    let reason = others.contains { $0.reason == imported.reason } ? nil : imported.reason
    let note = others.contains { $0.note == imported.note } ? nil : imported.note
    _ = try decide(
      db, number,
      DecisionRequest(
        moderator: moderator, action: .label, labels: labels, reason: reason, note: note, isOpinion: isOpinion, time: imported.time),
      now: now)
    if isOpinion { counts.opinions += 1 } else { counts.decided += 1 }
  }

  /// Tools change line ends, and a table protects spreadsheets by an apostrophe before what looks like a formula.
  private static func isSame(_ text: String, _ stored: String) -> Bool {
    func plain(_ text: String) -> [Unicode.Scalar] { text.unicodeScalars.filter { $0 != "\r" } }
    let given = plain(text)
    let known = plain(stored)
    return given == known || given.first == "'" && Array(given.dropFirst()) == known
  }
}
