/// How many of a text's words a model met in training: where they are few, in another language most of all, its scores mean little.
///
/// As far as the model's table tells: a word that was never met is taken for known where others stand in all of its buckets.
public struct Familiarity: Sendable, Equatable {
  /// Words, and pairs of characters in scripts without spaces; no numbers, names or addresses.
  public let words: Int
  /// 0...``words``.
  public let knownWords: Int

  /// With fewer words it is chance.
  static let fewestWords = 5

  /// Whether less than half of the words are known; nil of a text of fewer than five.
  ///
  /// Of readers' comments in a language that the shipped model has learnt a hundredth are unfamiliar, in others four fifths and more.
  public var isUnfamiliar: Bool? { words < Self.fewestWords ? nil : 2 * knownWords < words }
}

extension Scorer {
  /// - Returns: nil where no label of the model looks at words.
  /// - Complexity: O(bytes).
  public func familiarity(of text: Span<UInt8>) -> Familiarity? {
    guard model.heads.contains(where: \.usesText) else { return nil }
    var buffer = TokenBuffer()
    tokenizer.tokenize(text, into: &buffer)
    let vocabulary = Vocabulary(model)
    var words = 0
    var knownWords = 0
    for index in 0..<buffer.count where buffer[index].kind == .word || buffer[index].kind == .characterBigram {
      words += 1
      if vocabulary.knows(buffer[index], of: buffer) { knownWords += 1 }
    }
    return Familiarity(words: words, knownWords: knownWords)
  }

  public func familiarity(of text: String) -> Familiarity? { familiarity(of: text.utf8Span.span) }
}
