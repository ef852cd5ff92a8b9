public import BelowTheLine
internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// What goes into the queue.
public enum QueueEntry: Sendable {
  case article(Article, source: String)
  /// - Parameters:
  ///   - source: the file or site it is of; with the comment's id it says which comment this is.
  ///   - articleSource: of the article it stands under, where that is another one.
  ///   - assessment: nil for a comment that was not scored; it is queued like the others.
  case comment(Comment, source: String, articleSource: String? = nil, assessment: Assessment?)
}

/// What became of entries.
public struct AddCounts: Sendable, Equatable {
  /// New in the queue.
  public var added = 0
  /// Known with another text: a new revision, to be decided again.
  public var revised = 0
  /// Known with this text, and now assessed by another model, or standing under its article for the first time.
  public var rescored = 0
  /// Known, with nothing new.
  public var unchanged = 0

  public init() {}

  public var total: Int { added + revised + rescored + unchanged }

  public static func += (left: inout AddCounts, right: AddCounts) {
    left.added += right.added
    left.revised += right.revised
    left.rescored += right.rescored
    left.unchanged += right.unchanged
  }
}

extension QueueStore {
  /// Adds entries in one transaction: when this returns, they are on disk; when it is cut short, none of them is in the store.
  ///
  /// A comment is known by source, id and text: the text itself is compared, so that no digest of it is needed before somebody decides.
  /// Adding it again changes nothing, so whatever was cut short can be run again from its start. A text that is not the current one
  /// becomes a new revision, though an earlier one had it: who edits a text back brings back what nobody has approved. Of several texts
  /// for one known comment the last one counts. One that has been taken out of its thread meanwhile keeps the text that it had.
  ///
  /// - Complexity: O(entries × log(items)).
  public func add(_ entries: [QueueEntry]) throws -> AddCounts {
    let now = now
    let days = ((try? Date(now, strategy: .iso8601))?.timeIntervalSince1970 ?? 0) / 86_400
    let runs = stride(from: 0, to: entries.count, by: Self.runLength).map { entries[$0..<min($0 + Self.runLength, entries.count)] }
    func prepared(_ index: Int) -> Later<PreparedEntries>? {
      runs.indices.contains(index) ? Later { [run = runs[index]] in PreparedEntries(run, days: days) } : nil
    }
    var next = prepared(0)
    let counts = try write { db in
      var batch = try AddBatch(db, now: now)
      for index in runs.indices {
        guard let run = next?.value else { throw QueueError("the entries could not be prepared") }
        next = prepared(index + 1)
        try batch.add(run)
      }
      try batch.writeRevisions()
      return batch.counts
    }
    checkpoints.begin()
    return counts
  }

  /// The number of the newest comment; 0 where there is none.
  public func newestNumber() throws -> Int64 { try read { try Int64.fetchOne($0, sql: "SELECT max(number) FROM item") ?? 0 } }

  /// How many of the comments that came after another stand in the queue a second time, of another source, and which one most are of.
  ///
  /// - Returns: nil where less than half of them do.
  /// - Complexity: O(log(items)): a thousand comments and the latest sources are looked at.
  public func twins(since number: Int64) throws -> (count: Int, of: Int, source: String)? {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT count(*), (SELECT count(*) FROM (SELECT 1 FROM item WHERE number > ?1 LIMIT 1000)), other.name
          FROM (SELECT source, comment_id, text FROM item WHERE number > ?1 ORDER BY number LIMIT 1000) AS added
          JOIN (SELECT number, name FROM source ORDER BY number DESC LIMIT 20) AS other ON other.number != added.source
          JOIN item ON item.source = other.number AND item.comment_id = added.comment_id AND item.text = added.text AND item.number <= ?1
          GROUP BY other.number ORDER BY 1 DESC LIMIT 1
          """, arguments: [number])
      guard let row = rows.first, let count: Int = row[0], let all: Int = row[1], 2 * count >= all else { return nil }
      return (count, all, row[2])
    }
  }

  /// One core prepares so many entries while another writes those before.
  private static let runLength = 128
}

private struct AddBatch {
  private let db: Database
  private let now: String
  private let insertion: Statement
  /// Of the insertion, for SQLite's own functions.
  private let statement: SQLiteStatement
  private(set) var counts = AddCounts()
  /// By the number of the item. They are written at the end: a dump that has two texts for one comment changes nothing the second time.
  private var revisions: [Int64: Revision] = [:]

  init(_ db: Database, now: String) throws {
    self.db = db
    self.now = now
    insertion = try db.cachedStatement(
      sql: """
        INSERT INTO item (source, comment_id, revision, state, article_id, article, parent_id, parent_text, author, created_at,
          text, checksum, assessment, spans, risk, margin, mixed, added_at, revised_at)
        VALUES (?2, ?3, 1, 'pending', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?1, ?1)
        ON CONFLICT (source, comment_id) DO NOTHING
        """)
    statement = insertion.sqliteStatement
  }

  mutating func add(_ prepared: PreparedEntries) throws {
    insertion.setUncheckedArguments([now])
    // Nothing may stay bound to bytes that go.
    defer { sqlite3_clear_bindings(statement) }
    let sources = try prepared.sources.map { try number(ofSource: $0.text) }
    /// The numbers of those that the store has, looked up when a comment asks for them.
    var articles = [Int64??](repeating: nil, count: prepared.articles.count)
    try prepared.bytes.withUnsafeBufferPointer { bytes in
      for entry in prepared.entries {
        switch entry {
        case .article(let article, let source):
          try add(article, source: sources[source])
          articles = [Int64??](repeating: nil, count: prepared.articles.count)
        case .comment(let comment):
          var article: Int64?
          if let index = comment.article {
            let name = prepared.articles[index]
            article = try articles[index] ?? number(ofArticle: name.id.text, source: sources[name.source])
            articles[index] = .some(article)
          }
          try add(comment, bytes, source: sources[comment.source], article: article)
        }
      }
    }
  }

  private func add(_ article: Article, source: Int64) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO article (source, id, url, title, body, language) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, id) DO UPDATE SET url = excluded.url, title = excluded.title, body = excluded.body, language = excluded.language
        """)
    try statement.execute(arguments: [source, article.id, article.url, article.title, article.body, article.language])
  }

  private mutating func add(_ comment: PreparedComment, _ bytes: UnsafeBufferPointer<UInt8>, source: Int64, article: Int64?) throws {
    // SQLite's own functions read the parts where they are and copy none of them before.
    sqlite3_bind_int64(statement, 2, source)
    bind(3, comment.id, bytes)
    bind(4, comment.articleID, bytes)
    if let article { sqlite3_bind_int64(statement, 5, article) } else { sqlite3_bind_null(statement, 5) }
    bind(6, comment.parentID, bytes)
    bind(7, comment.parentText, bytes)
    bind(8, comment.author, bytes)
    bind(9, comment.createdAt, bytes)
    bind(10, comment.text, bytes)
    sqlite3_bind_int64(statement, 11, comment.checksum)
    bind(12, comment.assessment, bytes)
    if let spans = comment.spans {
      sqlite3_bind_blob(statement, 13, bytes.baseAddress.map { $0 + spans.lowerBound }, CInt(spans.count), nil)
    } else {
      sqlite3_bind_null(statement, 13)
    }
    sqlite3_bind_double(statement, 14, comment.order.risk)
    sqlite3_bind_double(statement, 15, comment.order.margin)
    sqlite3_bind_double(statement, 16, comment.order.mixed)
    let code = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage) }
    if sqlite3_changes(db.sqliteConnection) == 1 {
      counts.added += 1
    } else {
      try update(comment, bytes, source: source, article: article)
    }
  }

  /// - Precondition: `bytes` stay where they are until the statement has run.
  private func bind(_ parameter: CInt, _ part: Range<Int>?, _ bytes: UnsafeBufferPointer<UInt8>) {
    guard let part, let start = bytes.baseAddress else {
      sqlite3_bind_null(statement, parameter)
      return
    }
    start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
      _ = sqlite3_bind_text(statement, parameter, $0 + part.lowerBound, CInt(part.count), nil)
    }
  }

  /// What is known already.
  private mutating func update(_ comment: PreparedComment, _ bytes: UnsafeBufferPointer<UInt8>, source: Int64, article: Int64?) throws {
    let given = Revision(comment, bytes, article: article)
    let known = try db.cachedStatement(
      sql: """
        SELECT number, text = ?3, json_extract(assessment, '$.model') IS NOT json_extract(?4, '$.model'), article IS NULL
        FROM item WHERE source = ?1 AND comment_id = ?2
        """)
    let id = String(decoding: bytes[comment.id], as: UTF8.self)
    guard let row = try Row.fetchOne(known, arguments: [source, id, given.text, given.assessment]) else { return }
    let number: Int64 = row[0]
    guard row[1] else {
      if comment.isWithdrawn {
        counts.unchanged += 1
        return
      }
      if revisions.updateValue(given, forKey: number) != nil { counts.unchanged += 1 }
      return
    }
    if revisions.removeValue(forKey: number) != nil { counts.unchanged += 1 }
    let findsItsArticle = article != nil && row[3]
    let isAssessedAnew = given.assessment != nil && (row[2] || findsItsArticle)
    if findsItsArticle { try link(number, given) }
    if isAssessedAnew {
      try db.cachedStatement(sql: "UPDATE item SET assessment = ?, spans = ?, risk = ?, margin = ?, mixed = ? WHERE number = ?")
        .execute(arguments: [given.assessment, given.spans, given.order.risk, given.order.margin, given.order.mixed, number])
    }
    if findsItsArticle || isAssessedAnew { counts.rescored += 1 } else { counts.unchanged += 1 }
  }

  private func link(_ item: Int64, _ given: Revision) throws {
    try db.cachedStatement(
      sql: """
        UPDATE item SET article_id = ?, article = ?, parent_id = coalesce(parent_id, ?), parent_text = coalesce(parent_text, ?)
        WHERE number = ?
        """
    ).execute(arguments: [given.articleID, given.article, given.parentID, given.parentText, item])
  }

  /// Makes the texts that are not the current ones the current ones, with all else that their records say.
  mutating func writeRevisions() throws {
    let keep = try db.cachedStatement(
      sql: "INSERT INTO revision SELECT number, revision, text, checksum, assessment, spans, revised_at FROM item WHERE number = ?")
    let update = try db.cachedStatement(
      sql: """
        UPDATE item SET revision = revision + 1, state = 'pending', decision = NULL, claimed_by = NULL, claimed_until = NULL,
          article_id = ?, article = ?, parent_id = ?, parent_text = ?, author = ?, created_at = ?,
          text = ?, checksum = ?, assessment = ?, spans = ?, risk = ?, margin = ?, mixed = ?, revised_at = ? WHERE number = ?
        """)
    for (number, given) in revisions.sorted(by: { $0.key < $1.key }) {
      try keep.execute(arguments: [number])
      try update.execute(arguments: [
        given.articleID, given.article, given.parentID, given.parentText, given.author, given.createdAt, given.text, given.checksum,
        given.assessment, given.spans, given.order.risk, given.order.margin, given.order.mixed, now, number,
      ])
    }
    counts.revised += revisions.count
    revisions.removeAll()
  }

  private func number(ofSource source: String) throws -> Int64 {
    let select = try db.cachedStatement(sql: "SELECT number FROM source WHERE name = ?")
    if let number = try Int64.fetchOne(select, arguments: [source]) { return number }
    try db.execute(sql: "INSERT INTO source (name) VALUES (?)", arguments: [source])
    return db.lastInsertedRowID
  }

  private func number(ofArticle id: String, source: Int64) throws -> Int64? {
    let statement = try db.cachedStatement(sql: "SELECT number FROM article WHERE source = ? AND id = ?")
    return try Int64.fetchOne(statement, arguments: [source, id])
  }
}

/// What a record says of a comment that the store knows.
private struct Revision {
  let articleID: String?
  let article: Int64?
  let parentID: String?
  let parentText: String?
  let author: String?
  let createdAt: String?
  let text: String
  let checksum: Int64
  let assessment: String?
  let spans: Data?
  let order: QueueOrder.Keys

  init(_ comment: PreparedComment, _ bytes: UnsafeBufferPointer<UInt8>, article: Int64?) {
    func string(_ part: Range<Int>) -> String { String(decoding: bytes[part], as: UTF8.self) }
    articleID = comment.articleID.map(string)
    self.article = article
    parentID = comment.parentID.map(string)
    parentText = comment.parentText.map(string)
    author = comment.author.map(string)
    createdAt = comment.createdAt.map(string)
    text = string(comment.text)
    checksum = comment.checksum
    assessment = comment.assessment.map(string)
    spans = comment.spans.map { Data(bytes[$0]) }
    order = comment.order
  }
}
