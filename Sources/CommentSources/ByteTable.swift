/// The hash of a word, byte by byte: FNV-1a, 64 bits (Fowler, Noll and Vo; RFC 9923). For the small tables of this module, whose
/// loops a function of another module would slow down.
enum ByteHash {
  static let start: UInt64 = 0xCBF2_9CE4_8422_2325

  @inline(__always)
  static func extend(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

  static func of(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(start) { extend($0, $1) } }

  static func of(_ text: StaticString) -> UInt64 { of(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) }
}

/// Values by the hash of a word. Asked at every tag and every letter of class names, so without the standard dictionary's hashing.
struct ByteTable<Value: Sendable>: Sendable {
  private var keys: [UInt64]
  private var values: [Value?]
  private let mask: Int

  /// - Parameter bits: 2 to that power is to be twice the number of words or more.
  init(bits: Int) {
    keys = [UInt64](repeating: 0, count: 1 << bits)
    values = [Value?](repeating: nil, count: 1 << bits)
    mask = 1 << bits - 1
  }

  mutating func insert(_ value: Value, for key: UInt64) {
    let slot = slot(key)
    keys[slot] = key
    values[slot] = value
  }

  subscript(key: UInt64) -> Value? { values[slot(key)] }

  /// Where a key is, or would be.
  private func slot(_ key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: key ^ key >> 32) & mask
    while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }
}

extension ByteTable where Value == Bool {
  /// Whether a word is one of a few.
  init(_ words: some Collection<String>) {
    self.init(bits: Int.bitWidth - (2 * words.count).leadingZeroBitCount)
    for word in words { insert(true, for: ByteHash.of(word.utf8)) }
  }

  func contains(_ key: UInt64) -> Bool { self[key] != nil }
}
