internal import Dispatch

/// Work on all cores with one answer, whatever their number.
package enum Parallel {
  /// The results of `transform` for 0..<count, in this order.
  ///
  /// - Parameter threads: at most this many at once; of n each takes every nth index, because neighbours often take as long as each other.
  package static func map<Result: Sendable>(_ count: Int, threads: Int, _ transform: @Sendable (Int) -> Result) -> [Result] {
    let workers = min(threads, count)
    guard workers > 1 else { return (0..<count).map(transform) }
    return [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Each worker initializes elements of its own, and nobody reads before all have ended.
      nonisolated(unsafe) let results = buffer
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for index in stride(from: worker, to: count, by: workers) {
          results.initializeElement(at: index, to: transform(index))
        }
      }
      initialized = count
    }
  }

  /// One of so many parts of 0..<count, of nearly the same size, in their order.
  package static func part(_ part: Int, of parts: Int, _ count: Int) -> Range<Int> { count * part / parts..<count * (part + 1) / parts }
}
