/// Eight bytes of text looked at together, the first in the lowest bits: arithmetic within a register in place of a loop over bytes
/// (Lamport, Multiple byte processing with full-word instructions, CACM 1975).
///
///     EightBytes.firstIndex(of: UInt8(ascii: "t"), in: word)   // 4 for "Don't as"
enum EightBytes {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// The bytes from `index` on; zeros stand for those behind the end.
  @inline(__always)
  static func load(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt64 {
    if index &+ 8 <= bytes.count {
      return UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
    }
    return loadEnd(bytes, at: index)
  }

  @inline(never)
  private static func loadEnd(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt64 {
    var word: UInt64 = 0
    for position in stride(from: bytes.count - 1, through: index, by: -1) { word = word << 8 | UInt64(bytes[position]) }
    return word
  }

  @inline(__always)
  static func byte(_ index: Int, of word: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: 8 &* index)) }

  /// Where the byte stands first; 8 where it does not (Mycroft 1987; what is below the first match is exact).
  @inline(__always)
  static func firstIndex(of byte: UInt8, in word: UInt64) -> Int { matches(of: byte, in: word).trailingZeroBitCount >> 3 }

  /// Where the first quotation mark, backslash or byte below 0x20 stands; 8 where there is none.
  @inline(__always)
  static func firstStringMark(in word: UInt64) -> Int {
    let controls = (word &- ones &* 0x20) & ~word & highBits
    return (controls | matches(of: UInt8(ascii: "\""), in: word) | matches(of: UInt8(ascii: "\\"), in: word)).trailingZeroBitCount >> 3
  }

  /// The highest bit of each byte that is this one; above the first of them, perhaps of others.
  @inline(__always)
  private static func matches(of byte: UInt8, in word: UInt64) -> UInt64 {
    let differences = word ^ ones &* UInt64(byte)
    return (differences &- ones) & ~differences & highBits
  }

  /// The first `count` (0...8) bytes, zeros behind them.
  @inline(__always)
  static func prefix(_ word: UInt64, _ count: Int) -> UInt64 {
    word & ~(~0 << UInt64(truncatingIfNeeded: 8 &* count))
  }
}
