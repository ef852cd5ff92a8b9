internal import GRDB

extension QueueStore {
  /// How long a claim holds where nothing else is said: seconds.
  public static let defaultLease = 900

  /// The next comments for a person. Nobody else gets them until they are decided or the lease runs out.
  ///
  /// Whoever asks again without having decided gets the same ones again, with a new lease.
  ///
  /// - Parameters:
  ///   - moderator: who asks.
  ///   - count: at most this many, those already held counted in.
  ///   - state: which comments: pending, escalated or appealed ones.
  ///   - skipping: numbers that the person does not want now.
  ///   - lease: seconds.
  /// - Returns: numbers of items, in order.
  /// - Complexity: O(count + claims of others); O(items × log(items)) for the first claim in an order.
  public func claim(
    _ moderator: String, count: Int = 1, order: QueueOrder = .mixed, state: ItemState = .pending, skipping: [Int] = [],
    lease: Int = QueueStore.defaultLease
  ) throws -> [Int] {
    guard !moderator.isEmpty else { throw QueueError("a claim needs the name of who takes it") }
    let (start, end) = (now, now(plus: lease))
    let skipped = skipping.map(String.init).joined(separator: ",")
    return try write { db in
      try db.execute(sql: order.indexSQL)
      // SQLite would rather take the index of the order, and look at every item that waits.
      var numbers = try Int.fetchAll(
        db,
        sql: """
          SELECT number FROM item INDEXED BY item_claim
          WHERE claimed_by = ? AND claimed_until > ? AND state = ? AND number NOT IN (\(skipped))
          ORDER BY \(order.sql) LIMIT ?
          """, arguments: [moderator, start, state.rawValue, count])
      if numbers.count < count {
        numbers += try Int.fetchAll(
          db,
          sql: """
            SELECT number FROM item
            WHERE state = ? AND (claimed_until IS NULL OR claimed_until <= ?) AND number NOT IN (\(skipped))
            ORDER BY \(order.sql) LIMIT ?
            """, arguments: [state.rawValue, start, count - numbers.count])
      }
      let update = try db.cachedStatement(sql: "UPDATE item SET claimed_by = ?, claimed_until = ? WHERE number = ?")
      for number in numbers { try update.execute(arguments: [moderator, end, number]) }
      return numbers
    }
  }

  /// Takes one item, if nobody else has it.
  public func claim(_ item: Int, by moderator: String, lease: Int = QueueStore.defaultLease) throws {
    let (start, end) = (now, now(plus: lease))
    try write { db in
      try db.execute(
        sql: """
          UPDATE item SET claimed_by = ?1, claimed_until = ?2
          WHERE number = ?3 AND (claimed_until IS NULL OR claimed_until <= ?4 OR claimed_by = ?1)
          """, arguments: [moderator, end, item, start])
      guard db.changesCount == 1 else { throw QueueError("#\(item) is with somebody else") }
    }
  }

  /// How many comments are in a state.
  public func count(_ state: ItemState) throws -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM item WHERE state = ?", arguments: [state.rawValue]) ?? 0 }
  }

  /// Gives items back that are not decided.
  public func release(_ items: [Int], by moderator: String) throws {
    try write { db in
      for item in items {
        try db.execute(
          sql: "UPDATE item SET claimed_by = NULL, claimed_until = NULL WHERE number = ? AND claimed_by = ?", arguments: [item, moderator])
      }
    }
  }
}
