/// What texts are compared by.
package enum TextUnit: Int, CaseIterable, Sendable {
  case words
  /// Two words in a row.
  case phrases
  /// Four letters in a row within a word, its ends marked by a space: inflections and misspellings share most of them.
  case letters
}

/// The distinct words, phrases and letter n-grams of a text, as buckets of 2^16, for comparing it with other texts.
///
/// Two words in one bucket count as the same. The background knows buckets too, so that a bucket which many words share counts as
/// common.
package struct TextProfile: Sendable {
  package static let bucketBits = 16

  /// The buckets of all units, one unit after another, each in the order of first occurrence.
  private let buckets: [UInt16]
  private let phrasesStart: Int
  private let lettersStart: Int
  /// Tokens that are words.
  package let length: Int
  /// Texts of the same words in the same order have the same.
  package let fingerprint: UInt64

  fileprivate init(_ buckets: [UInt16], phrasesStart: Int, lettersStart: Int, length: Int, fingerprint: UInt64) {
    self.buckets = buckets
    self.phrasesStart = phrasesStart
    self.lettersStart = lettersStart
    self.length = length
    self.fingerprint = fingerprint
  }

  package var words: ArraySlice<UInt16> { buckets[..<phrasesStart] }
  package var phrases: ArraySlice<UInt16> { buckets[phrasesStart..<lettersStart] }
  package var letters: ArraySlice<UInt16> { buckets[lettersStart...] }

  package subscript(unit: TextUnit) -> ArraySlice<UInt16> {
    switch unit {
    case .words: words
    case .phrases: phrases
    case .letters: letters
    }
  }

  package var isEmpty: Bool { phrasesStart == 0 }
  package var byteCount: Int { 64 + 2 * buckets.count }
}

/// Makes profiles; holds the memory they are made in.
package struct TextProfiler: Sendable {
  /// One bit a bucket, all 0 between the units.
  private var seen = [UInt64](repeating: 0, count: 1 << (TextProfile.bucketBits - 6))
  private var buckets: [UInt16] = []
  private var hashes: [UInt64] = []

  package init() {}

  /// - Complexity: O(bytes); the result takes at most 384 KB, whatever the text.
  package mutating func profile(_ buffer: borrowing TokenBuffer) -> TextProfile {
    let folded = buffer.folded.span
    buckets.removeAll(keepingCapacity: true)
    hashes.removeAll(keepingCapacity: true)
    var fingerprint: UInt64 = 0
    for token in buffer.tokens where Self.isContent(token.kind) {
      let hash = Self.hash(folded, token.foldedRange)
      hashes.append(hash)
      fingerprint = FeatureHash.join(fingerprint, hash)
      insert(hash)
    }
    let phrasesStart = forgetSeen(from: 0)
    for index in hashes.indices.dropFirst() { insert(FeatureHash.join(hashes[index - 1], hashes[index])) }
    let lettersStart = forgetSeen(from: phrasesStart)
    for token in buffer.tokens where Self.isContent(token.kind) { insertLetters(folded, token.foldedRange) }
    _ = forgetSeen(from: lettersStart)
    return TextProfile(
      buckets, phrasesStart: phrasesStart, lettersStart: lettersStart, length: hashes.count, fingerprint: fingerprint)
  }

  /// The bucket of a word, as ``TextProfile/words`` has it; nil for what is no word.
  package static func wordBucket(of token: Token, in buffer: borrowing TokenBuffer) -> UInt16? {
    isContent(token.kind) ? bucket(hash(buffer.folded.span, token.foldedRange)) : nil
  }

  private static func isContent(_ kind: TokenKind) -> Bool {
    switch kind {
    case .word, .number, .hashtag, .characterBigram: true
    case .url, .email, .mention, .emoji, .punctuation: false
    }
  }

  @inline(__always)
  private static func hash(_ folded: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var hash = FeatureHash.seed(wordSeed)
    for position in range { hash = FeatureHash.extend(hash, folded[position]) }
    return hash
  }

  @inline(__always)
  private static func bucket(_ hash: UInt64) -> UInt16 {
    UInt16(truncatingIfNeeded: FeatureHash.bucket(hash, bits: TextProfile.bucketBits))
  }

  @inline(__always)
  private mutating func insert(_ hash: UInt64) {
    let bucket = Self.bucket(hash)
    let bit: UInt64 = 1 << UInt64(bucket & 63)
    guard seen[Int(bucket >> 6)] & bit == 0 else { return }
    seen[Int(bucket >> 6)] |= bit
    buckets.append(bucket)
  }

  /// The last four characters are one integer of 16 bits each, which moves on by a shift.
  @inline(__always)
  private mutating func insertLetters(_ folded: Span<UInt8>, _ word: Range<Int>) {
    var window: UInt64 = 0x20
    var length = 1
    var position = word.lowerBound
    while position < word.upperBound {
      let (scalar, bytes) = decodeScalar(folded, at: position)
      position += bytes
      window = window << 16 | UInt64(scalar & 0xFFFF)
      length += 1
      if length >= 4 { insert(window) }
    }
    window = window << 16 | 0x20
    insert(window)
  }

  /// - Returns: the number of buckets so far.
  private mutating func forgetSeen(from start: Int) -> Int {
    for bucket in buckets[start...] { seen[Int(bucket >> 6)] = 0 }
    return buckets.count
  }
}

/// Apart from every ``TokenKind``.
private let wordSeed: UInt8 = 0x81

/// How often each bucket was added.
package struct BucketCounts: Sendable {
  /// Bucket in the upper half, count in the lower; 0 where there is none. A power of two of them, at most half full.
  private var slots: [UInt32] = []
  package private(set) var distinct = 0

  package init() {}

  package init(_ buckets: ArraySlice<UInt16>) {
    for bucket in buckets { add(bucket) }
  }

  package var byteCount: Int { slots.count * 4 }

  @inline(__always)
  package subscript(bucket: UInt16) -> Int {
    guard !slots.isEmpty else { return 0 }
    let mask = slots.count - 1
    var slot = Int(bucket) & mask
    while slots[slot] != 0 {
      if slots[slot] >> 16 == UInt32(bucket) { return Int(slots[slot] & 0xFFFF) }
      slot = (slot + 1) & mask
    }
    return 0
  }

  package mutating func add(_ bucket: UInt16) {
    if distinct * 2 >= slots.count { grow() }
    let mask = slots.count - 1
    var slot = Int(bucket) & mask
    while slots[slot] != 0 {
      if slots[slot] >> 16 == UInt32(bucket) {
        if slots[slot] & 0xFFFF < 0xFFFF { slots[slot] += 1 }
        return
      }
      slot = (slot + 1) & mask
    }
    slots[slot] = UInt32(bucket) << 16 | 1
    distinct += 1
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt32](repeating: 0, count: max(64, old.count * 2))
    let mask = slots.count - 1
    for entry in old where entry != 0 {
      var slot = Int(entry >> 16) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = entry
    }
  }
}
