/// What tells a token from others: sixteen bytes, made while the token is at hand.
///
/// Words of up to sixteen bytes are told apart by these, and so are marks of one byte, which no word consists of; all other tokens by
/// kind and 64-bit hash, as features themselves are.
package struct WordKey: Equatable, BitwiseCopyable {
  /// Longer words are told apart by their hash.
  static let maximumLength = 16

  private var low: UInt64
  private var high: UInt64

  /// A word of up to sixteen bytes, zeros behind its last.
  @inline(__always)
  init(word low: UInt64, _ high: UInt64) {
    self.low = low
    self.high = high
  }

  /// A word of up to ``maximumLength`` bytes, or a mark of one, where as many can be read.
  ///
  /// - Parameter masks: ``masks``.
  @inline(__always)
  init(word: UnsafeMutablePointer<UInt8>, count: Int, masks: UnsafeRawPointer) {
    let mask = masks.loadUnaligned(fromByteOffset: Self.maximumLength &- count, as: SIMD2<UInt64>.self)
    let bytes = UnsafeRawPointer(word).loadUnaligned(as: SIMD2<UInt64>.self) & mask
    (low, high) = (UInt64(littleEndian: bytes.x), UInt64(littleEndian: bytes.y))
  }

  /// Sixteen bytes of these, from the right one on, let through as many bytes as a word has.
  static let masks = [UInt8](repeating: 0xFF, count: maximumLength) + [UInt8](repeating: 0, count: maximumLength)

  /// A token of another kind.
  @inline(__always)
  init(_ kind: TokenKind, _ folded: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.init(hash: FeatureExtractor.hash(kind, folded, range), length: range.count)
  }

  /// Any other token. No word has the last byte 0xFF, which does not occur in UTF-8.
  @inline(__always)
  init(hash: UInt64, length: Int) {
    low = hash
    high = 0xFF << 56 | UInt64(truncatingIfNeeded: length)
  }

  init(_ token: Token, in folded: UnsafeBufferPointer<UInt8>) {
    let range = FeatureExtractor.represented(token)
    if token.kind == .word && range.count <= Self.maximumLength || token.kind == .punctuation && range.count == 1 {
      let (first, rest) = (range.lowerBound, range.count - 8)
      self.init(
        word: EightBytes.prefix(EightBytes.load(folded, at: first), min(range.count, 8)),
        rest > 0 ? EightBytes.prefix(EightBytes.load(folded, at: first + 8), rest) : 0)
    } else {
      self.init(hash: FeatureExtractor.hash(token.kind, folded, range), length: range.count)
    }
  }

  /// Its first bits name a slot of a table.
  @inline(__always)
  var mixed: UInt64 { (low ^ (high &<< 29 | high &>> 35)) &* 0xD6E8_FEB8_6659_FD93 }

  @inline(__always)
  package static func == (a: WordKey, b: WordKey) -> Bool { (a.low ^ b.low) | (a.high ^ b.high) == 0 }
}
