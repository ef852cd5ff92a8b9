internal import GRDB

extension QueueStore {
  /// The text of the article under which an item stands; nil where the store does not have it. May be asked for while items are read.
  public func articleBody(of item: QueueItem) throws -> String? {
    try database.unsafeReentrantRead { db in
      let statement = try db.cachedStatement(
        sql: "SELECT article.body FROM item JOIN article ON article.number = item.article WHERE item.number = ?")
      return try String.fetchOne(statement, arguments: [item.number])
    }
  }

  /// The labels that people decided, and those that the models of the first and of the last comments know.
  public func labels() throws -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT key FROM (SELECT DISTINCT key FROM \(Self.scoredLabels)
            UNION SELECT DISTINCT key FROM decision, json_each(decision.labels)) ORDER BY key
          """)
    }
  }

  /// Whether a label is among ``labels()``.
  ///
  /// - Complexity: O(decisions) where it is not.
  public func hasLabel(_ label: String) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM \(Self.scoredLabels) AND key = ?1)
            OR EXISTS (SELECT 1 FROM decision, json_each(decision.labels) WHERE key = ?1)
          """, arguments: [label]) ?? false
    }
  }

  private static let scoredLabels = """
    item, json_each(item.assessment, '$.labels')
    WHERE (item.number <= 100 OR item.number > (SELECT max(number) FROM item) - 100)
    """
}
