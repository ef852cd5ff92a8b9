internal import GRDB
internal import Synchronization

/// Copies what is committed from the log of a store into its file, by a connection of its own on another core: who adds need not wait.
final class Checkpoints: Sendable {
  private struct State {
    var database: DatabaseQueue?
    /// The one that was begun last; it makes the number of pages in the log.
    var last: Later<Int>?
  }

  private let state = Mutex(State())
  private let open: @Sendable () throws -> DatabaseQueue

  /// So many pages may be in the log (32 MiB). It begins anew only where all of it has been copied when somebody writes, and while one
  /// adds without a pause, that happens only if it is waited for.
  private static let longLog = 2048

  init(_ open: @escaping @Sendable () throws -> DatabaseQueue) { self.open = open }

  deinit {
    state.withLock { state in
      _ = state.last?.value
      // At the end, not after: the connection that is closed last takes the log away.
      try? state.database?.close()
    }
  }

  /// Begins to copy; waits for the end of it where the log is long.
  ///
  /// What keeps it from copying is no error: the pages stay in the log, where they are read as well.
  func begin() {
    state.withLock { state in
      guard let database = state.database ?? (try? open()) else { return }
      state.database = database
      let isLong = state.last?.value ?? 0 > Self.longLog
      let copying = Later { (try? database.writeWithoutTransaction { try $0.checkpoint(.passive).walFrameCount }) ?? 0 }
      if isLong { _ = copying.value }
      state.last = isLong ? nil : copying
    }
  }
}
