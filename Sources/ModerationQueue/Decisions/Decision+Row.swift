internal import BelowTheLine
internal import GRDB

extension Decision {
  /// The columns of the table, in the order of ``init(row:)`` and ``insert(_:)``.
  static let columns = """
    sequence, item, revision, source, comment_id, text_digest, at, moderator, action, is_opinion, labels, reason, note, seen, refers_to,
    state, previous, digest
    """

  /// - Parameter first: the index of the first of ``columns``.
  /// - Throws: ``QueueError`` where the row holds what this version does not know: somebody changed it.
  init(row: Row, from first: Int = 0) throws {
    guard let action = Action(rawValue: row[first + 8]), let state = ItemState(rawValue: row[first + 15]) else {
      throw QueueError(
        "decision \(row[first] as Int) has the action \(row[first + 8] as String) and the state \(row[first + 15] as String)")
    }
    self.init(
      sequence: row[first], item: row[first + 1], revision: row[first + 2], source: row[first + 3], commentID: row[first + 4],
      textDigest: row[first + 5], time: row[first + 6], moderator: row[first + 7], action: action, isOpinion: row[first + 9],
      labels: row[first + 10], reason: row[first + 11], note: row[first + 12], seen: row[first + 13], refersTo: row[first + 14],
      state: state, previous: row[first + 16], digest: row[first + 17])
  }

  func insert(_ db: Database) throws {
    try db.cachedStatement(
      sql: "INSERT INTO decision (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      sequence, item, revision, source, commentID, textDigest, time, moderator, action.rawValue, isOpinion, labels, reason, note, seen,
      refersTo, state.rawValue, previous, digest,
    ])
  }

  /// Labels as a JSON object, by name: one text for one meaning.
  static func text(_ labels: [String: Bool]) -> String {
    JSONWriter.text(.object(labels.sorted { $0.key < $1.key }.map { JSONMember($0.key, .bool($0.value)) }))
  }

  static func labels(_ text: String) -> [String: Bool] {
    var labels: [String: Bool] = [:]
    for member in (try? JSONScanner.parse(text))?.members ?? [] { labels[member.key] = member.value.bool }
    return labels
  }
}
