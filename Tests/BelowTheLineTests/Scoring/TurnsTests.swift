import Synchronization
import Testing

@testable import BelowTheLine

struct TurnsTests {
  private struct Failure: Error, Equatable { let piece: Int }

  /// Passes on pieces of very different length.
  ///
  /// - Returns: what was passed on, and the pieces whose turn it was, in their order.
  private func run(pieces: Int, threads: Int, failingRead: Int? = nil, failingWrite: Int? = nil) throws -> (passed: [Int], turns: [Int]) {
    let next = Atomic(0)
    let passed = Mutex<[Int]>([])
    let turns = Mutex<[Int]>([])
    var failure: Failure?
    do {
      func pass(_ result: Int) throws {
        if result == failingWrite { throw Failure(piece: result) }
        passed.withLock { $0.append(result) }
      }
      try Turns<Int, Int>.run(threads: threads, passingOn: pass) { work in
        var number = 0
        func read() throws -> Bool {
          number = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if number == failingRead { throw Failure(piece: number) }
          return number < pieces
        }
        while let piece = work.take(read) {
          var hash = UInt64(piece)
          for _ in 0..<(piece % 7 == 0 ? 20_000 : 10) { hash = FeatureHash.spread(hash) }
          // Whatever worker comes to it, the work is that of the piece.
          work.inTurn(piece, number) { number in
            turns.withLock { $0.append(hash == 1 ? -1 : number) }
            number += 1000
          } then: { piece, number in
            work.deliver(piece, .success(number == piece + 1000 ? piece : -1))
          }
        }
      }
    } catch let error as Failure {
      failure = error
    }
    #expect(failure?.piece == failingRead ?? failingWrite)
    return (passed.withLock { $0 }, turns.withLock { $0 })
  }

  @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 500])
  func resultsKeepTheirOrder(threads: Int, pieces: Int) throws {
    let (passed, turns) = try run(pieces: pieces, threads: threads)
    #expect(passed == Array(0..<pieces))
    #expect(turns == Array(0..<pieces))
  }

  @Test(arguments: [1, 2, 5], [0, 1, 77])
  func allBeforeAFailedReadIsPassedOn(threads: Int, failing: Int) throws {
    let (passed, _) = try run(pieces: 200, threads: threads, failingRead: failing)
    #expect(passed == Array(0..<failing))
  }

  @Test(arguments: [1, 2, 5], [0, 1, 77])
  func nothingIsPassedOnBehindAFailure(threads: Int, failing: Int) throws {
    let (passed, _) = try run(pieces: 200, threads: threads, failingWrite: failing)
    #expect(passed == Array(0..<failing))
  }
}
