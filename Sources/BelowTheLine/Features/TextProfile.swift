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

  fileprivate init(
    _ buckets: [UInt16], phrasesStart: Int, lettersStart: Int, length: Int, fingerprint: UInt64
  ) {
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

/// What a word adds to a profile wherever it stands.
struct WordProfile: BitwiseCopyable {
  let hash: UInt64
  private let firstLetters: UInt32
  private var letterCount: UInt32

  /// - Parameter letters: takes the buckets of the word's letter n-grams.
  ///
  /// The last four characters are one integer of 16 bits each, which moves on by a shift.
  @inline(__always)
  init(_ folded: Span<UInt8>, _ word: Range<Int>, _ letters: inout [UInt16]) {
    hash = TextProfiler.hash(folded, word)
    firstLetters = UInt32(truncatingIfNeeded: letters.count)
    var window: UInt64 = 0x20
    var length = 1
    var position = word.lowerBound
    while position < word.upperBound {
      var scalar = UInt32(folded[position])
      if scalar < 0x80 {
        position &+= 1
      } else {
        let (decoded, bytes) = decodeScalar(folded, at: position)
        (scalar, position) = (decoded, position + bytes)
      }
      window = window << 16 | UInt64(scalar & 0xFFFF)
      length &+= 1
      if length >= 4 { letters.append(TextProfiler.bucket(window)) }
    }
    window = window << 16 | 0x20
    letters.append(TextProfiler.bucket(window))
    letterCount = UInt32(truncatingIfNeeded: letters.count) - firstLetters
  }

  /// What the word adds where it stands again: nothing but itself and phrases.
  @inline(__always)
  var repeated: WordProfile {
    var repeated = self
    repeated.letterCount = 0
    return repeated
  }

  /// Where its letter n-grams stand.
  @inline(__always)
  var letters: Range<Int> { Int(firstLetters)..<Int(firstLetters + letterCount) }
}

/// Makes profiles; holds the memory they are made in.
package struct TextProfiler: Sendable {
  private var distinct = DistinctBuckets()
  private var words: [WordProfile] = []
  private var letters: [UInt16] = []

  package init() {}

  /// - Complexity: O(bytes); the result takes at most 384 KB, whatever the text.
  package mutating func profile(_ buffer: borrowing TokenBuffer) -> TextProfile {
    let folded = buffer.folded.span
    words.removeAll(keepingCapacity: true)
    letters.removeAll(keepingCapacity: true)
    for token in buffer.tokens where Self.isContent(token.kind) {
      words.append(WordProfile(folded, token.foldedRange, &letters))
    }
    return words.withUnsafeBufferPointer { words in
      letters.withUnsafeBufferPointer { distinct.profile(words, $0) }
    }
  }

  /// The profile of a text of these words.
  mutating func profile(
    _ words: UnsafeBufferPointer<WordProfile>, _ letters: UnsafeBufferPointer<UInt16>
  ) -> TextProfile {
    distinct.profile(words, letters)
  }

  /// The bucket of a word, as ``TextProfile/words`` has it; nil for what is no word.
  package static func wordBucket(of token: Token, in buffer: borrowing TokenBuffer) -> UInt16? {
    isContent(token.kind) ? bucket(hash(buffer.folded.span, token.foldedRange)) : nil
  }

  @inline(__always)
  static func isContent(_ kind: TokenKind) -> Bool {
    switch kind {
    case .word, .number, .hashtag, .characterBigram: true
    case .url, .email, .mention, .emoji, .punctuation: false
    }
  }

  @inline(__always)
  fileprivate static func hash(_ folded: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    var hash = FeatureHash.seed(wordSeed)
    for position in range { hash = FeatureHash.extend(hash, folded[position]) }
    return hash
  }

  @inline(__always)
  fileprivate static func bucket(_ hash: UInt64) -> UInt16 {
    UInt16(truncatingIfNeeded: FeatureHash.bucket(hash, bits: TextProfile.bucketBits))
  }
}

/// The memory in which a profile is made.
private struct DistinctBuckets: Sendable {
  /// Empty between the units.
  private var seen = BucketSet()
  private var buckets: [UInt16] = []

  /// The profile of a text of these words.
  mutating func profile(
    _ words: UnsafeBufferPointer<WordProfile>, _ letters: UnsafeBufferPointer<UInt16>
  ) -> TextProfile {
    var fingerprint: UInt64 = 0
    var letterCount = 0
    for index in words.indices {
      fingerprint = FeatureHash.join(fingerprint, words[index].hash)
      letterCount += words[index].letters.count
    }
    // No text has more of a unit than there are buckets.
    let room =
      2 * min(words.count, 1 << TextProfile.bucketBits)
      + min(letterCount, 1 << TextProfile.bucketBits) + 1
    if buckets.count < room { buckets = [UInt16](repeating: 0, count: room * 3 / 2) }
    var (phrasesStart, lettersStart, end) = (0, 0, 0)
    buckets.withUnsafeMutableBufferPointer { buckets in
      seen.withMutableBits { seen in
        var distinct = Distinct(buckets: buckets, seen: seen)
        for index in words.indices { distinct.insert(TextProfiler.bucket(words[index].hash)) }
        phrasesStart = distinct.endUnit()
        for index in words.indices.dropFirst() {
          distinct.insert(
            TextProfiler.bucket(FeatureHash.join(words[index - 1].hash, words[index].hash)))
        }
        lettersStart = distinct.endUnit()
        for index in words.indices {
          for position in words[index].letters { distinct.insert(letters[position]) }
        }
        end = distinct.endUnit()
      }
    }
    return TextProfile(
      Array(buckets[..<end]), phrasesStart: phrasesStart, lettersStart: lettersStart,
      length: words.count, fingerprint: fingerprint)
  }
}

/// Writes each bucket of a unit once.
private struct Distinct {
  let buckets: UnsafeMutableBufferPointer<UInt16>
  let seen: UnsafeMutableBufferPointer<UInt64>
  private var count = 0
  private var unitStart = 0

  init(buckets: UnsafeMutableBufferPointer<UInt16>, seen: UnsafeMutableBufferPointer<UInt64>) {
    self.buckets = buckets
    self.seen = seen
  }

  @inline(__always)
  mutating func insert(_ bucket: UInt16) {
    let bit: UInt64 = 1 << UInt64(bucket & 63)
    let bits = seen[Int(bucket >> 6)]
    seen[Int(bucket >> 6)] = bits | bit
    // Written in any case: whether it is new is hard to foresee, and a wrong guess costs more.
    buckets[count] = bucket
    count &+= bits & bit == 0 ? 1 : 0
  }

  /// Forgets what was seen.
  ///
  /// - Returns: the number of buckets so far.
  mutating func endUnit() -> Int {
    for index in unitStart..<count { seen[Int(buckets[index] >> 6)] = 0 }
    unitStart = count
    return count
  }
}

/// Apart from every ``TokenKind``.
private let wordSeed: UInt8 = 0x81

/// Buckets, one bit each.
package struct BucketSet: Sendable {
  private var bits = [UInt64](repeating: 0, count: 1 << (TextProfile.bucketBits - 6))

  package static let byteCount = 8 << (TextProfile.bucketBits - 6)

  package init() {}

  package init(_ buckets: ArraySlice<UInt16>) {
    for bucket in buckets { bits[Int(bucket >> 6)] |= 1 << UInt64(bucket & 63) }
  }

  @inline(__always)
  package func contains(_ bucket: UInt16) -> Bool {
    bits[Int(bucket >> 6)] >> UInt64(bucket & 63) & 1 != 0
  }

  /// - Parameter repeated: takes those that were here before.
  package mutating func insert(_ buckets: ArraySlice<UInt16>, repeated: inout BucketSet) {
    for bucket in buckets {
      let bit: UInt64 = 1 << UInt64(bucket & 63)
      repeated.bits[Int(bucket >> 6)] |= bits[Int(bucket >> 6)] & bit
      bits[Int(bucket >> 6)] |= bit
    }
  }

  @inline(__always)
  func withBits<Result>(_ body: (UnsafeBufferPointer<UInt64>) -> Result) -> Result {
    bits.withUnsafeBufferPointer(body)
  }

  @inline(__always)
  mutating func withMutableBits<Result>(_ body: (UnsafeMutableBufferPointer<UInt64>) -> Result)
    -> Result
  {
    bits.withUnsafeMutableBufferPointer { body($0) }
  }
}

/// How often each bucket was added.
package struct BucketCounts: Sendable {
  /// Bucket in the upper half, count in the lower; 0 where there is none. A power of two of them, at most half full.
  private var slots: [UInt32] = []
  package private(set) var distinct = 0

  package init() {}

  package mutating func add(_ buckets: ArraySlice<UInt16>) {
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
