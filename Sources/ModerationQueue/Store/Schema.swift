internal import GRDB

/// The tables of a store.
enum Schema {
  /// "BtlQ": says that a SQLite file is a queue.
  private static let applicationID = 0x4274_6C51
  private static let version = 3

  /// Makes the tables where there are none.
  ///
  /// - Throws: ``QueueError`` where the file is another program's or a newer version's.
  static func prepare(_ db: Database, _ path: String) throws {
    if try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0, try number(db, "application_id") == 0,
      try number(db, "user_version") == 0
    {
      try db.execute(sql: tables)
      for reason in ReasonCode.builtIn { try reason.insert(db) }
      try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
    }
    try check(db, path)
  }

  /// - Throws: ``QueueError`` where the file is another program's or another version's.
  static func check(_ db: Database, _ path: String) throws {
    guard try number(db, "application_id") == applicationID else {
      throw QueueError("\(path): a database of another program, not a queue")
    }
    let found = try number(db, "user_version")
    guard found == version else {
      throw QueueError("\(path): version \(found) of the tables; this btl knows version \(version)")
    }
  }

  private static func number(_ db: Database, _ pragma: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? 0 }

  /// Times are RFC 3339 in UTC, digests SHA-256 in hexadecimal digits. `checksum` is that of the text (``Swift/String/checksum``).
  ///
  /// An item is a comment in its latest revision; `revision` holds the earlier ones. `assessment` is what the model said, as JSON, and
  /// `spans` which words weighed (``Assessment/appendSpans(to:)``); `risk`, `margin` and `mixed` order the queue by it, with
  /// the indexes of ``QueueOrder/indexSQL``. `decision` is the entry of the log that holds now.
  private static let tables = """
    CREATE TABLE source (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE article (
      number INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source, id TEXT NOT NULL,
      url TEXT, title TEXT, body TEXT NOT NULL, language TEXT, UNIQUE (source, id)
    ) STRICT;

    CREATE TABLE item (
      number INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source, comment_id TEXT NOT NULL,
      revision INTEGER NOT NULL, state TEXT NOT NULL, article_id TEXT, article INTEGER REFERENCES article,
      parent_id TEXT, parent_text TEXT, author TEXT, created_at TEXT, text TEXT NOT NULL, checksum INTEGER NOT NULL,
      assessment TEXT, spans BLOB, risk REAL NOT NULL, margin REAL NOT NULL, mixed REAL NOT NULL,
      added_at TEXT NOT NULL, revised_at TEXT NOT NULL, claimed_by TEXT, claimed_until TEXT, decision INTEGER,
      UNIQUE (source, comment_id)
    ) STRICT;

    CREATE TABLE revision (
      item INTEGER NOT NULL REFERENCES item, revision INTEGER NOT NULL, text TEXT NOT NULL, checksum INTEGER NOT NULL,
      assessment TEXT, spans BLOB, added_at TEXT NOT NULL, PRIMARY KEY (item, revision)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE decision (
      sequence INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item, revision INTEGER NOT NULL, source TEXT NOT NULL,
      comment_id TEXT NOT NULL, text_digest TEXT NOT NULL, at TEXT NOT NULL, moderator TEXT NOT NULL, action TEXT NOT NULL,
      is_opinion INTEGER NOT NULL, labels TEXT NOT NULL, reason TEXT, note TEXT, seen TEXT, refers_to INTEGER, state TEXT NOT NULL,
      previous TEXT NOT NULL, digest TEXT NOT NULL
    ) STRICT;
    CREATE INDEX decision_item ON decision (item);
    CREATE TRIGGER decision_is_not_changed BEFORE UPDATE ON decision
      BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;
    CREATE TRIGGER decision_is_not_deleted BEFORE DELETE ON decision
      BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

    CREATE TABLE reason (
      code TEXT PRIMARY KEY, title TEXT NOT NULL, coral TEXT NOT NULL, dsa_category TEXT NOT NULL, dsa_keyword TEXT
    ) STRICT, WITHOUT ROWID;
    """
}
