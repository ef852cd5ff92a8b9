public import BelowTheLine
internal import Foundation
internal import GRDB

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
  /// Known with this text, and now assessed by another model.
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
  /// A comment is known by source, id and digest of its text. Adding it again changes nothing, so whatever was cut short can be run
  /// again from its start. A text that is no revision so far becomes the latest one.
  ///
  /// - Complexity: O(entries × log(items)).
  public func add(_ entries: [QueueEntry]) throws -> AddCounts {
    let now = now
    let days = ((try? Date(now, strategy: .iso8601))?.timeIntervalSince1970 ?? 0) / 86_400
    let prepared = Parallel.map(entries.count, threads: ProcessInfo.processInfo.activeProcessorCount) { index in
      PreparedEntry(entries[index], days: days)
    }
    return try write { db in
      var batch = AddBatch(db, now: now)
      for entry in prepared {
        switch entry {
        case .article(let article, let source): try batch.add(article, source: source)
        case .comment(let comment): try batch.add(comment)
        }
      }
      return batch.counts
    }
  }
}

/// An entry as it is written; made before the transaction, so that other processes wait less.
private enum PreparedEntry: Sendable {
  case article(Article, source: String)
  case comment(PreparedComment)

  init(_ entry: QueueEntry, days: Double) {
    switch entry {
    case .article(let article, let source): self = .article(article.storable, source: source.storable)
    case .comment(let comment, let source, let articleSource, let assessment):
      let comment = comment.storable
      self = .comment(
        PreparedComment(
          comment: comment, source: source.storable, articleSource: (articleSource ?? source).storable, digest: SHA256.hex(comment.text),
          assessment: assessment?.json, order: QueueOrder.keys(assessment, days: days)))
    }
  }
}

private struct PreparedComment: Sendable {
  let comment: Comment
  let source: String
  let articleSource: String
  let digest: String
  let assessment: String?
  let order: QueueOrder.Keys

  var parentText: String? {
    if case .string(let text)? = comment.extra["parent_text"] { text } else { nil }
  }
}

private struct AddBatch {
  private let db: Database
  private let now: String
  private var sources: [String: Int64] = [:]
  /// By source and id, of this batch.
  private var articles: [[String]: Int64?] = [:]
  private(set) var counts = AddCounts()

  init(_ db: Database, now: String) {
    self.db = db
    self.now = now
  }

  mutating func add(_ article: Article, source: String) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO article (source, id, url, title, body, language) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, id) DO UPDATE SET url = excluded.url, title = excluded.title, body = excluded.body, language = excluded.language
        """)
    try statement.execute(arguments: [try number(of: source), article.id, article.url, article.title, article.body, article.language])
    articles[[source, article.id]] = nil
  }

  mutating func add(_ prepared: PreparedComment) throws {
    let (comment, order) = (prepared.comment, prepared.order)
    let source = try number(of: prepared.source)
    let article = try article(comment.articleID, source: prepared.articleSource)
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO item (source, comment_id, revision, state, article_id, article, parent_id, parent_text, author, created_at,
          text, digest, assessment, risk, margin, mixed, added_at, revised_at)
        VALUES (?, ?, 1, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, comment_id) DO NOTHING
        """)
    insert.setUncheckedArguments([
      source, comment.id, comment.articleID, article, comment.parentID, prepared.parentText, comment.author, comment.createdAt,
      comment.text, prepared.digest, prepared.assessment, order.risk, order.margin, order.mixed, now, now,
    ])
    try insert.execute()
    if db.changesCount == 1 {
      counts.added += 1
    } else {
      try update(prepared, source)
    }
  }

  private mutating func update(_ prepared: PreparedComment, _ source: Int64) throws {
    let (comment, digest, json, order) = (prepared.comment, prepared.digest, prepared.assessment, prepared.order)
    let known = try db.cachedStatement(
      sql: """
        SELECT number, digest, json_extract(assessment, '$.model') IS NOT json_extract(?3, '$.model')
        FROM item WHERE source = ?1 AND comment_id = ?2
        """)
    guard let row = try Row.fetchOne(known, arguments: [source, comment.id, json]) else { return }
    let number: Int64 = row[0]
    if row[1] == digest {
      guard json != nil, row[2] else {
        counts.unchanged += 1
        return
      }
      counts.rescored += 1
      return try db.cachedStatement(sql: "UPDATE item SET assessment = ?, risk = ?, margin = ?, mixed = ? WHERE number = ?")
        .execute(arguments: [json, order.risk, order.margin, order.mixed, number])
    }
    let earlier = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM revision WHERE item = ? AND digest = ?)")
    if try Bool.fetchOne(earlier, arguments: [number, digest]) == true {
      counts.unchanged += 1
      return
    }
    counts.revised += 1
    try db.cachedStatement(
      sql: "INSERT INTO revision SELECT number, revision, text, digest, assessment, revised_at FROM item WHERE number = ?"
    ).execute(arguments: [number])
    try db.cachedStatement(
      sql: """
        UPDATE item SET revision = revision + 1, state = 'pending', decision = NULL, claimed_by = NULL, claimed_until = NULL,
          text = ?, digest = ?, assessment = ?, risk = ?, margin = ?, mixed = ?, revised_at = ? WHERE number = ?
        """
    ).execute(arguments: [comment.text, digest, json, order.risk, order.margin, order.mixed, now, number])
  }

  private mutating func number(of source: String) throws -> Int64 {
    if let number = sources[source] { return number }
    try db.execute(sql: "INSERT INTO source (name) VALUES (?) ON CONFLICT DO NOTHING", arguments: [source])
    guard let number = try Int64.fetchOne(db, sql: "SELECT number FROM source WHERE name = ?", arguments: [source]) else {
      throw QueueError("the source \(source) could not be added")
    }
    sources[source] = number
    return number
  }

  private mutating func article(_ id: String?, source: String) throws -> Int64? {
    guard let id else { return nil }
    if let known = articles[[source, id]] { return known }
    let statement = try db.cachedStatement(sql: "SELECT number FROM article WHERE source = ? AND id = ?")
    let number = try Int64.fetchOne(statement, arguments: [try number(of: source), id])
    articles[[source, id]] = .some(number)
    return number
  }
}
