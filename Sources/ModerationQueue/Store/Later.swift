internal import Dispatch

/// A value that another core is making meanwhile.
final class Later<Value: Sendable>: @unchecked Sendable {
  private let group = DispatchGroup()
  /// Written before the group is left, read after.
  private var result: Value?

  init(_ make: @escaping @Sendable () -> Value) {
    DispatchQueue.global().async(group: group) { self.result = make() }
  }

  /// Waits until it is made.
  var value: Value? {
    group.wait()
    return result
  }
}
