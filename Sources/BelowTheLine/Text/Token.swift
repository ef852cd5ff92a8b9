/// What a token is.
public enum TokenKind: UInt8, Sendable, CaseIterable {
  case word
  case number
  /// A web address. Its folded form is the host without `www.`.
  case url
  /// An e-mail address. Its folded form is the domain.
  case email
  /// `@name`.
  case mention
  /// `#tag`.
  case hashtag
  /// One emoji with its modifiers, variation selectors and joined parts.
  case emoji
  /// Two neighbouring characters of a script that is written without spaces (or one that stands alone).
  case characterBigram
  /// A run of one punctuation character, or of `!` and `?` mixed.
  case punctuation
}

/// One token of a text: its kind, and where it stands.
public struct Token: Sendable, Equatable {
  public var kind: TokenKind
  /// Bytes (UTF-8) of the original text.
  public var range: Range<Int>
  /// Bytes of the folded form within ``TokenBuffer/folded``.
  package var foldedRange: Range<Int>
  /// What was undone in the folded form.
  public var disguises: Disguises = []
}

/// The tokens of one text. Made once and used again, so that tokenizing allocates nothing once the buffers have grown.
public struct TokenBuffer: Sendable {
  /// In the order of their start.
  public internal(set) var tokens: [Token] = []
  /// The folded forms of all tokens, UTF-8, one after another.
  public internal(set) var folded: [UInt8] = []

  public init() {}

  mutating func removeAll() {
    tokens.removeAll(keepingCapacity: true)
    folded.removeAll(keepingCapacity: true)
  }

  /// The case-folded text of a token.
  public func foldedText(of token: Token) -> String {
    String(decoding: folded[token.foldedRange], as: UTF8.self)
  }

  /// Where each token stands in UTF-16 code units of the same text, as editors and browsers count.
  ///
  /// - Complexity: O(bytes).
  public func utf16Ranges(in text: Span<UInt8>) -> [Range<Int>] {
    var units = [Int](repeating: 0, count: text.count + 1)
    var index = 0
    var position = 0
    while index < text.count {
      let (scalar, length) = decodeScalar(text, at: index)
      for offset in 0..<length { units[index + offset] = position }
      position += scalar > 0xFFFF ? 2 : 1
      index += length
    }
    units[text.count] = position
    return tokens.map { units[$0.range.lowerBound]..<units[$0.range.upperBound] }
  }
}
