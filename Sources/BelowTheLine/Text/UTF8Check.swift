/// Whether bytes are UTF-8 (RFC 3629, section 4), runs of ASCII being passed over many bytes at a time.
package enum UTF8Check {
  package static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    while index < bytes.count {
      while index &+ 32 <= bytes.count, isASCII(bytes, at: index) { index &+= 32 }
      index &+= (EightBytes.load(bytes, at: index) & EightBytes.highBits).trailingZeroBitCount >> 3
      guard index < bytes.count, bytes[index] >= 0x80 else { continue }
      guard let length = lengthOfScalar(bytes, at: index) else { return false }
      index &+= length
    }
    return true
  }

  /// Whether the 32 bytes from `index` on are.
  @inline(__always)
  private static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    let bytes = UnsafeRawBufferPointer(bytes)
    let union =
      bytes.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self)
      | bytes.loadUnaligned(fromByteOffset: index &+ 16, as: SIMD2<UInt64>.self)
    return (union.x | union.y) & EightBytes.highBits == 0
  }

  /// How many bytes the scalar takes that begins here, which is not ASCII; nil where none begins.
  @inline(__always)
  private static func lengthOfScalar(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
    func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      index &+ offset < bytes.count && range ~= bytes[index &+ offset]
    }
    switch bytes[index] {
    case 0xC2...0xDF: return continues(1) ? 2 : nil
    case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : nil
    case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : nil
    case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : nil
    case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : nil
    case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : nil
    case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : nil
    default: return nil
    }
  }
}
