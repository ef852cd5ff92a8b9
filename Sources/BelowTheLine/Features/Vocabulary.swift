/// The words that a model has learnt, as far as its table tells: a bucket that weighs nothing was never met in training.
///
/// Hashing keeps no words, but a word has its own bucket and one for each of its character n-grams, and as in a Bloom filter (1970)
/// one that was never met has all of them by chance alone: rarely where the table has room.
struct Vocabulary: Sendable {
  private let model: Model

  init(_ model: Model) { self.model = model }

  /// Calls `body` with the end of each known word that begins at `start`, shortest first.
  ///
  /// - Parameter text: folded.
  /// - Complexity: O(``longestWord``), and of known words O(their character n-grams).
  @inline(__always)
  func forEachWord(in text: UnsafeBufferPointer<UInt8>, from start: Int, upTo limit: Int, _ body: (_ end: Int) -> Void) {
    var hash = FeatureHash.seed(TokenKind.word.rawValue)
    for position in start..<min(limit, start + Self.longestWord) {
      hash = FeatureHash.extend(hash, text[position])
      if weighs(hash), hasCharacterNGrams(text, start..<position + 1) { body(position + 1) }
    }
  }

  /// Quoted or not.
  func knows(_ token: Token, of buffer: borrowing TokenBuffer) -> Bool {
    buffer.folded.withUnsafeBufferPointer { folded in
      let range = token.foldedRange
      guard weighs(FeatureHash.bytes(folded[range], seed: FeatureHash.seed(token.kind.rawValue))) else { return false }
      return token.kind != .word || hasCharacterNGrams(folded, range)
    }
  }

  /// In bytes; few are longer.
  private static let longestWord = 20

  private func hasCharacterNGrams(_ text: UnsafeBufferPointer<UInt8>, _ word: Range<Int>) -> Bool {
    guard let lengths = model.features.characterNGrams else { return true }
    var areKnown = true
    FeatureExtractor.forEachCharacterNGram(of: text, word, lengths) { hash in areKnown = areKnown && weighs(hash) }
    return areKnown
  }

  private func weighs(_ hash: UInt64) -> Bool {
    let start = FeatureHash.bucket(hash, bits: model.features.bits) * model.columns
    return (start..<start + model.columns).contains { model.weights[$0] != 0 }
  }
}

extension Vocabulary {
  /// Tells words apart that run together: the fewest known words, and the fewest letters that belong to none (which stay together).
  ///
  /// A shortest path by dynamic programming over the places between letters. Short words cost more, for they are found in any text.
  ///
  /// - Parameter range: of folded ASCII letters in `text`.
  /// - Returns: where the words end, ascending; the last is the end of `range`.
  /// - Complexity: O(bytes of the range).
  func wordEnds(in text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> [Int] {
    // Of the letters up to a place: the least that they cost, and the last word or unknown letter of that way.
    var best = [(cost: Int, length: Int, isKnown: Bool)](repeating: (.max, 0, false), count: range.count + 1)
    best[0].cost = 0
    for start in 0..<range.count {
      let cost = best[start].cost
      func offer(_ length: Int, _ more: Int, isKnown: Bool) {
        if cost + more < best[start + length].cost { best[start + length] = (cost + more, length, isKnown) }
      }
      offer(1, Self.costOfUnknownLetter, isKnown: false)
      forEachWord(in: text, from: range.lowerBound + start, upTo: range.upperBound) { end in
        let length = end - range.lowerBound - start
        offer(length, Self.costOfWord[min(length, Self.costOfWord.count - 1)], isKnown: true)
      }
    }
    var ends: [Int] = []
    var end = range.count
    var isBeforeUnknown = false
    while end > 0 {
      let last = best[end]
      if last.isKnown || !isBeforeUnknown { ends.append(range.lowerBound + end) }
      isBeforeUnknown = !last.isKnown
      end -= last.length
    }
    return ends.reversed()
  }

  private static let costOfUnknownLetter = 6
  /// By length in letters, the last for all longer ones.
  private static let costOfWord = [0, 10, 8, 6, 5, 4]
}
