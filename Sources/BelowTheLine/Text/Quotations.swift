/// Finds what a comment quotes: words in quotation marks, beside words of its own. They are somebody else's, most often of the one whom the
/// comment answers, so features can keep them apart (``FeatureSpace/separatesQuotations``).
///
///     “they put something in the water” lol sure grandpa
///       ^^^^ ^^^ ^^^^^^^^^ ^^ ^^^ ^^^^^
enum Quotations {
  /// In shorter ones a word is mentioned, or meant as irony.
  private static let leastWords = 4
  /// With fewer outside, all that a comment says is in quotation marks.
  private static let leastOwnWords = 3
  /// A mark without a counterpart within so many tokens opens nothing.
  private static let longestSpan = 80

  /// - Complexity: O(bytes), and for each quotation mark O(tokens up to its counterpart), 80 at most.
  static func mark(_ buffer: inout TokenBuffer, in text: Span<UInt8>) {
    guard text.withUnsafeBufferPointer({ mayQuote($0) }) else { return }
    buffer.markQuotations { tokens, folded in
      var ownWords = 0
      var hasQuotations = false
      forEachStretch(of: UnsafeBufferPointer(tokens), folded) { _, words, isQuotation in
        if isQuotation { hasQuotations = true } else { ownWords += words }
      }
      guard hasQuotations, ownWords >= leastOwnWords else { return false }
      forEachStretch(of: UnsafeBufferPointer(tokens), folded) { stretch, _, isQuotation in
        if isQuotation { for index in stretch.dropFirst().dropLast() { tokens[index].isQuoted = true } }
      }
      return true
    }
  }

  /// Whether there are two marks, looked for without the tokens: most texts have none.
  private static func mayQuote(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var marks = 0
    /// Counts a byte where what follows can be the rest of a mark.
    func count(_ lead: UInt8, _ isRest: (UInt32) -> Bool) {
      var start = 0
      while marks < 2, let index = ByteSearch.index(of: lead, in: text, from: start) {
        if isRest(UInt32(truncatingIfNeeded: EightBytes.load(text, at: index + 1))) { marks += 1 }
        start = index + 1
      }
    }
    count(UInt8(ascii: "\"")) { _ in true }
    // The rest of “ ” „, and of « ».
    count(0xE2) { $0 & 0xFFFF == 0x9C80 || $0 & 0xFFFF == 0x9D80 || $0 & 0xFFFF == 0x9E80 }
    count(0xC2) { $0 & 0xFF == 0xAB || $0 & 0xFF == 0xBB }
    return marks == 2
  }

  /// Calls `body` with stretches of tokens one behind the other and their words: a quotation with its marks, or what stands outside.
  @inline(__always)
  private static func forEachStretch(
    of tokens: UnsafeBufferPointer<Token>, _ folded: UnsafeBufferPointer<UInt8>,
    _ body: (_ stretch: Range<Int>, _ words: Int, _ isQuotation: Bool) -> Void
  ) {
    var index = 0
    while index < tokens.count {
      if let quotation = quotation(at: index, tokens, folded) {
        body(index..<quotation.end + 1, quotation.words, quotation.words >= leastWords)
        index = quotation.end + 1
      } else {
        body(index..<index + 1, isWord(tokens[index]) ? 1 : 0, false)
        index += 1
      }
    }
  }

  private static func isWord(_ token: Token) -> Bool { token.kind != .punctuation }

  /// The quotation that begins at a token: the mark that ends it, and how many words stand between; nil where none begins.
  @inline(__always)
  private static func quotation(at start: Int, _ tokens: UnsafeBufferPointer<Token>, _ folded: UnsafeBufferPointer<UInt8>)
    -> (end: Int, words: Int)?
  {
    guard role(tokens[start], folded).opens else { return nil }
    var words = 0
    for index in start + 1..<min(start + longestSpan, tokens.count) {
      if isWord(tokens[index]) {
        words += 1
      } else if index > start + 1, role(tokens[index], folded).closes {
        return (index, words)
      }
    }
    return nil
  }

  /// What a quotation mark that stands alone may do: `"` `“` `«` and `»` both, as usage differs, `„` and `”` one.
  @inline(__always)
  private static func role(_ token: Token, _ folded: UnsafeBufferPointer<UInt8>) -> (opens: Bool, closes: Bool) {
    guard token.kind == .punctuation else { return (false, false) }
    let range = token.foldedRange
    switch (folded[range.lowerBound], range.count) {
    case (UInt8(ascii: "\""), 1): return (true, true)
    case (0xC2, 2):
      let isGuillemet = folded[range.lowerBound + 1] == 0xAB || folded[range.lowerBound + 1] == 0xBB
      return (isGuillemet, isGuillemet)
    case (0xE2, 3) where folded[range.lowerBound + 1] == 0x80:
      let last = folded[range.lowerBound + 2]
      return (last == 0x9C || last == 0x9E, last == 0x9C || last == 0x9D)
    default: return (false, false)
    }
  }
}
