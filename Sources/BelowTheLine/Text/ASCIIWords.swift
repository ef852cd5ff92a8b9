/// The fast path of the tokenizer: plain words of ASCII letters, short contractions (`don't`), single punctuation marks and the space
/// between them, which is what most of most comments is. A word is found, folded and copied eight bytes at a time.
///
/// Everything else (digits, names, addresses, disguises, other scripts) is left to ``Tokenizer``, one token at a time.
enum ASCIIWords {
  /// Longer words are left to the general path.
  private static let maximumLength = 14

  /// Appends tokens up to the first that is not plain.
  ///
  /// - Returns: where that one begins; the end of the text where all are plain.
  static func append(from text: Span<UInt8>, at start: Int, to buffer: inout TokenBuffer) -> Int {
    var end = start
    let foldedStart = buffer.folded.count
    text.withUnsafeBufferPointer { text in
      roles.withUnsafeBufferPointer { roles in
        // A token takes a byte of text at least; registers are written whole, up to sixteen bytes behind the last word.
        buffer.append(tokens: text.count - start, folded: text.count - start + 16) { room in
          var index = start
          var written = (tokens: 0, folded: 0)
          while index < text.count {
            let role = roles[Int(text[index])]
            if role & Role.space != 0 {
              index &+= 1
              continue
            }
            let target = room.folded + written.folded
            let isLetter = role & Role.letter != 0
            guard let (length, key) = isLetter ? word(text, at: index, to: target, roles) : mark(text, at: index, role, to: target, roles)
            else { break }
            let foldedEnd = foldedStart &+ written.folded
            room.keys[written.tokens] = key
            room.tokens[written.tokens] = Token(
              isLetter ? .word : .punctuation, start: index, end: index &+ length, foldedStart: foldedEnd,
              foldedEnd: foldedEnd &+ length)
            written.tokens &+= 1
            written.folded &+= length
            index &+= length
            // What follows a token most often.
            if index < text.count, text[index] == 0x20 { index &+= 1 }
          }
          end = index
          return written
        }
      }
    }
    return end
  }

  /// The plain word that begins here, its folded form written to `target`; nil where it is not plain.
  @inline(__always)
  private static func word(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, to target: UnsafeMutablePointer<UInt8>, _ roles: UnsafeBufferPointer<UInt8>
  ) -> (length: Int, key: WordKey)? {
    let word = EightBytes.load(text, at: start)
    var length = EightBytes.letters(word)
    let folded = EightBytes.fold(word)
    if EightBytes.hasRunOfThree(folded, count: length) { return nil }
    EightBytes.store(folded, at: target)
    guard length == 8 else {
      let behind = EightBytes.byte(length, of: word)
      if roles[Int(behind)] & Role.endsWord == 0 {
        guard behind == UInt8(ascii: "'") else { return nil }
        length = contraction(word, length, roles)
        if length == 0 { return nil }
      } else if length == 1, behind == UInt8(ascii: ".") || behind == EightBytes.byte(3, of: word) {
        // `U.S.` and `s p a c e d` begin with a single letter and a sign; the latter has the same sign again after the next letter.
        return nil
      }
      return (length, WordKey(word: EightBytes.prefix(folded, length), 0))
    }
    let rest = EightBytes.load(text, at: start &+ 8)
    let more = EightBytes.letters(rest)
    length &+= more
    guard length <= maximumLength, roles[Int(EightBytes.byte(more, of: rest))] & Role.endsWord != 0 else { return nil }
    let overlap = EightBytes.fold(EightBytes.load(text, at: start &+ 6))
    if EightBytes.hasRunOfThree(overlap, count: length &- 6) { return nil }
    let foldedRest = EightBytes.fold(rest)
    EightBytes.store(foldedRest, at: target + 8)
    return (length, WordKey(word: folded, EightBytes.prefix(foldedRest, more)))
  }

  /// The length of a word with an apostrophe after `first` letters that ends within `word`; 0 where there is none such.
  @inline(__always)
  private static func contraction(_ word: UInt64, _ first: Int, _ roles: UnsafeBufferPointer<UInt8>) -> Int {
    let rest = word >> UInt64(8 * first + 8)
    let second = EightBytes.letters(rest)
    let length = first + 1 + second
    guard length < 8 else { return 0 }
    let behind = EightBytes.byte(second, of: rest)
    guard roles[Int(behind)] & Role.endsWord != 0 else { return 0 }
    // A quotation that ends: the apostrophe is no part of the word.
    if second == 0 { return first }
    if EightBytes.hasRunOfThree(EightBytes.fold(rest), count: second) || second == 1 && behind == UInt8(ascii: ".") { return 0 }
    return length
  }

  /// The mark that stands here alone, written to `target`; nil where it is none, or the first of a run.
  @inline(__always)
  private static func mark(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, _ role: UInt8, to target: UnsafeMutablePointer<UInt8>,
    _ roles: UnsafeBufferPointer<UInt8>
  ) -> (length: Int, key: WordKey)? {
    guard role & Role.mark != 0 else { return nil }
    let mark = text[start]
    if start &+ 1 < text.count {
      let next = text[start &+ 1]
      if next == mark || role & roles[Int(next)] & Role.exclamation != 0 { return nil }
    }
    target.pointee = mark
    return (1, WordKey(hash: FeatureHash.extend(FeatureHash.seed(TokenKind.punctuation.rawValue), mark), length: 1))
  }
}

/// What a byte may be to the fast path, as bits. A byte without any is left to the general path.
private enum Role {
  static let space: UInt8 = 1
  static let letter: UInt8 = 2
  /// A token of its own, unless it is followed by its like.
  static let mark: UInt8 = 4
  /// `!` and `?`, which mix.
  static let exclamation: UInt8 = 8
  /// Behind two or more letters it can only end a word. `'` `_` `@` `$` and digits may continue one, `:` may belong to an address.
  static let endsWord: UInt8 = 16
}

private let roles: [UInt8] = (0..<256).map { (byte: Int) -> UInt8 in
  guard byte < 0x80 else { return 0 }
  switch UInt8(byte) {
  case 0...0x20, 0x7F: return Role.space | Role.endsWord
  case 0x41...0x5A, 0x61...0x7A: return Role.letter
  case 0x30...0x39, UInt8(ascii: "@"): return 0
  case UInt8(ascii: "#"): return Role.endsWord
  case UInt8(ascii: "!"), UInt8(ascii: "?"): return Role.mark | Role.exclamation | Role.endsWord
  case UInt8(ascii: "'"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: ":"): return Role.mark
  default: return Role.mark | Role.endsWord
  }
}
