/// The features of one text, ready for a matrix.
package struct FeatureRow: ~Copyable {
  /// Bucket × 2 + block of every feature, ascending.
  private var keys: [UInt32] = []
  private var sorted: [UInt32] = []
  private var blockCounts = (words: 0, characters: 0)
  private var words = WordFeatures()
  private var bigrams = Scratch<UInt64>()
  private var seenBigrams = DistinctSet()

  package init() {}

  /// - Complexity: O(bytes), and O(bytes × length of the longest character n-gram) for words that are met for the first time.
  package mutating func extract(_ buffer: borrowing TokenBuffer, with extractor: inout FeatureExtractor) {
    let space = extractor.space
    keys.removeAll(keepingCapacity: true)
    if space.wordNGrams <= 2, buffer.tokens.count <= WordFeatures.maximumTokens {
      extractWords(buffer, space)
    } else {
      extractor.forEachFeature(in: buffer) { block, bucket, _ in keys.append(Self.key(bucket, block)) }
    }
    let characters = keys.reduce(0) { $0 + Int($1 & 1) }
    blockCounts = (keys.count - characters, characters)
    sort(bits: space.bits + 1)
  }

  private static func key(_ bucket: Int, _ block: FeatureBlock) -> UInt32 { UInt32(truncatingIfNeeded: bucket << 1 | block.rawValue) }

  /// The features of ``FeatureExtractor/forEachFeature(in:_:)`` for words and two words in a row, in another order.
  private mutating func extractWords(_ buffer: borrowing TokenBuffer, _ space: FeatureSpace) {
    let countsAll = space.weighting == .counts
    buffer.withUnsafeTokens { tokens, wordKeys, folded in
      words.begin(tokens: tokens.count)
      let pairs = bigrams.room(for: tokens.count)
      var pairCount = 0
      var previous: UInt64?
      for index in 0..<tokens.count {
        let entry = words.entry(of: wordKeys[index], tokens[index], folded, space)
        let isFirst = words.markFirst(entry)
        if isFirst || countsAll {
          if space.wordNGrams > 0 { keys.append(Self.key(FeatureHash.bucket(entry.pointee.hash, bits: space.bits), .words)) }
          if entry.pointee.nGrams > 0 { keys.append(contentsOf: words.characterNGrams(of: entry)) }
        }
        guard tokens[index].kind != .punctuation else { continue }
        if let previous {
          pairs[pairCount] = FeatureHash.join(previous, entry.pointee.hash)
          pairCount += 1
        }
        previous = entry.pointee.hash
      }
      guard space.wordNGrams > 1 else { return }
      if !countsAll {
        seenBigrams.removeAll()
        pairCount = seenBigrams.insert(UnsafeMutableBufferPointer(start: pairs, count: pairCount))
      }
      for index in 0..<pairCount { keys.append(Self.key(FeatureHash.bucket(pairs[index], bits: space.bits), .words)) }
    }
  }

  /// Sorts the keys by their digits of eight bits, from the last on (Knuth, TAOCP 5.2.5).
  private mutating func sort(bits: Int) {
    if sorted.count < keys.count { sorted = [UInt32](repeating: 0, count: 2 * keys.count) }
    for shift in stride(from: 0, to: UInt32(bits), by: 8) {
      keys.withUnsafeBufferPointer { keys in
        sorted.withUnsafeMutableBufferPointer { sorted in
          withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { ends in
            ends.initialize(repeating: 0)
            for key in keys { ends[Int(key >> shift & 0xFF)] += 1 }
            var end = 0
            for digit in 0..<256 {
              end += ends[digit]
              ends[digit] = end
            }
            for key in keys.reversed() {
              let digit = Int(key >> shift & 0xFF)
              ends[digit] -= 1
              sorted[ends[digit]] = key
            }
          }
        }
      }
      keys.withUnsafeMutableBufferPointer { keys in
        for index in keys.indices { keys[index] = sorted[index] }
      }
    }
  }

  /// At least as many as there are buckets in ``forEachEntry(in:_:)``.
  package var count: Int { keys.count }

  /// Calls `body` with bucket and value of every feature, ascending by bucket, each bucket once.
  @inline(__always)
  package borrowing func forEachEntry(in space: FeatureSpace, _ body: (_ bucket: Int, _ value: Double) -> Void) {
    let norms = BlockNorms(space, words: blockCounts.words, characters: blockCounts.characters)
    let values = (words: norms.words, characters: norms.characters)
    let keys = keys.span
    var index = 0
    while index < keys.count {
      let bucket = keys[index] >> 1
      var value = keys[index] & 1 == 0 ? values.words : values.characters
      index += 1
      while index < keys.count, keys[index] >> 1 == bucket {
        value += keys[index] & 1 == 0 ? values.words : values.characters
        index += 1
      }
      body(Int(bucket), value)
    }
  }

  package borrowing func entries(in space: FeatureSpace) -> [(bucket: Int, value: Double)] {
    var entries: [(bucket: Int, value: Double)] = []
    forEachEntry(in: space) { entries.append(($0, $1)) }
    return entries
  }
}

/// The hashes and the character n-grams of the words of recent texts: most words of a text were seen a moment ago. All are forgotten
/// when no room is left, so memory is bounded.
///
/// Not private: tests that hold a row refer to the parts it is made of.
struct WordFeatures: ~Copyable {
  private static let slotBits: UInt64 = 17
  private static let slotMask = 1 << Int(slotBits) - 1
  private static let maximumEntries = 1 << 15
  /// A text of more tokens might need more entries than there are.
  static let maximumTokens = maximumEntries / 4
  /// Usual words have twenty; one of a megabyte has five million.
  private static let maximumNGrams = 1 << 22

  struct Entry {
    var key: WordKey
    var hash: UInt64
    /// The text that had the word last.
    var text: UInt32
    var firstNGram: UInt32
    var nGrams: UInt32
  }

  /// Numbers of entries, from 1; 0 stands for none.
  private let slots: UnsafeMutablePointer<UInt32>
  private let entries: UnsafeMutablePointer<Entry>
  private var nGrams: [UInt32] = []
  private var count = 0
  private var text: UInt32 = 0

  init() {
    entries = .allocate(capacity: Self.maximumEntries + 1)
    slots = .allocate(capacity: Self.slotMask + 1)
    slots.initialize(repeating: 0, count: Self.slotMask + 1)
  }

  deinit {
    entries.deallocate()
    slots.deallocate()
  }

  /// Begins a text: from now on ``markFirst(_:)`` is true of every word once.
  mutating func begin(tokens: Int) {
    if count + tokens > Self.maximumEntries || nGrams.count > Self.maximumNGrams || text == .max {
      slots.update(repeating: 0, count: Self.slotMask + 1)
      nGrams.removeAll(keepingCapacity: true)
      count = 0
      text = 0
    }
    text += 1
  }

  @inline(__always)
  mutating func entry(
    of key: WordKey, _ token: Token, _ folded: UnsafeBufferPointer<UInt8>, _ space: FeatureSpace
  ) -> UnsafeMutablePointer<Entry> {
    var slot = Int(truncatingIfNeeded: key.mixed >> (64 - Self.slotBits))
    while slots[slot] != 0 {
      let entry = entries + Int(slots[slot])
      if entry.pointee.key == key { return entry }
      slot = (slot + 1) & Self.slotMask
    }
    count += 1
    slots[slot] = UInt32(truncatingIfNeeded: count)
    let entry = entries + count
    entry.initialize(to: makeEntry(key, token, folded, space))
    return entry
  }

  @inline(never)
  private mutating func makeEntry(
    _ key: WordKey, _ token: Token, _ folded: UnsafeBufferPointer<UInt8>, _ space: FeatureSpace
  ) -> Entry {
    let range = FeatureExtractor.represented(token)
    let first = nGrams.count
    if let lengths = space.characterNGrams, FeatureExtractor.hasCharacterNGrams(token.kind) {
      FeatureExtractor.forEachCharacterNGram(of: folded, range, lengths) { hash in
        nGrams.append(UInt32(truncatingIfNeeded: FeatureHash.bucket(hash, bits: space.bits) << 1 | FeatureBlock.characters.rawValue))
      }
    }
    return Entry(
      key: key, hash: FeatureExtractor.hash(token.kind, folded, range), text: 0, firstNGram: UInt32(truncatingIfNeeded: first),
      nGrams: UInt32(truncatingIfNeeded: nGrams.count - first))
  }

  /// Whether the text has the word for the first time.
  @inline(__always)
  func markFirst(_ entry: UnsafeMutablePointer<Entry>) -> Bool {
    let isFirst = entry.pointee.text != text
    entry.pointee.text = text
    return isFirst
  }

  @inline(__always)
  func characterNGrams(of entry: UnsafeMutablePointer<Entry>) -> ArraySlice<UInt32> {
    let first = Int(entry.pointee.firstNGram)
    return nGrams[first..<first + Int(entry.pointee.nGrams)]
  }
}
