/// Turns the tokens of a text into hashed features. Training and explaining walk through the features here, and scoring takes each
/// step from here (``Scorer`` only remembers what words it has met weigh), so there is one truth on what a text consists of.
package struct FeatureExtractor: Sendable {
  package let space: FeatureSpace
  private var seenWords = DistinctSet()
  private var seenNGrams = DistinctSet()
  private var recent: [(hash: UInt64, token: Int)] = []

  /// Longer words are represented by this many of their first bytes: bounds the work on hostile input.
  static let maximumWordBytes = 96

  package init(_ space: FeatureSpace) { self.space = space }

  /// Calls `body` with each feature: its block, its bucket, and the tokens (first to last) that it stands on.
  ///
  /// A feature that counts once is reported on its first occurrence.
  ///
  /// - Complexity: O(bytes × length of the longest character n-gram); allocates nothing once the buffers have grown.
  @inline(__always)
  package mutating func forEachFeature(
    in buffer: borrowing TokenBuffer, _ body: (_ block: FeatureBlock, _ bucket: Int, _ tokens: ClosedRange<Int>) -> Void
  ) {
    let bits = space.bits
    let countsAll = space.weighting == .counts
    seenWords.removeAll()
    seenNGrams.removeAll()
    recent.removeAll(keepingCapacity: true)
    buffer.folded.withUnsafeBufferPointer { folded in
      for index in 0..<buffer.count {
        let token = buffer[index]
        let range = Self.represented(token)
        let word = Self.hash(token.kind, folded, range)
        let hash = token.isQuoted ? Self.quoted(word) : word
        if countsAll || seenWords.insert(hash) {
          if space.wordNGrams > 0 { body(.words, FeatureHash.bucket(hash, bits: bits), index...index) }
          if let lengths = space.characterNGrams, Self.hasCharacterNGrams(token.kind), !token.isQuoted {
            Self.forEachCharacterNGram(of: folded, range, lengths) { body(.characters, FeatureHash.bucket($0, bits: bits), index...index) }
          }
        }
        guard Self.isJoined(token.kind, space), !token.isQuoted, space.wordNGrams > 1 else { continue }
        var joined = hash
        for previous in recent.reversed() {
          joined = FeatureHash.join(previous.hash, joined)
          if countsAll || seenNGrams.insert(joined) { body(.words, FeatureHash.bucket(joined, bits: bits), previous.token...index) }
        }
        if recent.count == space.wordNGrams - 1 { recent.removeFirst() }
        recent.append((hash, index))
      }
    }
  }

  /// Names are not learnt: every `@name` is the same feature.
  @inline(__always)
  static func represented(_ token: Token) -> Range<Int> {
    let range = token.foldedRange
    let length = token.kind == .mention ? 1 : min(range.count, maximumWordBytes)
    return range.lowerBound..<range.lowerBound + length
  }

  @inline(__always)
  static func hash(_ kind: TokenKind, _ folded: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> UInt64 {
    var hash = FeatureHash.seed(kind.rawValue)
    for position in range { hash = FeatureHash.extend(hash, folded[position]) }
    return hash
  }

  /// The feature of a word in a quotation is another one.
  @inline(__always)
  static func quoted(_ hash: UInt64) -> UInt64 { FeatureHash.join(FeatureHash.seed(quotationSeed), hash) }

  /// Whether n-grams of words consist of it, where it is not quoted.
  @inline(__always)
  static func isJoined(_ kind: TokenKind, _ space: FeatureSpace) -> Bool { kind != .punctuation || space.joinsPunctuation }

  @inline(__always)
  static func hasCharacterNGrams(_ kind: TokenKind) -> Bool {
    switch kind {
    case .word, .number, .hashtag, .characterBigram: true
    case .url, .email, .mention, .emoji, .punctuation: false
    }
  }

  /// The n-grams of a word with a space before and after it, as hashes; each start extends by one scalar at a time.
  @inline(__always)
  static func forEachCharacterNGram(
    of folded: UnsafeBufferPointer<UInt8>, _ word: Range<Int>, _ lengths: ClosedRange<Int>, _ body: (UInt64) -> Void
  ) {
    // With its spaces, and one that ends the last scalar.
    withUnsafeTemporaryAllocation(byteCount: word.count + 3, alignment: 1) { spaced in
      spaced[0] = 0x20
      for index in 0..<word.count { spaced[index &+ 1] = folded[word.lowerBound &+ index] }
      spaced[word.count + 1] = 0x20
      spaced[word.count + 2] = 0x20
      let end = word.count + 2
      // Most words: each byte is a character.
      if folded[word].allSatisfy({ $0 < 0x80 }) {
        for start in 0..<end - 1 {
          var hash = FeatureHash.seed(characterSeed)
          let shortest = start &+ lengths.lowerBound &- 1
          for position in start..<min(start &+ lengths.upperBound, end) {
            hash = FeatureHash.extend(hash, spaced[position])
            if position >= shortest { body(hash) }
          }
        }
        return
      }
      var start = 0
      while start < end - 1 {
        var hash = FeatureHash.seed(characterSeed)
        var length = 0
        var position = start
        while position < end, length < lengths.upperBound {
          repeat {
            hash = FeatureHash.extend(hash, spaced[position])
            position &+= 1
          } while spaced[position] & 0xC0 == 0x80
          length &+= 1
          if length >= lengths.lowerBound { body(hash) }
        }
        repeat { start &+= 1 } while spaced[start] & 0xC0 == 0x80
      }
    }
  }
}

/// Apart from every ``TokenKind``.
private let characterSeed: UInt8 = 0x80
private let quotationSeed: UInt8 = 0x82
