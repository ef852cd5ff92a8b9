/// The distinct words of a text, as hashes, for comparing it with other texts.
package struct TextProfile: Sendable {
  /// A word and the stem it shares with its inflections.
  package struct Word: Sendable {
    package var hash: UInt32
    package var stem: UInt32
    /// The first token with this word.
    package var token: Int32
  }

  /// Ascending by hash, each once.
  package private(set) var words: [Word] = []
  /// The stems of `words`, ascending.
  package private(set) var stems: [UInt32] = []
  /// Tokens that are words.
  package private(set) var length = 0

  /// Bounds memory and work for hostile texts.
  private static let maximumWords = 8192
  private static let stemScalars = 5

  package init() {}

  /// - Complexity: O(n log n) in the tokens.
  package init(_ buffer: borrowing TokenBuffer) {
    let folded = buffer.folded.span
    for (index, token) in buffer.tokens.enumerated() where Self.isContent(token.kind) {
      length += 1
      guard words.count < Self.maximumWords else { continue }
      var hash = FeatureHash.seed(wordSeed)
      var stem = FeatureHash.seed(stemSeed)
      var scalars = 0
      for position in token.foldedRange {
        let byte = folded[position]
        if byte & 0xC0 != 0x80 { scalars += 1 }
        hash = FeatureHash.extend(hash, byte)
        if scalars <= Self.stemScalars { stem = FeatureHash.extend(stem, byte) }
      }
      words.append(Word(hash: Self.shortened(hash), stem: Self.shortened(stem), token: Int32(index)))
    }
    words.sort { ($0.hash, $0.token) < ($1.hash, $1.token) }
    var kept = 0
    for index in words.indices where kept == 0 || words[kept - 1].hash != words[index].hash {
      words[kept] = words[index]
      kept += 1
    }
    words.removeLast(words.count - kept)
    stems = words.map(\.stem).sorted()
  }

  private static func isContent(_ kind: TokenKind) -> Bool {
    switch kind {
    case .word, .number, .hashtag, .characterBigram: true
    case .url, .email, .mention, .emoji, .punctuation: false
    }
  }

  private static func shortened(_ hash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: FeatureHash.bucket(hash, bits: 32))
  }

  package func contains(word: UInt32) -> Bool {
    var (low, high) = (0, words.count)
    while low < high {
      let middle = (low + high) / 2
      if words[middle].hash < word { low = middle + 1 } else { high = middle }
    }
    return low < words.count && words[low].hash == word
  }

  package func contains(stem: UInt32) -> Bool {
    var (low, high) = (0, stems.count)
    while low < high {
      let middle = (low + high) / 2
      if stems[middle] < stem { low = middle + 1 } else { high = middle }
    }
    return low < stems.count && stems[low] == stem
  }

  /// Euclidean length of the idf vector.
  package func norm(_ idf: IDFTable) -> Double {
    var sum = 0.0
    for word in words { sum += idf[word.hash] * idf[word.hash] }
    return sum.squareRoot()
  }
}

private let wordSeed: UInt8 = 0x81
private let stemSeed: UInt8 = 0x82
