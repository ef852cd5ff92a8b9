/// The features of one text, ready for a matrix.
package struct FeatureRow: ~Copyable {
  /// Bucket × 2 + block of every feature, ascending.
  private var keys: [UInt32] = []
  private var sorted: [UInt32] = []
  private var blockCounts = (words: 0, characters: 0)
  /// Behind each word, where its character n-grams begin among ``nGrams``.
  private var words = WordTable(bytesBehind: MemoryLayout<Int>.stride)
  /// Keys of the character n-grams of the words.
  private var nGrams: [UInt32] = []
  private var bigrams = Scratch<UInt64>()
  private var seenBigrams = DistinctSet()

  /// Usual words have twenty; one of a megabyte has five million.
  private static let maximumNGrams = 1 << 22

  package init() {}

  /// - Complexity: O(bytes), and O(bytes × length of the longest character n-gram) for words that are met for the first time.
  package mutating func extract(_ buffer: borrowing TokenBuffer, with extractor: inout FeatureExtractor) {
    let space = extractor.space
    keys.removeAll(keepingCapacity: true)
    if space.wordNGrams <= 2, buffer.tokens.count <= WordTable.maximumTokens {
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
      if words.begin(tokens: tokens.count, mayKeep: nGrams.count <= Self.maximumNGrams) { nGrams.removeAll(keepingCapacity: true) }
      let entries = words.find(wordKeys) { index, entry in
        Self.fill(entry, tokens[index], folded, space, &nGrams)
      }
      let pairs = bigrams.room(for: tokens.count)
      var pairCount = 0
      var previous: UInt64?
      for index in 0..<tokens.count {
        let entry = entries[index]
        let isFirst = words.markFirst(entry)
        if isFirst != 0 || countsAll {
          if space.wordNGrams > 0 { keys.append(Self.key(FeatureHash.bucket(entry.pointee.hash, bits: space.bits), .words)) }
          if entry.pointee.characterNGrams > 0 {
            let first = WordTable.behind(entry, as: Int.self).pointee
            keys.append(contentsOf: nGrams[first..<first + Int(entry.pointee.characterNGrams)])
          }
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

  /// Hashes a word that is new, and its character n-grams.
  @inline(never)
  private static func fill(
    _ entry: WordTable.EntryPointer, _ token: Token, _ folded: UnsafeBufferPointer<UInt8>, _ space: FeatureSpace, _ nGrams: inout [UInt32]
  ) {
    let range = FeatureExtractor.represented(token)
    let first = nGrams.count
    if let lengths = space.characterNGrams, FeatureExtractor.hasCharacterNGrams(token.kind) {
      FeatureExtractor.forEachCharacterNGram(of: folded, range, lengths) { hash in
        nGrams.append(key(FeatureHash.bucket(hash, bits: space.bits), .characters))
      }
    }
    entry.pointee.hash = FeatureExtractor.hash(token.kind, folded, range)
    entry.pointee.characterNGrams = UInt16(truncatingIfNeeded: nGrams.count - first)
    WordTable.behind(entry, as: Int.self).initialize(to: first)
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
