/// Memory for intermediate results that is used again and again: it grows with the longest text and keeps nothing in between.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
  /// What was asked for last.
  private(set) var memory = UnsafeMutablePointer<Element>.allocate(capacity: 256)
  private var capacity = 256

  deinit { memory.deallocate() }

  /// Memory for `count` elements, which hold nothing yet; valid until the next call.
  mutating func room(for count: Int) -> UnsafeMutablePointer<Element> {
    if count > capacity {
      memory.deallocate()
      capacity = max(count, 2 * capacity)
      memory = .allocate(capacity: capacity)
    }
    return memory
  }
}
