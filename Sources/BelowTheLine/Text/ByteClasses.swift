#if arch(x86_64) && canImport(_Builtin_intrinsics.intel.sse2)
  private import _Builtin_intrinsics.intel.sse2
#endif

/// Where letters stand in a text, where tokens may begin, and where a word is not plain: one bit a byte, made of sixteen bytes at a
/// time, so that words are found by counting zeros instead of looking at bytes (Langdale and Lemire, Parsing gigabytes of JSON per
/// second, VLDB Journal 28, 2019, doi:10.1007/s00778-019-00578-5).
///
///     text       Don't go, U.S. troooops
///     letters    111.1.11..1.1..11111111
///     begins     1..11.1.1.1111.1.......
///     irregular  ...1......1......11....
struct ByteClasses: Sendable {
  /// Behind the text there must be zeros to the end of this many bytes.
  @inline(__always)
  static func paddedCount(_ count: Int) -> Int { (count / 64 + 1) * 64 + 16 }

  /// Three bitmaps one after another, and a word behind them, because sixty-four bits are read from any byte on.
  private var bits: [UInt64] = []
  private(set) var blocks = 0

  /// Finds the classes of a text's bytes, and folds its ASCII letters.
  ///
  /// - Parameter text: its bytes, and zeros to ``paddedCount(_:)``.
  mutating func classify(_ text: UnsafeMutablePointer<UInt8>, count: Int) {
    let blocks = count / 64 + 1
    self.blocks = blocks
    if bits.count <= 3 * blocks { bits = [UInt64](repeating: 0, count: 6 * blocks) }
    bits.withUnsafeMutableBufferPointer { bits in
      var block = Block(foldingLettersOf: text)
      // Whether the byte before is a letter.
      var carry: UInt64 = 0
      for index in 0..<blocks {
        let next = index &+ 1 < blocks ? Block(foldingLettersOf: text + 64 &* (index &+ 1)) : Block()
        let firsts = block.letters & ~(block.letters << 1 | carry)
        let singles = firsts & ~(block.letters >> 1 | next.letters << 63)
        // `s p a c e d` begins with a single letter, a sign and another; `U.S.` with a single letter, a sign and no space.
        let isSpaced = singles >> 2 | next.letters << 62
        let isAbbreviation = (block.visible >> 1 | next.visible << 63) & (block.visible >> 2 | next.visible << 62)
        bits[index] = block.letters
        bits[blocks &+ index] = firsts | block.visible & ~block.letters
        bits[2 &* blocks &+ index] = block.irregular | singles & (isSpaced | isAbbreviation)
        carry = block.letters >> 63
        block = next
      }
      bits[3 &* blocks] = 0
    }
  }

  /// The bitmaps where they stand in memory.
  struct Pointers {
    let blocks: Int
    private let letters: UnsafeRawPointer
    private let begins: UnsafeRawPointer
    private let irregular: UnsafeRawPointer

    fileprivate init(_ bits: UnsafeRawPointer, blocks: Int) {
      self.blocks = blocks
      (letters, begins, irregular) = (bits, bits + 8 * blocks, bits + 16 * blocks)
    }

    /// Letters from a byte on, 57 at least.
    @inline(__always)
    func letters(from index: Int) -> UInt64 { Self.bits(letters, from: index) }

    /// What makes a word irregular that it belongs to or that ends before it: the first of three times the same letter, digits,
    /// apostrophes, letters that are no ASCII, the letter of an abbreviation.
    @inline(__always)
    func irregular(from index: Int) -> UInt64 { Self.bits(irregular, from: index) }

    /// Where tokens may begin among 64 bytes: at each letter that follows none, and at each byte that is neither letter nor space.
    @inline(__always)
    func begins(_ block: Int) -> UInt64 { begins.load(fromByteOffset: 8 &* block, as: UInt64.self) }

    @inline(__always)
    private static func bits(_ bitmap: UnsafeRawPointer, from index: Int) -> UInt64 {
      UInt64(littleEndian: bitmap.loadUnaligned(fromByteOffset: index &>> 3, as: UInt64.self)) &>> UInt64(index & 7)
    }
  }

  @inline(__always)
  func withPointers<Result>(_ body: (Pointers) -> Result) -> Result {
    bits.withUnsafeBytes { bits in
      // There are bits once a text was classified.
      guard let start = bits.baseAddress else { preconditionFailure("no text was classified") }
      return body(Pointers(start, blocks: blocks))
    }
  }
}

/// The classes of 64 bytes.
private struct Block {
  /// Of ASCII.
  var letters: UInt64 = 0
  /// Neither space nor control characters.
  var visible: UInt64 = 0
  var irregular: UInt64 = 0

  /// Of nothing but zeros.
  @inline(__always)
  init() {}

  @inline(__always)
  init(foldingLettersOf text: UnsafeMutablePointer<UInt8>) {
    for part in 0..<4 {
      let text = text + 16 &* part
      let bytes = Lanes(text)
      let letters = bytes.letters
      self.letters |= Lanes.highBits(letters) << UInt64(16 &* part)
      visible |= Lanes.highBits(bytes.visible) << UInt64(16 &* part)
      let isTripled = letters & bytes.equal(Lanes(text + 1), Lanes(text + 2))
      irregular |= Lanes.highBits(isTripled | bytes.wordParts) << UInt64(16 &* part)
      UnsafeMutableRawPointer(text).storeBytes(of: bytes.folded(letters), as: Lanes.Vector.self)
    }
  }
}

/// Sixteen bytes. What is asked of them is answered by the highest bit of each; the others are not to be looked at.
private struct Lanes {
  typealias Vector = SIMD16<UInt8>

  private let bytes: Vector

  @inline(__always)
  init(_ address: UnsafeMutablePointer<UInt8>) { bytes = UnsafeRawPointer(address).loadUnaligned(as: Vector.self) }

  @inline(__always)
  private static func all(_ byte: UInt8) -> Vector { Vector(repeating: byte) }

  /// No sum of two bytes below 0x80 carries beyond the highest bit.
  @inline(__always)
  private static func isInRange(_ bytes: Vector, _ first: UInt8, _ last: UInt8) -> Vector {
    (bytes &+ all(0x80 - first)) & ~(bytes &+ all(0x7F - last))
  }

  @inline(__always)
  var letters: Vector { Self.isInRange((bytes | Self.all(0x20)) & Self.all(0x7F), UInt8(ascii: "a"), UInt8(ascii: "z")) & ~bytes }

  @inline(__always)
  var visible: Vector { ((bytes & Self.all(0x7F)) &+ Self.all(0x80 - 0x21)) | bytes }

  /// What may continue a word: digits, `'` `_` `@` `$`, letters that are no ASCII; and `:`, which may belong to an address.
  @inline(__always)
  var wordParts: Vector {
    let low = bytes & Self.all(0x7F)
    return bytes | Self.isInRange(low, UInt8(ascii: "0"), UInt8(ascii: ":"))
      | equal(to: UInt8(ascii: "'")) | equal(to: UInt8(ascii: "_")) | equal(to: UInt8(ascii: "@")) | equal(to: UInt8(ascii: "$"))
  }

  @inline(__always)
  func equal(to byte: UInt8) -> Vector { unsafeBitCast(bytes .== Self.all(byte), to: Vector.self) }

  /// Whether letters are the same as those behind them, lower case or upper.
  @inline(__always)
  func equal(_ next: Lanes, _ afterNext: Lanes) -> Vector {
    let differences = ((bytes ^ next.bytes) | (bytes ^ afterNext.bytes)) & Self.all(~0x20)
    return unsafeBitCast(differences .== Vector.zero, to: Vector.self)
  }

  /// With these letters in lower case.
  @inline(__always)
  func folded(_ letters: Vector) -> Vector {
    // Nothing is shifted from one byte into another.
    let bits = unsafeBitCast(letters & Self.all(0x80), to: SIMD2<UInt64>.self) &>> SIMD2(repeating: 2)
    return bytes | unsafeBitCast(bits, to: Vector.self)
  }

  /// The highest bit of each byte, the first in the lowest bit.
  @inline(__always)
  static func highBits(_ bytes: Vector) -> UInt64 {
    #if arch(x86_64) && canImport(_Builtin_intrinsics.intel.sse2)
      return UInt64(truncatingIfNeeded: _mm_movemask_epi8(unsafeBitCast(bytes, to: SIMD2<Int64>.self)))
    #else
      // A product in which each bit finds its place among the highest eight, no two meeting.
      let halves = unsafeBitCast(bytes & all(0x80), to: SIMD2<UInt64>.self)
      let products = halves &>> SIMD2(repeating: 7) &* SIMD2(repeating: 0x0102_0408_1020_4080)
      return products.x &>> 56 | (products.y &>> 56) &<< 8
    #endif
  }
}
