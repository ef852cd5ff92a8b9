#if arch(x86_64) && canImport(_Builtin_intrinsics.intel.sse2)
  private import _Builtin_intrinsics.intel.sse2
#endif

/// Where tokens begin and end in a text, and which are plain: one bit a byte, made of sixteen bytes at a time, so that tokens are found
/// by counting zeros instead of looking at bytes (Langdale and Lemire, Parsing gigabytes of JSON per second, VLDB Journal 28, 2019,
/// doi:10.1007/s00778-019-00578-5).
///
///     text       Don't go, U.S. troooops!!
///     letters    11111.11..1.1..11111111..
///     begins     1.....1.1.1111.1.......11
///     ends       .....1..11.1111........111
///     plainEnds  .....1..11..111..........1
struct ByteClasses {
  /// The classes of 64 bytes.
  struct Block {
    /// Of ASCII, and apostrophes between two of them.
    var letters: UInt64
    /// Where tokens may begin: each letter that follows none, and each byte that is neither letter nor space.
    var begins: UInt64
    /// What follows the last of some letters, or a byte that is neither letter nor space: as many as beginnings, in their order.
    var ends: UInt64
    /// Ends of words that are letters and nothing else, and of marks that stand alone. No plain word has the same letter three times in a
    /// row, is followed by what may continue it (a digit, a letter that is no ASCII), or is a letter of an abbreviation. No plain mark may
    /// be part of a word, or of a run with the one that follows.
    var plainEnds: UInt64

    /// Whether a byte of these is a letter that follows another.
    @inline(__always)
    func isWithinWord(_ bit: Int) -> Bool { (letters & ~begins) &>> UInt64(truncatingIfNeeded: bit) & 1 != 0 }

    /// Of tokens that begin at a byte of these or behind it.
    @inline(__always)
    func from(_ bit: Int) -> (begins: UInt64, ends: UInt64, plainEnds: UInt64) {
      let kept = ~0 &<< UInt64(truncatingIfNeeded: bit)
      // What ends there has begun before.
      return (begins & kept, ends & kept &<< 1, plainEnds)
    }
  }

  /// Behind the text there must be zeros to the end of this many bytes.
  @inline(__always)
  static func paddedCount(_ count: Int) -> Int { blocks(count) * 64 + 16 }

  /// How many blocks a text of so many bytes has: the end of the last word is in one.
  @inline(__always)
  static func blocks(_ count: Int) -> Int { count / 64 + 1 }

  /// Finds the classes of a text's bytes, and folds its ASCII letters.
  ///
  /// - Parameters:
  ///   - text: its bytes, and zeros to ``paddedCount(_:)``.
  ///   - count: the bytes of the text.
  ///   - blocks: memory for as many as the text has.
  @inline(never)
  static func find(foldingLettersOf text: UnsafeMutablePointer<UInt8>, count: Int, _ blocks: UnsafeMutablePointer<Block>) {
    let last = Self.blocks(count) - 1
    var bytes = SixtyFourBytes(foldingLettersOf: text)
    // Whether the byte before is a letter, a letter or an apostrophe between two, one of a word that is not plain, another sign, and a
    // plain mark.
    var (letter, wordByte, irregular, sign, mark): (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
    for index in 0...last {
      let next = index < last ? SixtyFourBytes(foldingLettersOf: text + 64 &* (index &+ 1)) : SixtyFourBytes()
      let followsLetter = bytes.letters &<< 1 | letter
      let precedesLetter = bytes.letters &>> 1 | next.letters &<< 63
      let inner = bytes.apostrophes & followsLetter & precedesLetter
      let letters = bytes.letters | inner
      let followsWordByte = letters &<< 1 | wordByte
      let begins = letters & ~followsWordByte
      let singles = bytes.letters & ~(followsLetter | precedesLetter | inner &>> 1)
      // `s p a c e d` begins with a single letter, a sign and another; `U.S.` with a single letter, a sign and no space.
      let isSpaced = begins & (singles &>> 2 | next.letters &<< 62)
      let isAbbreviation = (bytes.visible &>> 1 | next.visible &<< 63) & (bytes.visible &>> 2 | next.visible &<< 62)
      let isTripled = bytes.letters & bytes.alike & (bytes.alike &>> 1 | next.alike &<< 63)
      // What is added to a letter is carried to where the word ends.
      let (first, carriesFirst) = letters.addingReportingOverflow(isTripled | singles & (isSpaced | isAbbreviation))
      let (carried, carries) = first.addingReportingOverflow(irregular)
      let wordEnds = followsWordByte & ~letters
      // A quotation may end with an apostrophe.
      let isContinued =
        bytes.wordParts
        | bytes.apostrophes & ((bytes.wordParts | bytes.apostrophes) &>> 1 | (next.wordParts | next.apostrophes) &<< 63)
      let signs = bytes.visible & ~letters
      let marks = signs & ~(bytes.wordParts | bytes.alike)
      blocks[index] = Block(
        letters: letters, begins: begins | signs, ends: wordEnds | signs &<< 1 | sign,
        plainEnds: wordEnds & ~(carried | isContinued) | marks &<< 1 | mark)
      (letter, wordByte, sign, mark) = (bytes.letters &>> 63, letters &>> 63, signs &>> 63, marks &>> 63)
      irregular = carriesFirst || carries ? 1 : 0
      bytes = next
    }
  }
}

/// What is known of 64 bytes by themselves.
private struct SixtyFourBytes {
  /// Of ASCII.
  var letters: UInt64 = 0
  /// Neither space nor control characters.
  var visible: UInt64 = 0
  var apostrophes: UInt64 = 0
  /// What may continue a word, but for apostrophes.
  var wordParts: UInt64 = 0
  /// Letters that are followed by the same, lower case or upper; signs that may be of one run with the next.
  var alike: UInt64 = 0

  /// Of nothing but zeros.
  @inline(__always)
  init() {}

  @inline(__always)
  init(foldingLettersOf text: UnsafeMutablePointer<UInt8>) {
    for part in 0..<4 {
      let address = UnsafeMutableRawPointer(text + 16 &* part)
      let bytes = Lanes(address)
      let isLetter = bytes.letters
      // The byte behind may be folded or not.
      let isAlike = bytes.alike(Lanes(address + 1), isLetter)
      let shift = UInt64(16 &* part)
      letters |= Lanes.highBits(isLetter) << shift
      alike |= Lanes.highBits(isAlike) << shift
      visible |= Lanes.highBits(bytes.visible) << shift
      apostrophes |= Lanes.highBits(bytes.apostrophes) << shift
      wordParts |= Lanes.highBits(bytes.wordParts) << shift
      address.storeBytes(of: bytes.folded(isLetter), as: Lanes.Vector.self)
    }
  }
}

/// Sixteen bytes. What is asked of them is answered by bytes of ones or, where only the highest bits are looked at, by these.
private struct Lanes {
  typealias Vector = SIMD16<UInt8>

  private let bytes: Vector

  @inline(__always)
  init(_ address: UnsafeMutableRawPointer) { bytes = address.loadUnaligned(as: Vector.self) }

  @inline(__always)
  private static func all(_ byte: UInt8) -> Vector { Vector(repeating: byte) }

  @inline(__always)
  private static func ones(_ mask: SIMDMask<SIMD16<Int8>>) -> Vector { unsafeBitCast(mask, to: Vector.self) }

  /// Where bytes are ASCII and greater than this one.
  @inline(__always)
  private static func isGreater(_ bytes: Vector, _ other: Int8) -> Vector {
    ones(unsafeBitCast(bytes, to: SIMD16<Int8>.self) .> SIMD16(repeating: other))
  }

  /// Where bytes are in a range of ASCII: moved to its end, they are greater than all others.
  @inline(__always)
  private static func isInRange(_ bytes: Vector, _ first: UInt8, _ last: UInt8) -> Vector {
    isGreater(bytes &+ all(0x7F - last), Int8(0x7F - last + first - 1))
  }

  @inline(__always)
  var letters: Vector { Self.isInRange(bytes | Self.all(0x20), UInt8(ascii: "a"), UInt8(ascii: "z")) }

  /// By the highest bits.
  @inline(__always)
  var visible: Vector { bytes | Self.isGreater(bytes, 0x20) }

  @inline(__always)
  var apostrophes: Vector { Self.ones(bytes .== Self.all(UInt8(ascii: "'"))) }

  /// What may continue a word: letters, also those that are no ASCII, digits, `_` `@` `$`; `:`, which may belong to an address; and `#`,
  /// which may begin a tag. What stands near them in ASCII counts too where it is rare. By the highest bits.
  @inline(__always)
  var wordParts: Vector {
    bytes | Self.isGreater(bytes | Self.all(0x20), 0x5F) | Self.isInRange(bytes, UInt8(ascii: "0"), UInt8(ascii: ":"))
      | Self.isInRange(bytes, UInt8(ascii: "#"), UInt8(ascii: "&"))
  }

  /// Where letters are the same as those behind them, lower case or upper, and other signs the same or as different as `!` and `?`; of
  /// a few more signs too.
  @inline(__always)
  func alike(_ next: Lanes, _ letters: Vector) -> Vector {
    let differences = bytes ^ next.bytes
    let isSame = Self.ones((differences & Self.all(~0x20)) .== Vector.zero)
    return isSame | Self.ones(differences .== Self.all(UInt8(ascii: "!") ^ UInt8(ascii: "?"))) & ~letters
  }

  /// With these letters in lower case.
  @inline(__always)
  func folded(_ letters: Vector) -> Vector { bytes | letters & Self.all(0x20) }

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
