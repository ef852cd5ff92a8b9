/// What texts are compared by.
package enum TextUnit: Int, CaseIterable, Sendable {
  case words
  /// Five letters in a row near the beginning of a word: inflections, compounds and some misspellings share most of them.
  case letters
}

/// The distinct words and letter n-grams of a text, as buckets of 2^16, for comparing it with other texts.
///
/// Two words in one bucket count as the same. The background knows buckets too, so that a bucket which many words share counts as
/// common.
package struct TextProfile: Sendable {
  package static let bucketBits = 16

  /// The buckets of words, those of letters, each in the order of first occurrence, and behind them the mentions of topics, a word and its
  /// topic each.
  private let buckets: [UInt16]
  private let lettersStart: Int
  private let mentionsStart: Int
  /// Tokens that are words.
  package let length: Int
  /// Texts of the same words in the same order have the same, and hardly any others: those that differ only in where words recur.
  package let fingerprint: UInt64

  fileprivate init(_ buckets: [UInt16], lettersStart: Int, mentionsStart: Int, length: Int, fingerprint: UInt64) {
    self.buckets = buckets
    self.lettersStart = lettersStart
    self.mentionsStart = mentionsStart
    self.length = length
    self.fingerprint = fingerprint
  }

  package var words: ArraySlice<UInt16> { buckets[..<lettersStart] }
  package var letters: ArraySlice<UInt16> { buckets[lettersStart..<mentionsStart] }

  package subscript(unit: TextUnit) -> ArraySlice<UInt16> {
    switch unit {
    case .words: words
    case .letters: letters
    }
  }

  /// Calls `body` with each of the words that belong to a topic, once for each of its topics.
  @inline(__always)
  package func forEachMention(_ body: (_ word: UInt16, _ topic: Int) -> Void) {
    buckets.withUnsafeBufferPointer { buckets in
      for index in stride(from: mentionsStart, to: buckets.count, by: 2) { body(buckets[index], Int(buckets[index + 1])) }
    }
  }

  package var isEmpty: Bool { lettersStart == 0 }
  var mentionCount: Int { (buckets.count - mentionsStart) / 2 }
  package var byteCount: Int { 64 + 2 * buckets.count }
}

/// What a word adds to a profile wherever it stands.
///
/// Its letters are those of its first ``lettersSeen`` characters, a space before them counted, five in a row: inflections differ behind
/// them, and what many words end in tells nothing.
struct WordProfile: BitwiseCopyable {
  private static let lettersSeen = 8

  let hash: UInt64
  /// The first ``letterCount`` count.
  fileprivate let letters: SIMD4<UInt16>
  /// The first ``topicCount`` count; where they are more, those behind them stand in the lexicon.
  fileprivate private(set) var firstTopics = SIMD8<UInt16>.zero
  private let topicsStart: UInt32
  let bucket: UInt16
  fileprivate let topicCount: UInt8
  fileprivate let letterCount: UInt8
  /// Whether it is that of the beginning of a longer word.
  var isCut = false

  /// The last five characters are one integer of 12 bits each, of which a character has the lowest, and which moves on by a shift.
  ///
  /// - Parameter hash: ``TextProfiler/hash(_:_:)`` of the word.
  @inline(__always)
  init(_ folded: Span<UInt8>, _ word: Range<Int>, hash: UInt64, _ lexicon: borrowing Lexicon) {
    self.hash = hash
    bucket = TextProfiler.bucket(hash)
    let topics = lexicon.topics(of: hash)
    topicsStart = UInt32(truncatingIfNeeded: topics.lowerBound)
    topicCount = UInt8(truncatingIfNeeded: topics.count)
    for (index, topic) in topics.prefix(firstTopics.scalarCount).enumerated() { firstTopics[index] = lexicon.members[topic] }
    var letters: (SIMD4<UInt16>, count: UInt8) = (.zero, 0)
    var window: UInt64 = 0x20
    var position = word.lowerBound
    for seen in 2...Self.lettersSeen where position < word.upperBound {
      let (scalar, bytes) = decodeScalar(folded, at: position)
      position += bytes
      window = (window << 12 | UInt64(scalar & 0xFFF)) & (1 << 60 - 1)
      if seen >= 5 {
        letters.0[Int(letters.count)] = TextProfiler.bucket(window)
        letters.count += 1
      }
    }
    (self.letters, letterCount) = letters
  }

  /// Where its topics behind these stand in the lexicon.
  @inline(__always)
  fileprivate var furtherTopics: Range<Int> {
    Int(topicsStart) + min(firstTopics.scalarCount, Int(topicCount))..<Int(topicsStart) + Int(topicCount)
  }
}

/// The words of a text, as profiles are made of them.
struct ProfiledWords {
  /// How many there are.
  let length: Int
  /// Each word once at least, in the order of first occurrence.
  let words: UnsafeBufferPointer<UnsafePointer<WordProfile>>
}

/// Makes profiles; holds the memory they are made in.
package struct TextProfiler: Sendable {
  private let lexicon: Lexicon
  private var distinct = DistinctBuckets()
  private var hashes: [UInt64] = []
  private var words: [WordProfile] = []
  private var seen = DistinctSet()

  package init(_ lexicon: Lexicon = .empty) { self.lexicon = lexicon }

  /// - Complexity: O(bytes); the result takes at most 256 KB and 4 bytes for each word and topic of the lexicon, whatever the text.
  package mutating func profile(_ buffer: borrowing TokenBuffer) -> TextProfile {
    let folded = buffer.folded.span
    hashes.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    seen.removeAll()
    for token in buffer.tokens where Self.isContent(token.kind) {
      let hash = Self.hash(folded, token.foldedRange)
      hashes.append(hash)
      // Memory brings them while the other hashes are made.
      lexicon.prefetchTopics(of: hash)
    }
    var index = 0
    for token in buffer.tokens where Self.isContent(token.kind) {
      let hash = hashes[index]
      if seen.insert(hash) { words.append(WordProfile(folded, token.foldedRange, hash: hash, lexicon)) }
      index += 1
    }
    return words.withUnsafeBufferPointer { words in
      let pointers = words.indices.compactMap { index in words.baseAddress.map { $0 + index } }
      return pointers.withUnsafeBufferPointer { distinct.profile(ProfiledWords(length: hashes.count, words: $0), lexicon) }
    }
  }

  /// The profile of a text of these words.
  mutating func profile(_ words: ProfiledWords) -> TextProfile { distinct.profile(words, lexicon) }

  /// The hash of each word, as a ``Lexicon`` knows them.
  static func wordHashes(_ buffer: borrowing TokenBuffer) -> [UInt64] {
    buffer.tokens.filter { isContent($0.kind) }.map { hash(buffer.folded.span, $0.foldedRange) }
  }

  /// The bucket of a word, as ``TextProfile/words`` has it; nil for what is no word.
  package static func wordBucket(of token: Token, in buffer: borrowing TokenBuffer) -> UInt16? {
    isContent(token.kind) ? bucket(hash(buffer.folded.span, token.foldedRange)) : nil
  }

  @inline(__always)
  static func isContent(_ kind: TokenKind) -> Bool { content(kind) != 0 }

  /// 1 for words, numbers, tags and two characters of a script without spaces, else 0; without a branch.
  @inline(__always)
  static func content(_ kind: TokenKind) -> Int { 0b1010_0011 >> Int(kind.rawValue) & 1 }

  @inline(__always)
  static func hash(_ folded: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
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
  mutating func profile(_ text: ProfiledWords, _ lexicon: borrowing Lexicon) -> TextProfile {
    let topics = text.words.reduce(0) { $0 &+ Int($1.pointee.topicCount) }
    // The distinct buckets, the letters of all words, and the mentions; vectors are written whole behind these.
    let room = 9 * text.words.count + 2 * topics + 16
    if buckets.count <= room { buckets = [UInt16](repeating: 0, count: room * 3 / 2 + 1) }
    return buckets.withUnsafeMutableBufferPointer { buckets in
      seen.withMutableBits { seen in
        lexicon.members.withUnsafeBufferPointer { members in
          // Neither is ever empty.
          let (start, seen) = (buckets.baseAddress.unsafelyUnwrapped, seen.baseAddress.unsafelyUnwrapped)
          var distinct = Distinct(buckets: start, seen: seen)
          let allLetters = start + 5 * text.words.count
          var lettersEnd = allLetters
          let mentions = allLetters + 4 * text.words.count
          var mentionsEnd = mentions
          var fingerprint = UInt64(text.length)
          for word in text.words {
            let before = distinct.count
            let bucket = word.pointee.bucket
            distinct.insert(bucket)
            UnsafeMutableRawPointer(lettersEnd).storeBytes(of: word.pointee.letters, as: SIMD4<UInt16>.self)
            lettersEnd += Int(word.pointee.letterCount)
            guard distinct.count > before else { continue }
            fingerprint = FeatureHash.spread(fingerprint ^ word.pointee.hash)
            var mention = SIMD16<UInt16>(repeating: bucket)
            mention.oddHalf = word.pointee.firstTopics
            UnsafeMutableRawPointer(mentionsEnd).storeBytes(of: mention, as: SIMD16<UInt16>.self)
            let further = word.pointee.furtherTopics
            mentionsEnd += 2 * (Int(word.pointee.topicCount) &- further.count)
            for topic in further {
              mentionsEnd[0] = bucket
              mentionsEnd[1] = members[topic]
              mentionsEnd += 2
            }
          }
          let lettersStart = distinct.endUnit()
          for letters in UnsafeBufferPointer(start: allLetters, count: lettersEnd - allLetters) { distinct.insert(letters) }
          let end = distinct.endUnit()
          let mentionsCount = mentionsEnd - mentions
          let kept = [UInt16](unsafeUninitializedCapacity: end + mentionsCount) { kept, count in
            count = end + mentionsCount
            guard let target = kept.baseAddress else { return }
            target.initialize(from: start, count: end)
            (target + end).initialize(from: mentions, count: mentionsCount)
          }
          return TextProfile(kept, lettersStart: lettersStart, mentionsStart: end, length: text.length, fingerprint: fingerprint)
        }
      }
    }
  }
}

/// Writes each bucket of a unit once.
private struct Distinct {
  private let buckets: UnsafeMutablePointer<UInt16>
  private let seen: UnsafeMutablePointer<UInt64>
  private(set) var count = 0
  private var unitStart = 0

  init(buckets: UnsafeMutablePointer<UInt16>, seen: UnsafeMutablePointer<UInt64>) {
    self.buckets = buckets
    self.seen = seen
  }

  @inline(__always)
  mutating func insert(_ bucket: UInt16) {
    let shift = UInt64(bucket & 63)
    let bits = seen[Int(bucket >> 6)]
    seen[Int(bucket >> 6)] = bits | 1 << shift
    // Written in any case: whether it is new is hard to foresee, and a wrong guess costs more.
    buckets[count] = bucket
    count &+= 1 &- Int(truncatingIfNeeded: bits >> shift & 1)
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
    insert(buckets)
  }

  mutating func insert(_ buckets: ArraySlice<UInt16>) {
    withMutableBits { bits in
      for bucket in buckets { bits[Int(bucket >> 6)] |= 1 << UInt64(bucket & 63) }
    }
  }

  /// - Parameter buckets: all that there are.
  mutating func removeAll(_ buckets: ArraySlice<UInt16>) {
    withMutableBits { bits in
      for bucket in buckets { bits[Int(bucket >> 6)] = 0 }
    }
  }

  @inline(__always)
  package func contains(_ bucket: UInt16) -> Bool {
    bits[Int(bucket >> 6)] >> UInt64(bucket & 63) & 1 != 0
  }

  /// - Returns: whether it is new.
  mutating func insertIfNew(_ bucket: UInt16) -> Bool {
    let isNew = !contains(bucket)
    bits[Int(bucket >> 6)] |= 1 << UInt64(bucket & 63)
    return isNew
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

/// Buckets that stand in at least one text, and in at least two.
struct RepeatedBucketSet: Sendable {
  /// One bit a bucket; beside each word of those of one text that of those of two.
  private var bits = [UInt64](repeating: 0, count: 2 << (TextProfile.bucketBits - 6))

  static let byteCount = 2 * BucketSet.byteCount

  /// - Parameter times: 1 or 2.
  func contains(_ bucket: UInt16, times: Int) -> Bool { bits[2 * Int(bucket >> 6) + times - 1] >> UInt64(bucket & 63) & 1 != 0 }

  /// - Parameter before: takes 1 for each that was here before, else 0.
  mutating func insert(_ buckets: ArraySlice<UInt16>, before: UnsafeMutableBufferPointer<UInt8>) {
    bits.withUnsafeMutableBufferPointer { bits in
      buckets.withUnsafeBufferPointer { buckets in
        for index in buckets.indices {
          let once = 2 &* Int(buckets[index] >> 6)
          let bit: UInt64 = 1 << UInt64(buckets[index] & 63)
          let old = bits[once]
          bits[once] = old | bit
          bits[once &+ 1] |= old & bit
          before[index] = UInt8(truncatingIfNeeded: old >> UInt64(buckets[index] & 63) & 1)
        }
      }
    }
  }
}

/// How often each bucket was added.
package struct BucketCounts: Sendable {
  /// Bucket in the upper half, count in the lower; 0 where there is none. A power of two of them, at most half full.
  private var slots: [UInt32] = []
  package private(set) var distinct = 0

  package init() {}

  @inline(__always)
  package subscript(bucket: UInt16) -> Int {
    slots.withUnsafeBufferPointer { slots in slots.isEmpty ? 0 : Int(slots[Self.slot(of: bucket, slots)] & 0xFFFF) }
  }

  package mutating func add(_ bucket: UInt16) {
    if distinct * 2 >= slots.count { grow() }
    slots.withUnsafeMutableBufferPointer { slots in
      let slot = Self.slot(of: bucket, UnsafeBufferPointer(slots))
      let count = slots[slot] & 0xFFFF
      slots[slot] = UInt32(bucket) << 16 | min(count + 1, 0xFFFF)
      distinct += count == 0 ? 1 : 0
    }
  }

  /// Where the bucket stands, or could stand.
  @inline(__always)
  private static func slot(of bucket: UInt16, _ slots: UnsafeBufferPointer<UInt32>) -> Int {
    let mask = slots.count - 1
    var slot = Int(bucket) & mask
    while slots[slot] != 0, slots[slot] >> 16 != UInt32(bucket) { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt32](repeating: 0, count: max(64, old.count * 2))
    slots.withUnsafeMutableBufferPointer { slots in
      for entry in old where entry != 0 {
        slots[Self.slot(of: UInt16(entry >> 16), UnsafeBufferPointer(slots))] = entry
      }
    }
  }
}
