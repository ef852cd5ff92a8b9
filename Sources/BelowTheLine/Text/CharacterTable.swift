internal import Synchronization

/// What a Unicode scalar means to the tokenizer.
package enum CharacterClass: UInt8, Sendable {
  /// White space and controls: they end every token.
  case space
  case letter
  case digit
  /// A combining mark: belongs to the character before it (UAX #29, Extend).
  case mark
  /// A letter of a script written without spaces between words: Han, kana, Thai, Lao, Khmer, Burmese, Tibetan.
  case unspaced
  case emoji
  /// Invisible format characters, zero-width joiners and bidi controls: part of a word, but not of its folded form (UAX #29, Format).
  case format
  case punctuation
}

/// Class and simple case folding of every Unicode scalar, as flat tables for the Basic Multilingual Plane.
///
/// The tables are made from the properties in Swift's standard library, so that no copy of the Unicode Character Database is kept here:
/// for 256 scalars at a time, when the first of them is met, because a text has few scripts and all of them take thirty milliseconds.
/// Scalars beyond the plane ask those properties directly.
package final class CharacterTable: Sendable {
  package static let shared = CharacterTable()

  /// Addresses of tables of 256 scalars each, 0 where there is none yet. An entry is the class in the upper half, the folded form in
  /// the lower.
  private let pages = InlineArray<256, Atomic<UInt>> { _ in Atomic(0) }

  private init() {}

  deinit {
    for index in 0..<256 { UnsafeMutablePointer<UInt32>(bitPattern: pages[index].load(ordering: .acquiring))?.deallocate() }
  }

  @inline(__always)
  private func entry(_ scalar: UInt32) -> UInt32 {
    let page = UnsafePointer<UInt32>(bitPattern: pages[Int(scalar >> 8)].load(ordering: .acquiring)) ?? makePage(scalar >> 8)
    return page[Int(scalar & 0xFF)]
  }

  @inline(never)
  private func makePage(_ number: UInt32) -> UnsafePointer<UInt32> {
    let page = UnsafeMutablePointer<UInt32>.allocate(capacity: 256)
    for index in 0..<256 {
      let value = number << 8 | UInt32(index)
      let scalar = Unicode.Scalar(value)
      let characterClass = scalar.map(Self.classify) ?? .punctuation
      let folded = scalar.map(Self.simpleFold) ?? value
      page[index] = UInt32(characterClass.rawValue) << 16 | (folded < 0x10000 ? folded : value)
    }
    // Another thread may have made the same: the first remains.
    let (isFirst, there) = pages[Int(number)].compareExchange(
      expected: 0, desired: UInt(bitPattern: page), ordering: .acquiringAndReleasing)
    guard !isFirst, let other = UnsafePointer<UInt32>(bitPattern: there) else { return UnsafePointer(page) }
    page.deallocate()
    return other
  }

  @inline(__always)
  package func characterClass(of scalar: UInt32) -> CharacterClass {
    if scalar < 0x10000 { return CharacterClass(rawValue: UInt8(truncatingIfNeeded: entry(scalar) >> 16)) ?? .punctuation }
    return Unicode.Scalar(scalar).map(Self.classify) ?? .punctuation
  }

  /// The lower-case form when it is one scalar, with typographic apostrophes as `'` and the final sigma as `σ`.
  @inline(__always)
  package func fold(_ scalar: UInt32) -> UInt32 {
    if scalar < 0x10000 { return entry(scalar) & 0xFFFF }
    return Unicode.Scalar(scalar).map(Self.simpleFold) ?? scalar
  }

  /// The precomposed scalar canonically equivalent to `base` followed by `mark`, for Latin, Greek and Cyrillic letters.
  package func composed(base: UInt32, mark: UInt32) -> UInt32? {
    guard Self.composingMarks.contains(where: { $0.contains(mark) }) else { return nil }
    return Self.compositions[UInt64(base) << 32 | UInt64(mark)]
  }

  private static let composingMarks = [0x300...0x30C, 0x323...0x328] as [ClosedRange<UInt32>]

  /// Made on first use, as few texts have accents that are apart from their letters.
  private static let compositions = makeCompositions()

  private static func classify(_ scalar: Unicode.Scalar) -> CharacterClass {
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
    case .format: return .format
    case .nonspacingMark, .spacingMark, .enclosingMark: return isUnspaced(scalar.value) ? .unspaced : .mark
    case .decimalNumber: return .digit
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
      return isUnspaced(scalar.value) ? .unspaced : .letter
    default:
      return scalar.value > 0xFF && properties.isEmoji ? .emoji : .punctuation
    }
  }

  private static func isUnspaced(_ value: UInt32) -> Bool {
    switch value {
    case 0x0E00...0x0FFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3005...0x3007, 0x3040...0x30FF, 0x31F0...0x31FF,
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x3FFFF:
      true
    default: false
    }
  }

  private static func simpleFold(_ scalar: Unicode.Scalar) -> UInt32 {
    switch scalar.value {
    case 0x2018, 0x2019, 0x02BC: return 0x27
    case 0x03C2: return 0x03C3
    // Full-width and mathematical Latin letters are letters in another dress (their compatibility mappings in Unicode).
    case 0xFF21...0xFF3A: return scalar.value - 0xFF21 + 0x61
    case 0xFF41...0xFF5A: return scalar.value - 0xFF41 + 0x61
    case 0x1D400...0x1D6A3: return (scalar.value - 0x1D400) % 26 + 0x61
    default: break
    }
    let lower = scalar.properties.lowercaseMapping.unicodeScalars
    return lower.first?.value ?? scalar.value
  }

  /// Swift compares strings by canonical equivalence, so a dictionary keyed by the precomposed letters finds the decomposed ones.
  private static func makeCompositions() -> [UInt64: UInt32] {
    var precomposed: [String: UInt32] = [:]
    let letters = [0xE0...0x17F, 0x1CD...0x233, 0x3AC...0x3CE, 0x450...0x45F, 0x1E01...0x1EF9] as [ClosedRange<UInt32>]
    for value in letters.joined() {
      guard let scalar = Unicode.Scalar(value), simpleFold(scalar) == value else { continue }
      precomposed[String(Character(scalar))] = value
    }
    let bases = [0x61...0x7A, 0xE0...0xFF, 0x3B1...0x3C9, 0x430...0x44F] as [ClosedRange<UInt32>]
    var compositions: [UInt64: UInt32] = [:]
    for base in bases.joined() {
      for mark in composingMarks.joined() {
        guard let first = Unicode.Scalar(base), let second = Unicode.Scalar(mark) else { continue }
        var pair = String.UnicodeScalarView()
        pair.append(first)
        pair.append(second)
        if let value = precomposed[String(pair)] { compositions[UInt64(base) << 32 | UInt64(mark)] = value }
      }
    }
    return compositions
  }
}

/// Reads one scalar of UTF-8 at a byte offset.
///
/// - Returns: the scalar and its length in bytes; U+FFFD and length 1 where the bytes are no valid UTF-8 (RFC 3629).
@inline(__always)
package func decodeScalar(_ bytes: Span<UInt8>, at index: Int) -> (scalar: UInt32, length: Int) {
  let first = UInt32(bytes[index])
  if first < 0x80 { return (first, 1) }
  let length: Int
  var scalar: UInt32
  let least: UInt32
  switch first {
  case 0xC2...0xDF: (length, scalar, least) = (2, first & 0x1F, 0x80)
  case 0xE0...0xEF: (length, scalar, least) = (3, first & 0x0F, 0x800)
  case 0xF0...0xF4: (length, scalar, least) = (4, first & 0x07, 0x10000)
  default: return (0xFFFD, 1)
  }
  guard index + length <= bytes.count else { return (0xFFFD, 1) }
  for offset in 1..<length {
    let next = UInt32(bytes[index + offset])
    guard next & 0xC0 == 0x80 else { return (0xFFFD, 1) }
    scalar = scalar << 6 | next & 0x3F
  }
  guard scalar >= least, scalar <= 0x10FFFF, scalar & 0xFFFF_F800 != 0xD800 else { return (0xFFFD, 1) }
  return (scalar, length)
}

/// Appends a scalar as UTF-8 (RFC 3629).
package func appendUTF8(_ scalar: UInt32, to bytes: inout [UInt8]) {
  switch scalar {
  case 0..<0x80:
    bytes.append(UInt8(truncatingIfNeeded: scalar))
  case 0x80..<0x800:
    bytes.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
    bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
  case 0x800..<0x10000:
    bytes.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
    bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
    bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
  default:
    bytes.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
    bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
    bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
    bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
  }
}
