internal import BelowTheLine
internal import Foundation
internal import GRDB

/// A comment in the queue, with what a person needs to decide it.
public struct QueueItem: Sendable, Equatable {
  public struct Article: Sendable, Equatable {
    public var id: String
    public var url: String?
    public var title: String?
    public var language: String?
    /// The first characters of the text.
    public var opening: String?
  }

  public struct Parent: Sendable, Equatable {
    public var id: String
    public var author: String?
    /// nil where the store does not know it.
    public var text: String?
  }

  /// Its number in the queue.
  public var number: Int
  /// With ``id``, which comment this is.
  public var source: String
  public var id: String
  /// From 1; more where the author changed the text.
  public var revision: Int
  public var state: ItemState
  public var author: String?
  public var createdAt: String?
  public var text: String
  public var addedAt: String
  public var article: Article?
  public var parent: Parent?
  public var assessment: Assessment?
  /// The person who has it now, or had it last.
  public var claimedBy: String?
  public var claimedUntil: String?
  /// The decision that holds.
  public var decision: Decision?
  /// The one that approved or rejected, which is the same until labels or an appeal follow.
  public var ruling: Decision?

  /// When it was written; nil where its source does not say so in RFC 3339, as `4 May 2023 at 7:52 pm`, which nothing can be compared with.
  public var writtenAt: String? { createdAt.flatMap { Instant($0) == nil ? nil : $0 } }

  /// When it was written where that is known, otherwise when it was added.
  public var time: String { writtenAt ?? addedAt }

  /// SHA-256 of the text.
  ///
  /// - Complexity: O(bytes of the text): the store keeps it only of what was decided.
  public var digest: String { SHA256.hex(text) }

  /// Those that a person decided.
  public var labels: [String: Bool] { decision.map { Decision.labels($0.labels) } ?? [:] }

  /// Labels on which the person who decided differs from what the model flagged then.
  public var overruledLabels: [String] {
    guard let seen = decision?.seen.flatMap(Seen.init) else { return [] }
    return labels.filter { seen.scores[$0.key] != nil && seen.flags.contains($0.key) != $0.value }.map(\.key).sorted()
  }
}

extension QueueItem {
  private static let openingLength = 600

  private static func columns(of decision: String) -> String {
    Decision.columns.split(separator: ",").map { "\(decision)." + $0.drop { $0.isWhitespace } }.joined(separator: ", ")
  }

  /// Everything that ``init(row:)`` reads.
  static let sql = """
    SELECT item.number, source.name, item.comment_id, item.revision, item.state, item.author, item.created_at, item.text,
      item.added_at, item.article_id, article.url, article.title, article.language, substr(article.body, 1, \(openingLength)),
      item.parent_id, parent.author, coalesce(item.parent_text, parent.text), item.assessment, item.spans, item.claimed_by,
      item.claimed_until, \(columns(of: "decision")), \(columns(of: "ruling"))
    FROM item
    JOIN source ON source.number = item.source
    LEFT JOIN article ON article.number = item.article
    LEFT JOIN item AS parent ON parent.source = item.source AND parent.comment_id = item.parent_id
    LEFT JOIN decision ON decision.sequence = item.decision
    LEFT JOIN decision AS ruling ON ruling.sequence = CASE
      WHEN decision.action IN ('approve', 'reject', 'overturn') THEN decision.sequence
      WHEN decision.sequence IS NOT NULL THEN (
        SELECT max(earlier.sequence) FROM decision AS earlier
        WHERE earlier.item = item.number AND earlier.revision = item.revision AND NOT earlier.is_opinion
          AND earlier.action IN ('approve', 'reject', 'overturn')
          AND NOT EXISTS (
            SELECT 1 FROM decision AS undo WHERE undo.item = item.number AND undo.action = 'undo' AND undo.refers_to = earlier.sequence)) END
    """
  private static let decisionColumn = 21
  private static let rulingColumn = decisionColumn + Decision.columns.split(separator: ",").count

  /// The ``Instant`` of ``time`` in SQL.
  static let instant = "coalesce(instant(item.created_at), instant(item.added_at))"

  init(row: Row) throws {
    guard let state = ItemState(rawValue: row[4]) else { throw QueueError("#\(row[0] as Int) has the state \(row[4] as String)") }
    number = row[0]
    source = row[1]
    id = row[2]
    revision = row[3]
    self.state = state
    author = row[5]
    createdAt = row[6]
    text = row[7]
    addedAt = row[8]
    if let id: String = row[9] { article = Article(id: id, url: row[10], title: row[11], language: row[12], opening: row[13]) }
    if let id: String = row[14] { parent = Parent(id: id, author: row[15], text: row[16]) }
    let json: String? = row[17]
    let spans: Data? = row[18]
    assessment = json.flatMap { Assessment(json: $0, spans: spans.map { Array($0) }) }
    claimedBy = row[19]
    claimedUntil = row[20]
    if row[Self.decisionColumn] != nil { decision = try Decision(row: row, from: Self.decisionColumn) }
    if row[Self.rulingColumn] != nil { ruling = try Decision(row: row, from: Self.rulingColumn) }
  }
}

extension QueueStore {
  /// Calls `body` with every item that is selected, in a stable order. Everything is of the moment of the call.
  ///
  /// - Complexity: O(selected) in the order of arrival or with one state chosen; else the rows are sorted first.
  public func forEachItem(_ selection: Selection = Selection(), _ body: (QueueItem) throws -> Void) throws {
    try read { db in
      let (condition, arguments) = selection.sql
      let limit = selection.limit.map { " LIMIT \($0)" } ?? ""
      let sql = QueueItem.sql + " WHERE " + condition + " ORDER BY " + (selection.order?.sql ?? "item.number") + limit
      let rows = try Row.fetchCursor(db, sql: sql, arguments: StatementArguments(arguments))
      while let row = try rows.next() { try body(QueueItem(row: row)) }
    }
  }

  public func items(_ selection: Selection = Selection()) throws -> [QueueItem] {
    var items: [QueueItem] = []
    try forEachItem(selection) { items.append($0) }
    return items
  }

  /// The items with these numbers, in this order.
  public func items(numbers: [Int]) throws -> [QueueItem] {
    try read { db in
      let statement = try db.makeStatement(sql: QueueItem.sql + " WHERE item.number = ?")
      return try numbers.compactMap { number in try Row.fetchOne(statement, arguments: [number]).map { try QueueItem(row: $0) } }
    }
  }

  /// The number of the item that a person names.
  ///
  /// - Parameters:
  ///   - name: `#17` for its number in the queue, `id:17` for the comment's own id, `17` for whichever of them there is.
  ///   - source: where given, `name` is the comment's own id there.
  /// - Throws: ``QueueError`` where there is none, or several.
  public func number(named name: String, source: String? = nil) throws -> Int {
    var (number, id): (Int?, String?) = (nil, name)
    if source == nil {
      number = Int(name.hasPrefix("#") ? String(name.dropFirst()) : name)
      if name.hasPrefix("#"), number != nil { id = nil }
      if name.hasPrefix(Self.idPrefix) { id = String(name.dropFirst(Self.idPrefix.count)) }
    }
    let candidates = try read { [id] db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT item.number, item.comment_id, source.name FROM item JOIN source ON source.number = item.source WHERE item.number = ?1
          UNION
          SELECT item.number, item.comment_id, source.name FROM source JOIN item ON item.source = source.number AND item.comment_id = ?2
          WHERE ?3 IS NULL OR source.name = ?3 ORDER BY 1 LIMIT 3
          """, arguments: [number, id, source])
    }
    guard let first = candidates.first else { throw QueueError("\(name) is not in the queue") }
    guard candidates.count == 1 else {
      let names = candidates.map { "#\($0[0] as Int) (\(Self.idPrefix)\($0[1] as String) of \($0[2] as String))" }
      throw QueueError(
        "\(name) may be \(names.joined(separator: " or ")): name one by its number, as '#\(first[0] as Int)', or by its own id, as "
          + "\(Self.idPrefix)\(first[1] as String) (with --source where several have it)")
    }
    return first[0]
  }

  private static let idPrefix = "id:"
}
