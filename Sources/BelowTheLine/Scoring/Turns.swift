internal import Dispatch
internal import Synchronization

/// Work on pieces of a stream on several threads, whose results are passed on in the order of the stream.
///
/// Each worker takes the next piece and works on it by itself. What needs the pieces before happens in turn (``inTurn(_:_:_:then:)``). Then
/// the result is delivered. No worker waits for another: what is due is done by whoever comes with it, along with what waited for
/// it. So memory is bounded, and what happens in turn happens as if there were one worker.
package final class Turns<Work: Sendable, Output: Sendable>: Sendable {
  private struct State {
    var ended = false
    /// What waits for its turn.
    var queued: [Int: Work] = [:]
    /// The piece whose turn is next.
    var turn = 0
    var isInTurn = false
    /// What waits for earlier results.
    var delivered: [Int: Result<Output, any Error>] = [:]
    /// The piece whose result is passed on next.
    var due = 0
    var isPassingOn = false
    var failure: (any Error)?
  }

  private let state = Mutex(State())
  /// How many pieces were read. Apart from the rest: a read may wait long, and results go on meanwhile.
  private let taken = Mutex(0)
  /// For pieces whose result is not passed on yet.
  private let room: DispatchSemaphore
  /// Called on one thread at a time.
  nonisolated(unsafe) private let pass: (Output) throws -> Void

  private init(workers: Int, _ pass: @escaping (Output) throws -> Void) {
    self.pass = pass
    // A worker may be ahead of another by one piece.
    room = DispatchSemaphore(value: 2 * workers)
  }

  /// Calls `worker` once on each of several threads.
  ///
  /// - Parameter pass: takes results in their order, on one thread at a time; none after it threw.
  /// - Throws: the first error in the order of the stream.
  package static func run(threads: Int, passingOn pass: (Output) throws -> Void, _ worker: @Sendable (Turns) -> Void) throws {
    try withoutActuallyEscaping(pass) { pass in
      let turns = Turns(workers: max(1, threads), pass)
      DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in worker(turns) }
      if let failure = turns.state.withLock({ $0.failure }) { throw failure }
    }
  }

  /// The number of the next piece, once `read` has got it; nil at the end. One worker at a time reads. Every piece is to be delivered.
  ///
  /// - Parameter read: returns false at the end. What it throws counts as thrown when all before has been passed on.
  package func take(_ read: () throws -> Bool) -> Int? {
    room.wait()
    let (piece, failure) = taken.withLock { taken -> (Int?, (any Error)?) in
      if state.withLock({ $0.ended }) { return (nil, nil) }
      var failure: (any Error)?
      do {
        if try read() {
          taken += 1
          return (taken - 1, nil)
        }
      } catch {
        failure = error
        taken += 1
      }
      state.withLock { $0.ended = true }
      return failure == nil ? (nil, nil) : (taken - 1, failure)
    }
    if let piece, let failure {
      deliver(piece, .failure(failure))
      return nil
    }
    if piece == nil { room.signal() }
    return piece
  }

  /// Calls `body` with each piece's work when it was called for all earlier pieces, then `finish`: at once for this piece and for those that
  /// wait for it, or later, when another worker comes with the one that is due. To be called for every piece or for none.
  ///
  /// - Parameters:
  ///   - body: not called after a failure.
  ///   - finish: delivers the result. Other pieces may be in turn meanwhile.
  package func inTurn(_ piece: Int, _ work: Work, _ body: (inout Work) -> Void, then finish: (_ piece: Int, Work) -> Void) {
    state.withLock { $0.queued[piece] = work }
    while var next = takeQueued() {
      if next.isWanted { body(&next.work) }
      state.withLock { state in
        state.isInTurn = false
        state.turn += 1
      }
      finish(next.piece, next.work)
    }
  }

  /// The work whose turn it is, if it is there and nobody is in turn; and whether all before it went well.
  private func takeQueued() -> (piece: Int, work: Work, isWanted: Bool)? {
    state.withLock { state in
      guard !state.isInTurn, let work = state.queued.removeValue(forKey: state.turn) else { return nil }
      state.isInTurn = true
      return (state.turn, work, state.failure == nil)
    }
  }

  /// Passes on the result of a piece, and those that wait for it, or leaves that to whoever delivers the one that is due.
  package func deliver(_ piece: Int, _ result: Result<Output, any Error>) {
    state.withLock { $0.delivered[piece] = result }
    while let (next, isWanted) = takeDue() {
      do {
        if isWanted { try pass(next.get()) }
      } catch {
        state.withLock { state in
          state.failure = error
          state.ended = true
        }
      }
      state.withLock { state in
        state.isPassingOn = false
        state.due += 1
      }
      room.signal()
    }
  }

  /// The result that is due, if it is there and nobody passes on another; and whether all before it went well.
  private func takeDue() -> (Result<Output, any Error>, isWanted: Bool)? {
    state.withLock { state in
      guard !state.isPassingOn, let result = state.delivered.removeValue(forKey: state.due) else { return nil }
      state.isPassingOn = true
      return (result, state.failure == nil)
    }
  }
}
