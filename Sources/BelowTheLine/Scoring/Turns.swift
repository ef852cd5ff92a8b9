internal import Dispatch
internal import Synchronization

/// Work on pieces of a stream on several threads, whose results are passed on in the order of the stream.
///
/// Each worker takes the next piece and works on it by itself. What needs the pieces before, it does in turn (``inTurn(_:_:)``). Then it
/// delivers the result, and goes on: results are passed on by whoever delivers the one that is due, along with those that waited for
/// it. So memory is bounded, and what happens in turn happens as if there were one worker.
package final class Turns<Output: Sendable>: Sendable {
  private struct State {
    var taken = 0
    var ended = false
    /// What waits for earlier results.
    var delivered: [Int: Result<Output, any Error>] = [:]
    /// The piece whose result is passed on next.
    var due = 0
    var isPassingOn = false
    var failure: (any Error)?
  }

  private let state = Mutex(State())
  /// A worker waits at the place of its piece, modulo their number, for two pieces of one place never wait.
  private let places: [DispatchSemaphore]
  /// For pieces whose result is not passed on yet: a worker may be ahead of another by one piece.
  private let room: DispatchSemaphore
  /// Called on one thread at a time.
  nonisolated(unsafe) private let pass: (Output) throws -> Void

  private init(workers: Int, _ pass: @escaping (Output) throws -> Void) {
    self.pass = pass
    places = (0..<workers).map { _ in DispatchSemaphore(value: 0) }
    places[0].signal()
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
    let (piece, failure) = state.withLock { state -> (Int?, (any Error)?) in
      if state.ended { return (nil, nil) }
      do {
        guard try read() else {
          state.ended = true
          return (nil, nil)
        }
        state.taken += 1
        return (state.taken - 1, nil)
      } catch {
        state.ended = true
        state.taken += 1
        return (state.taken - 1, error)
      }
    }
    if let piece, let failure {
      deliver(piece, .failure(failure))
      return nil
    }
    if piece == nil { room.signal() }
    return piece
  }

  /// Calls `body` when this was called for all earlier pieces, which is so for every piece or for none; not at all after a failure.
  package func inTurn(_ piece: Int, _ body: () -> Void) {
    places[piece % places.count].wait()
    defer { places[(piece + 1) % places.count].signal() }
    if state.withLock({ $0.failure == nil }) { body() }
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
