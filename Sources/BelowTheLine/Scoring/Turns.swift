internal import Dispatch
internal import Synchronization

/// Work on pieces of a stream on several threads, handed over in the order of the stream.
///
/// Each worker takes the next piece, works on it by itself, and waits for its turn to hand the result over. So no more pieces are in
/// flight than there are workers, and what happens in turn happens as if there were one. Work may have several stages, each with a
/// turn of its own at its end.
package final class Turns: Sendable {
  private struct State {
    var taken = 0
    var ended = false
    var failure: (any Error)?
  }

  private let state = Mutex(State())
  /// Of each stage: a worker waits at the place of its piece, modulo their number, for two pieces of one place are never in flight.
  private let places: [[DispatchSemaphore]]

  private init(workers: Int, stages: Int) {
    places = (0..<stages).map { _ in (0..<workers).map { _ in DispatchSemaphore(value: 0) } }
    for stage in places { stage[0].signal() }
  }

  /// Calls `worker` once on each of several threads.
  ///
  /// - Throws: the first error in the order of the stream.
  package static func run(threads: Int, stages: Int, _ worker: @Sendable (Turns) -> Void) throws {
    let turns = Turns(workers: max(1, threads), stages: stages)
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in worker(turns) }
    if let failure = turns.state.withLock({ $0.failure }) { throw failure }
  }

  /// The number of the next piece, once `read` has got it; nil at the end. One worker at a time reads.
  ///
  /// - Parameter read: returns false at the end. What it throws counts as thrown in turn.
  package func take(_ read: () throws -> Bool) -> Int? {
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
    guard let piece, let failure else { return piece }
    for stage in places.indices.dropLast() { handOver(piece, stage: stage) {} }
    handOver(piece, stage: places.count - 1) { throw failure }
    return nil
  }

  /// Calls `body` when all earlier pieces have been handed over at this stage; not at all where one of them failed. A piece is handed
  /// over at each stage, one after another.
  package func handOver(_ piece: Int, stage: Int, _ body: () throws -> Void) {
    let places = places[stage]
    places[piece % places.count].wait()
    defer { places[(piece + 1) % places.count].signal() }
    if state.withLock({ $0.failure != nil }) { return }
    do {
      try body()
    } catch {
      state.withLock { state in
        state.failure = error
        state.ended = true
      }
    }
  }
}
