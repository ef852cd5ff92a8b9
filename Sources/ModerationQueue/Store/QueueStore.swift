public import Foundation
internal import BelowTheLine
internal import GRDB

/// The moderation queue: one SQLite file that holds comments, what the model said of them, and every decision of a person.
///
/// Several processes may use one file at once: writers wait for each other, and what a call has returned is on disk.
public final class QueueStore: Sendable {
  let database: DatabaseQueue
  let checkpoints: Checkpoints
  private let path: String
  private let clock: @Sendable () -> Date

  /// How long a writer waits for the others before it gives up.
  private static let patience: TimeInterval = 120

  /// - Parameters:
  ///   - path: of the file.
  ///   - creating: whether a file that is missing is made.
  ///   - readOnly: whether nothing is to be written, in the file and beside it; nil for where nothing can be.
  ///   - clock: what time it is.
  /// - Throws: ``QueueError``.
  public init(
    path: String, creating: Bool = false, readOnly: Bool? = nil, clock: @escaping @Sendable () -> Date = { Date() }
  ) throws {
    self.path = path
    self.clock = clock
    guard creating || FileManager.default.fileExists(atPath: path) else {
      throw QueueError("\(path): there is no such store; btl queue add makes one")
    }
    // SQLite would make a database of it.
    let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    guard creating || size != 0 else { throw QueueError("\(path): the file is empty, and no store") }
    let isReadOnly = readOnly ?? !(creating || Self.canBeWritten(path))
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .timeout(Self.patience)
    // Nothing is ever deleted that others refer to: looking after each row costs a tenth of adding, so ``verify(expecting:)`` looks.
    configuration.foreignKeysEnabled = false
    configuration.label = "queue"
    configuration.prepareDatabase { db in
      db.add(function: Instant.function)
      if isReadOnly { return }
      // A commit returns when its bytes are on disk. Readers never wait for writers. In pages of 16 KiB most rows lie whole, which
      // saves SQLite a sixth to a quarter of the time to add one. While entries are added, ``checkpoints`` empty the log.
      try db.execute(
        sql: """
          PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
          PRAGMA wal_autocheckpoint = 4096
          """)
    }
    let name = isReadOnly ? Self.readOnlyName(path) : path
    database = try Self.naming(path) { try DatabaseQueue(path: name, configuration: configuration) }
    checkpoints = Checkpoints { [configuration] in try DatabaseQueue(path: name, configuration: configuration) }
    if isReadOnly { try read { try Schema.check($0, path) } } else { try write { try Schema.prepare($0, path) } }
  }

  /// SQLite makes files beside the store even to read it.
  private static func canBeWritten(_ path: String) -> Bool {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    return [path, folder].allSatisfy(FileManager.default.isWritableFile)
  }

  /// Where nobody is writing, there is no log beside the store, and SQLite need not make one if it is told that nobody will.
  private static func readOnlyName(_ path: String) -> String {
    FileManager.default.fileExists(atPath: path + "-wal") ? path : URL(fileURLWithPath: path).absoluteString + "?immutable=1"
  }

  /// RFC 3339 in UTC.
  var now: String { Self.time(clock()) }

  func now(plus seconds: Int) -> String { Self.time(clock().addingTimeInterval(TimeInterval(seconds))) }

  static func time(_ date: Date) -> String { date.formatted(.iso8601) }

  /// A transaction that holds the only right to write from its start, so that what it reads is still true when it writes.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.naming(path) {
      try database.writeWithoutTransaction { db in
        var value: Value?
        try db.inTransaction(.immediate) {
          value = try body(db)
          return .commit
        }
        guard let value else { throw QueueError("the transaction ended without a result") }
        return value
      }
    }
  }

  /// Everything read in `body` is of one moment.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try Self.naming(path) { try database.read(body) }
  }

  /// Says which file SQLite complains of.
  private static func naming<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw QueueError("\(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")")
    }
  }
}

/// What keeps the queue from doing something, in a sentence for the person who asked for it.
public struct QueueError: Error, Equatable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }
}
