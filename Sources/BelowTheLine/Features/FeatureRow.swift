/// The features of one text, ready for a matrix.
package struct FeatureRow: ~Copyable {
  /// Bucket × 2 + block of every feature, ascending.
  private var keys = Scratch<UInt32>()
  private var sorted = Scratch<UInt32>()
  /// At least as many as there are buckets in ``forEachEntry(in:_:)``.
  package private(set) var count = 0
  private var characterCount = 0
  private var words = WordTable(bytesBehind: MemoryLayout<WordKeys>.stride)
  /// Of all words of the text.
  private var entries = Scratch<WordTable.EntryPointer>()
  /// Keys of the character n-grams of the words.
  private var nGrams: [UInt32] = []
  /// Of bigrams.
  private var hashes = Scratch<UInt64>()
  /// Of the words in quotations.
  private var quotedHashes = Scratch<UInt64>()
  private var seenHashes = DistinctSet()

  /// What stands behind each word.
  private struct WordKeys: BitwiseCopyable {
    let ofWord: UInt32
    /// Where those of its character n-grams begin among ``nGrams``.
    let firstNGram: Int
  }

  /// Usual words have twenty; one of a megabyte has five million.
  private static let maximumNGrams = 1 << 22

  package init() {}

  /// - Complexity: O(bytes), and O(bytes × length of the longest character n-gram) for words that are met for the first time.
  package mutating func extract(_ buffer: borrowing TokenBuffer, with extractor: inout FeatureExtractor) {
    let space = extractor.space
    if space.wordNGrams <= 2, buffer.count <= WordTable.maximumTokens {
      extractWords(buffer, space)
    } else {
      extractEach(buffer, with: &extractor)
    }
    sort(bits: space.bits + 1)
  }

  @inline(__always)
  private static func key(_ bucket: Int, _ block: FeatureBlock) -> UInt32 { UInt32(truncatingIfNeeded: bucket << 1 | block.rawValue) }

  /// The plain walk over all features, for longer word n-grams and giant texts.
  private mutating func extractEach(_ buffer: borrowing TokenBuffer, with extractor: inout FeatureExtractor) {
    var all: [UInt32] = []
    extractor.forEachFeature(in: buffer) { block, bucket, _ in all.append(Self.key(bucket, block)) }
    count = all.count
    characterCount = all.count { $0 & 1 != 0 }
    let keys = keys.room(for: count)
    for index in all.indices { keys[index] = all[index] }
  }

  /// The features of ``FeatureExtractor/forEachFeature(in:_:)`` for words and two words in a row, in another order.
  private mutating func extractWords(_ buffer: borrowing TokenBuffer, _ space: FeatureSpace) {
    let hasWords = space.wordNGrams > 0 ? 1 : 0
    buffer.withUnsafeTokens { tokens, folded in
      if words.begin(tokens: tokens.count, mayKeep: nGrams.count <= Self.maximumNGrams) { nGrams.removeAll(keepingCapacity: true) }
      let entries = entries.room(for: tokens.count)
      for index in tokens.indices { entries[index] = words.candidate(tokens[index].key) }
      var room = 2 * tokens.count
      for index in tokens.indices {
        if entries[index].pointee.key != tokens[index].key { entries[index] = findOrMake(tokens[index], folded, space) }
        room &+= Int(entries[index].pointee.characterNGrams)
      }
      let firstKey = keys.room(for: room)
      let hashes = hashes.room(for: tokens.count)
      let quotedHashes = quotedHashes.room(for: tokens.count)
      let (number, mark) = (words.text, space.weighting == .counts ? 0 : words.text)
      var (key, joinedWords, quotedWords) = (firstKey, 0, 0)
      // What the word before contributes to a bigram.
      var before: UInt64 = 0
      characterCount = 0
      nGrams.withUnsafeBufferPointer { nGrams in
        // Few branches, because those on words or marks would be guessed wrong too often.
        for index in tokens.indices {
          let entry = entries[index]
          if tokens[index].isQuoted {
            quotedHashes[quotedWords] = FeatureExtractor.quoted(entry.pointee.hash)
            quotedWords &+= hasWords
            continue
          }
          let times = WordTable.markFirst(entry, in: number, as: mark)
          let wordKeys = WordTable.behind(entry, as: WordKeys.self)
          key.pointee = wordKeys.pointee.ofWord
          key += times & hasWords
          hashes[joinedWords] = entry.pointee.bigram(behind: before)
          joinedWords &+= Int(entry.pointee.joins)
          before = entry.pointee.opening(else: before)
          let ofCharacters = times &* Int(entry.pointee.characterNGrams)
          if ofCharacters > 0 {
            for offset in 0..<ofCharacters { key[offset] = nGrams[wordKeys.pointee.firstNGram &+ offset] }
            key += ofCharacters
            characterCount &+= ofCharacters
          }
        }
      }
      count = key - firstKey
      seenHashes.removeAll()
      add(UnsafeMutableBufferPointer(start: quotedHashes, count: quotedWords), to: firstKey, space)
      guard space.wordNGrams > 1, joinedWords > 1 else { return }
      // The first is that of no word and the first one.
      add(UnsafeMutableBufferPointer(start: hashes + 1, count: joinedWords - 1), to: firstKey, space)
    }
  }

  /// The entry of a word, made where there is none.
  @inline(never)
  private mutating func findOrMake(_ token: Token, _ folded: UnsafeBufferPointer<UInt8>, _ space: FeatureSpace) -> WordTable.EntryPointer {
    words.findOrMake(token.key) { Self.fill($0, token, folded, space, &nGrams) }
  }

  /// Appends the keys of features, each once where they are not counted.
  private mutating func add(_ hashes: UnsafeMutableBufferPointer<UInt64>, to keys: UnsafeMutablePointer<UInt32>, _ space: FeatureSpace) {
    let distinct = space.weighting == .counts ? hashes.count : seenHashes.insert(hashes)
    for index in 0..<distinct { keys[count &+ index] = Self.key(FeatureHash.bucket(hashes[index], bits: space.bits), .words) }
    count += distinct
  }

  /// Hashes a word that is new, and its character n-grams.
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
    entry.pointee.setSides(FeatureHash.sides(entry.pointee.hash), isJoined: FeatureExtractor.isJoined(token.kind, space))
    let ofWord = key(FeatureHash.bucket(entry.pointee.hash, bits: space.bits), .words)
    WordTable.behind(entry, as: WordKeys.self).initialize(to: WordKeys(ofWord: ofWord, firstNGram: first))
  }

  /// Sorts the keys: many by their digits of eight bits, from the last on; few by the first eight bits, which hashes seldom have in
  /// common, and by insertion what is then nearly in order (Knuth, TAOCP 5.2.5 and 5.2.1).
  private mutating func sort(bits: Int) {
    if count > Self.fewKeys {
      for shift in stride(from: 0, to: UInt32(bits), by: 8) { distribute(by: shift) }
    } else {
      distribute(by: UInt32(bits - 8))
      insert()
    }
  }

  /// So that no text, whatever its hashes, takes long to sort by insertion.
  private static let fewKeys = 1 << 10

  /// Orders the keys by the eight bits at `shift`, those with the same ones as they were.
  private mutating func distribute(by shift: UInt32) {
    let (source, target) = (keys.memory, sorted.room(for: count))
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 256) { places in
      places.initialize(repeating: 0)
      for index in 0..<count { places[Int(source[index] &>> shift & 0xFF)] &+= 1 }
      var place: Int32 = 0
      for digit in 0..<256 { (places[digit], place) = (place, place &+ places[digit]) }
      for index in 0..<count {
        let key = source[index]
        let digit = Int(key &>> shift & 0xFF)
        target[Int(places[digit])] = key
        places[digit] &+= 1
      }
    }
    swap(&keys, &sorted)
  }

  private func insert() {
    let keys = keys.memory
    for index in 0..<count {
      let key = keys[index]
      var place = index
      while place > 0, keys[place &- 1] > key {
        keys[place] = keys[place &- 1]
        place &-= 1
      }
      keys[place] = key
    }
  }

  /// Calls `body` with bucket and value of every feature, ascending by bucket, each bucket once.
  @inline(__always)
  package borrowing func forEachEntry(in space: FeatureSpace, _ body: (_ bucket: Int, _ value: Double) -> Void) {
    let norms = BlockNorms(space, words: count - characterCount, characters: characterCount)
    let values = (words: norms.words, characters: norms.characters)
    let keys = UnsafePointer(keys.memory)
    var index = 0
    while index < count {
      let bucket = keys[index] >> 1
      var value = keys[index] & 1 == 0 ? values.words : values.characters
      index &+= 1
      while index < count, keys[index] >> 1 == bucket {
        value += keys[index] & 1 == 0 ? values.words : values.characters
        index &+= 1
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
