#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Memory in pages of two megabytes where the system has them: there are fewer to be cleared one by one, and the processor remembers
/// where they are, so that looking into the memory all over takes less time.
enum LargePages {
  private static let size = 2 << 20

  /// Asks for large pages, best before the memory is written to for the first time. Changes nothing but time.
  static func use(for memory: UnsafeMutableRawPointer?, byteCount: Int) {
    #if os(Linux)
      guard let memory else { return }
      let first = memory.alignedUp(toMultipleOf: size)
      let count = (byteCount - (first - memory)) / size * size
      if count > 0 { madvise(first, count, Int32(MADV_HUGEPAGE)) }
    #endif
  }

  /// An array in such pages.
  static func array<Element: BitwiseCopyable>(repeating element: Element, count: Int) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { elements, initialized in
      use(for: elements.baseAddress, byteCount: count * MemoryLayout<Element>.stride)
      elements.initialize(repeating: element)
      initialized = count
    }
  }

  /// Room for so many elements in such pages.
  static func reserve<Element>(_ count: Int, in array: inout [Element]) {
    array.reserveCapacity(count)
    let byteCount = array.capacity * MemoryLayout<Element>.stride
    array.withUnsafeMutableBufferPointer { use(for: $0.baseAddress, byteCount: byteCount) }
  }
}
