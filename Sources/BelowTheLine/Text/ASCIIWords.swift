/// The fast path of the tokenizer: plain words of ASCII letters, short contractions (`don't`), words with accents, numbers, punctuation
/// and the space between them, which is what nearly all of most comments is. A word of ASCII is found, folded and copied eight bytes
/// at a time.
///
/// Everything else (names, addresses, disguises, other scripts) is left to ``Tokenizer``, one token at a time.
enum ASCIIWords {
  /// Longer words are left to the general path.
  private static let maximumLength = 14

  /// A token that was found: its bytes in the text and in its folded form, and what tells it from others.
  private struct Found {
    let kind: TokenKind
    let length: Int
    let foldedLength: Int
    let key: WordKey
  }

  /// Appends tokens up to the first that is not plain.
  ///
  /// - Returns: where that one begins; the end of the text where all are plain.
  static func append(from text: Span<UInt8>, at start: Int, to buffer: inout TokenBuffer) -> Int {
    var end = start
    let foldedStart = buffer.folded.count
    text.withUnsafeBufferPointer { text in
      // A token takes a byte of text at least; registers are written whole, up to sixteen bytes behind the last word.
      buffer.append(tokens: text.count - start, folded: text.count - start + 16) { room in
        var index = start
        var written = (tokens: 0, folded: 0)
        tables.withUnsafeBufferPointers { tables in
          while index < text.count {
            let role = tables.roles[Int(text[index])]
            if role & Role.space != 0 {
              index &+= 1
              continue
            }
            let target = room.folded + written.folded
            let found: Found?
            if role & Role.letter != 0 {
              found = word(text, at: index, to: target, tables)
            } else if role & Role.mark != 0 {
              found = mark(text, at: index, role, to: target, tables)
            } else {
              found = other(text, at: index, role, to: target, tables)
            }
            guard let found else { break }
            let foldedEnd = foldedStart &+ written.folded
            room.keys[written.tokens] = found.key
            room.tokens[written.tokens] = Token(
              found.kind, start: index, end: index &+ found.length, foldedStart: foldedEnd, foldedEnd: foldedEnd &+ found.foldedLength)
            written.tokens &+= 1
            written.folded &+= found.foldedLength
            index &+= found.length
            // What follows a token most often.
            if index < text.count, text[index] == 0x20 { index &+= 1 }
          }
        }
        end = index
        return written
      }
    }
    return end
  }

  // MARK: Words

  /// The plain word that begins here, its folded form written to `target`; nil where it is not plain.
  @inline(__always)
  private static func word(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, to target: UnsafeMutablePointer<UInt8>, _ tables: Tables.Pointers
  ) -> Found? {
    let word = EightBytes.load(text, at: start)
    let length = EightBytes.letters(word)
    let folded = EightBytes.fold(word)
    if EightBytes.hasRunOfThree(folded, count: length) { return nil }
    EightBytes.store(folded, at: target)
    guard length == 8 else {
      let behind = EightBytes.byte(length, of: word)
      if tables.roles[Int(behind)] & Role.endsWord == 0 {
        return behind == UInt8(ascii: "'") || behind >= 0x80 ? accentedWord(text, at: start, to: target, tables) : nil
      }
      if length == 1, behind == UInt8(ascii: ".") || behind == EightBytes.byte(3, of: word) {
        // `U.S.` and `s p a c e d` begin with a single letter and a sign; the latter has the same sign again after the next letter.
        return nil
      }
      return Found(kind: .word, length: length, foldedLength: length, key: WordKey(word: EightBytes.prefix(folded, length), 0))
    }
    let rest = EightBytes.load(text, at: start &+ 8)
    let more = EightBytes.letters(rest)
    let behind = EightBytes.byte(more, of: rest)
    guard length &+ more <= maximumLength else { return nil }
    if tables.roles[Int(behind)] & Role.endsWord == 0 {
      return behind == UInt8(ascii: "'") || behind >= 0x80 ? accentedWord(text, at: start, to: target, tables) : nil
    }
    let overlap = EightBytes.fold(EightBytes.load(text, at: start &+ 6))
    if EightBytes.hasRunOfThree(overlap, count: more &+ 2) { return nil }
    let foldedRest = EightBytes.fold(rest)
    EightBytes.store(foldedRest, at: target + 8)
    return Found(
      kind: .word, length: length &+ more, foldedLength: length &+ more, key: WordKey(word: folded, EightBytes.prefix(foldedRest, more)))
  }

  /// The same of a word with apostrophes or with Latin letters of two bytes.
  @inline(never)
  private static func accentedWord(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, to target: UnsafeMutablePointer<UInt8>, _ tables: Tables.Pointers
  ) -> Found? {
    var index = start
    var length = 0
    // Of the letters since the beginning or the last apostrophe.
    var segment = 0
    while index < text.count, length <= maximumLength {
      let byte = text[index]
      if tables.roles[Int(byte)] & Role.letter != 0 {
        target[length] = byte | 0x20
        if segment >= 2, target[length] == target[length - 1], target[length] == target[length - 2] { return nil }
        (index, length, segment) = (index + 1, length + 1, segment + 1)
      } else if tables.roles[Int(byte)] & Role.accent != 0 {
        let folded = latinLetter(text, at: index, tables)
        guard folded != 0 else { return nil }
        target[length] = UInt8(truncatingIfNeeded: 0xC0 | folded >> 6)
        target[length + 1] = UInt8(truncatingIfNeeded: 0x80 | folded & 0x3F)
        (index, length, segment) = (index + 2, length + 2, segment + 1)
      } else if segment > 0, let next = behindApostrophe(text, at: index), next < text.count {
        let role = tables.roles[Int(text[next])]
        // A quotation that ends: the apostrophe is no part of the word.
        if role & Role.endsWord != 0 { break }
        guard role & Role.letter != 0 || role & Role.accent != 0 && latinLetter(text, at: next, tables) != 0 else { return nil }
        target[length] = UInt8(ascii: "'")
        (index, length, segment) = (next, length + 1, 0)
      } else {
        guard tables.roles[Int(byte)] & Role.endsWord != 0, !(segment == 1 && byte == UInt8(ascii: ".")) else { return nil }
        break
      }
    }
    guard length <= maximumLength else { return nil }
    let folded = UnsafeBufferPointer(start: UnsafePointer(target), count: length)
    let (first, rest) = (EightBytes.load(folded, at: 0), length > 8 ? EightBytes.load(folded, at: 8) : 0)
    return Found(kind: .word, length: index - start, foldedLength: length, key: WordKey(word: first, rest))
  }

  /// The folded form of the letter of two bytes that begins here; 0 where there is none.
  @inline(__always)
  private static func latinLetter(_ text: UnsafeBufferPointer<UInt8>, at index: Int, _ tables: Tables.Pointers) -> UInt16 {
    guard index &+ 1 < text.count, text[index &+ 1] & 0xC0 == 0x80 else { return 0 }
    return tables.latin[Int(text[index] & 0x1F) << 6 | Int(text[index &+ 1] & 0x3F)]
  }

  /// What stands behind the apostrophe, plain or typographic, that stands here; nil where there is none.
  @inline(__always)
  private static func behindApostrophe(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
    if text[index] == UInt8(ascii: "'") { return index &+ 1 }
    let isTypographic =
      index &+ 2 < text.count && text[index] == 0xE2 && text[index &+ 1] == 0x80 && (text[index &+ 2] | 1) == 0x99
    return isTypographic ? index &+ 3 : nil
  }

  // MARK: Punctuation and numbers

  /// The mark that stands here, or the run of it, written to `target`.
  @inline(__always)
  private static func mark(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, _ role: UInt8, to target: UnsafeMutablePointer<UInt8>, _ tables: Tables.Pointers
  ) -> Found? {
    let mark = text[start]
    target.pointee = mark
    var hash = FeatureHash.extend(FeatureHash.seed(TokenKind.punctuation.rawValue), mark)
    var index = start &+ 1
    var length = 1
    while index < text.count, text[index] == mark || role & tables.roles[Int(text[index])] & Role.exclamation != 0 {
      if length < 3 {
        target[length] = text[index]
        hash = FeatureHash.extend(hash, text[index])
        length &+= 1
      }
      index &+= 1
    }
    return Found(kind: .punctuation, length: index &- start, foldedLength: length, key: WordKey(hash: hash, length: length))
  }

  /// A word that begins with an accent, a number, or a quotation mark or dash of three bytes.
  @inline(never)
  private static func other(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, _ role: UInt8, to target: UnsafeMutablePointer<UInt8>, _ tables: Tables.Pointers
  ) -> Found? {
    if role & Role.accent != 0 { return accentedWord(text, at: start, to: target, tables) }
    if role & Role.digit != 0 { return number(text, at: start, to: target, tables) }
    return text[start] == 0xE2 ? typographicMark(text, at: start, to: target) : nil
  }

  /// Digits alone.
  @inline(__always)
  private static func number(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, to target: UnsafeMutablePointer<UInt8>, _ tables: Tables.Pointers
  ) -> Found? {
    var index = start
    var hash = FeatureHash.seed(TokenKind.number.rawValue)
    while index < text.count, tables.roles[Int(text[index])] & Role.digit != 0, index - start < maximumLength {
      target[index - start] = text[index]
      hash = FeatureHash.extend(hash, text[index])
      index += 1
    }
    if index < text.count {
      guard tables.roles[Int(text[index])] & Role.endsWord != 0 else { return nil }
      // Within a number if a digit follows: `1,000`, `9/11`.
      let isInner = text[index] == UInt8(ascii: ",") || text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: "/")
      if isInner, index + 1 < text.count, tables.roles[Int(text[index + 1])] & Role.digit != 0 || text[index + 1] >= 0x80 { return nil }
    }
    let length = index - start
    return Found(kind: .number, length: length, foldedLength: length, key: WordKey(hash: hash, length: length))
  }

  /// `–` `—` `“` `”` `…` alone.
  @inline(__always)
  private static func typographicMark(_ text: UnsafeBufferPointer<UInt8>, at start: Int, to target: UnsafeMutablePointer<UInt8>) -> Found? {
    let word = EightBytes.load(text, at: start)
    guard start + 3 <= text.count, (word ^ word >> 24) & 0xFF_FFFF != 0, EightBytes.byte(1, of: word) == 0x80 else { return nil }
    switch EightBytes.byte(2, of: word) {
    case 0x93, 0x94, 0x9C, 0x9D, 0xA6: break
    default: return nil
    }
    var hash = FeatureHash.seed(TokenKind.punctuation.rawValue)
    for offset in 0..<3 {
      target[offset] = text[start + offset]
      hash = FeatureHash.extend(hash, text[start + offset])
    }
    return Found(kind: .punctuation, length: 3, foldedLength: 3, key: WordKey(hash: hash, length: 3))
  }
}

/// What a byte may be to the fast path, as bits. A byte without any is left to the general path.
private enum Role {
  static let space: UInt8 = 1
  static let letter: UInt8 = 2
  /// A token of its own, or with its like.
  static let mark: UInt8 = 4
  /// `!` and `?`, which mix.
  static let exclamation: UInt8 = 8
  /// Behind two or more letters it can only end a word. `'` `_` `@` `$` and digits may continue one, `:` may belong to an address.
  static let endsWord: UInt8 = 16
  static let digit: UInt8 = 32
  /// The first byte of letters in ``Tables/latin``.
  static let accent: UInt8 = 64

  static func of(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0...0x20, 0x7F: space | endsWord
    case 0x41...0x5A, 0x61...0x7A: letter
    case 0x30...0x39: digit
    case UInt8(ascii: "@"): 0
    case UInt8(ascii: "#"): endsWord
    case UInt8(ascii: "!"), UInt8(ascii: "?"): mark | exclamation | endsWord
    case UInt8(ascii: "'"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: ":"): mark
    case 0xC3...0xC8: accent
    case 0x80...: 0
    default: mark | endsWord
    }
  }
}

/// What the fast path looks up.
private struct Tables {
  /// Of each byte.
  private let roles: [UInt8]
  /// The folded form of each letter below U+0240 that has two bytes, as its folded form has; 0 for all else.
  private let latin: [UInt16]

  init() {
    roles = (0..<256).map { Role.of(UInt8($0)) }
    latin = (0..<0x240).map { (value: UInt32) -> UInt16 in
      let (table, letters) = (CharacterTable.shared, 0xC0..<0x240 as Range<UInt32>)
      guard letters ~= value, table.characterClass(of: value) == .letter, letters ~= table.fold(value) else { return 0 }
      return UInt16(table.fold(value))
    }
  }

  struct Pointers {
    let roles: UnsafeBufferPointer<UInt8>
    let latin: UnsafeBufferPointer<UInt16>
  }

  @inline(__always)
  func withUnsafeBufferPointers(_ body: (Pointers) -> Void) {
    roles.withUnsafeBufferPointer { roles in latin.withUnsafeBufferPointer { latin in body(Pointers(roles: roles, latin: latin)) } }
  }
}

private let tables = Tables()
