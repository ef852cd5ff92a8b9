/// What a token is.
public enum TokenKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
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
public struct Token: Sendable, Equatable, BitwiseCopyable {
  /// Tells its feature from others.
  package fileprivate(set) var key: WordKey
  // Small numbers, because a token is written and read for every word of every comment.
  private let start: UInt32
  private let end: UInt32
  private let foldedStart: UInt32
  private let foldedEnd: UInt32
  public let kind: TokenKind
  /// What was undone in the folded form.
  public let disguises: Disguises
  /// Whether it stands in a quotation of several words; false where the tokenizer does not look for any.
  public internal(set) var isQuoted = false

  /// Without a key, which it gets in a ``TokenBuffer``.
  init(_ kind: TokenKind, _ range: Range<Int>, folded: Range<Int>, _ disguises: Disguises = []) {
    self.init(
      kind, WordKey(hash: 0, length: 0), start: range.lowerBound, end: range.upperBound, foldedStart: folded.lowerBound,
      foldedEnd: folded.upperBound, disguises)
  }

  @inline(__always)
  init(_ kind: TokenKind, _ key: WordKey, start: Int, end: Int, foldedStart: Int, foldedEnd: Int, _ disguises: Disguises = []) {
    self.kind = kind
    self.key = key
    self.disguises = disguises
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
    self.foldedStart = UInt32(truncatingIfNeeded: foldedStart)
    self.foldedEnd = UInt32(truncatingIfNeeded: foldedEnd)
  }

  /// Bytes (UTF-8) of the original text.
  public var range: Range<Int> { Int(start)..<Int(end) }
  /// Bytes of the folded form within ``TokenBuffer/folded``.
  package var foldedRange: Range<Int> { Int(foldedStart)..<Int(foldedEnd) }
}

/// The tokens of one text, at most 2 GiB long. Made once and used again, so that tokenizing allocates nothing once the buffers have grown.
public struct TokenBuffer: Sendable {
  /// Where the folded forms of tokens stand, UTF-8: the text with its ASCII letters folded, and behind it what has another form.
  public internal(set) var folded: [UInt8] = []
  /// How many tokens the text has.
  public private(set) var count = 0
  private var memory = TokenMemory(bytes: 512)
  /// Words in which digits stood for letters.
  var leetWords = 0
  /// Whether any token is quoted.
  private(set) var hasQuotations = false

  public init() {}

  /// In the order of their start.
  ///
  /// - Complexity: O(tokens): they are copied.
  public var tokens: [Token] { Array(UnsafeBufferPointer(start: memory.tokens, count: count)) }

  public subscript(index: Int) -> Token {
    precondition(0..<count ~= index, "no such token")
    return memory.tokens[index]
  }

  /// Empties the buffer and takes a text, with room for what is folded otherwise, so that what grows is never copied while it is filled.
  mutating func begin(_ text: Span<UInt8>) {
    leetWords = 0
    hasQuotations = false
    count = 0
    if memory.bytes < text.count {
      memory = TokenMemory(bytes: max(text.count, 2 * memory.bytes))
    } else if !isKnownUniquelyReferenced(&memory) {
      // A copy holds what would be overwritten.
      memory = TokenMemory(bytes: memory.bytes)
    }
    folded.removeAll(keepingCapacity: true)
    let paddedCount = ByteClasses.paddedCount(text.count)
    // Bigrams hold every character twice.
    folded.reserveCapacity(paddedCount + 2 * text.count + 16)
    text.withUnsafeBufferPointer { text in
      folded.append(addingCapacity: paddedCount) { folded in
        folded.withUnsafeMutableBufferPointer { folded, count in
          guard let start = folded.baseAddress else { return }
          if let bytes = text.baseAddress { start.initialize(from: bytes, count: text.count) }
          (start + text.count).initialize(repeating: 0, count: paddedCount - text.count)
          ByteClasses.find(foldingLettersOf: start, count: text.count, memory.classes)
          count = paddedCount
        }
      }
    }
  }

  mutating func append(_ token: Token) {
    precondition(count < memory.bytes, "more tokens than bytes")
    var token = token
    token.key = folded.withUnsafeBufferPointer { WordKey(token, in: $0) }
    (memory.tokens + count).initialize(to: token)
    count += 1
  }

  /// - Parameter body: marks tokens as quoted; returns whether there are any.
  @inline(__always)
  mutating func markQuotations(_ body: (UnsafeMutableBufferPointer<Token>, _ folded: UnsafeBufferPointer<UInt8>) -> Bool) {
    hasQuotations = folded.withUnsafeBufferPointer { body(UnsafeMutableBufferPointer(start: memory.tokens, count: count), $0) }
  }

  /// Memory behind the last token, and what is known of the text.
  struct Room {
    let tokens: UnsafeMutablePointer<Token>
    /// From the first of the folded forms.
    let folded: UnsafeMutablePointer<UInt8>
    /// Where the next may stand.
    let foldedEnd: Int
    let classes: UnsafePointer<ByteClasses.Block>
  }

  /// Appends what `write` puts into memory with room for a token a byte of the text, and for so many bytes of folded forms.
  ///
  /// - Parameter write: returns how many it wrote.
  @inline(__always)
  mutating func append(folded foldedRoom: Int, _ write: (Room) -> (tokens: Int, folded: Int)) {
    let foldedCount = folded.count
    folded.append(addingCapacity: foldedRoom) { folded in
      folded.withUnsafeMutableBufferPointer { folded, addedCount in
        guard let folded = folded.baseAddress else { return }
        let added = write(
          Room(
            tokens: memory.tokens + count, folded: folded - foldedCount, foldedEnd: foldedCount, classes: memory.classes))
        count += added.tokens
        addedCount = added.folded
      }
    }
  }

  @inline(__always)
  func withUnsafeTokens<Result>(
    _ body: (UnsafeBufferPointer<Token>, _ folded: UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    folded.withUnsafeBufferPointer { folded in
      // What stands in it outlives the call.
      withExtendedLifetime(memory) { body(UnsafeBufferPointer(start: memory.tokens, count: count), folded) }
    }
  }

  /// The case-folded text of a token.
  public func foldedText(of token: Token) -> String {
    String(decoding: folded[token.foldedRange], as: UTF8.self)
  }

  /// Where each token stands in UTF-16 code units of the same text, as editors and browsers count.
  ///
  /// - Complexity: O(bytes).
  public func utf16Ranges(in text: Span<UInt8>) -> [Range<Int>] {
    let isASCII = text.withUnsafeBufferPointer { bytes in bytes.reduce(0) { $0 | $1 } < 0x80 }
    if isASCII { return tokens.map(\.range) }
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

/// Memory for the tokens of texts up to some length, none of which is touched before it is needed.
private final class TokenMemory: @unchecked Sendable {
  /// Of a text: it has no more tokens.
  let bytes: Int
  let tokens: UnsafeMutablePointer<Token>
  let classes: UnsafeMutablePointer<ByteClasses.Block>

  init(bytes: Int) {
    self.bytes = bytes
    tokens = .allocate(capacity: bytes)
    classes = .allocate(capacity: ByteClasses.blocks(bytes))
  }

  deinit {
    tokens.deallocate()
    classes.deallocate()
  }
}
