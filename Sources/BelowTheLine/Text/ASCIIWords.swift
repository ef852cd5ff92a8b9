/// The fast path of the tokenizer: plain words of ASCII letters, short contractions (`don't`), words with accents, numbers, punctuation
/// and the space between them, which is what nearly all of most comments is. ``ByteClasses`` says where they begin and end.
///
/// Everything else (names, addresses, disguises, other scripts) is left to ``Tokenizer``, one token at a time.
enum ASCIIWords {
  /// Longer words with apostrophes or accents, and longer numbers, are left to the general path.
  private static let maximumLength = 14

  /// A token that was found: its length in the text, its folded form, and what tells it from others.
  private struct Found {
    let kind: TokenKind
    let length: Int
    let foldedStart: Int
    let foldedLength: Int
    let key: WordKey
  }

  /// Appends tokens up to the first that is not plain.
  ///
  /// - Returns: where that one begins; the end of the text where all are plain.
  static func append(from text: Span<UInt8>, at start: Int, to buffer: inout TokenBuffer) -> Int {
    var end = start
    text.withUnsafeBufferPointer { text in
      // Registers are written whole behind the folded forms.
      buffer.append(folded: text.count - start + 16) { room in
        tables.withUnsafeBufferPointers { tables in
          let written = write(text, from: start, room, tables)
          end = written.end
          return (written.tokens, written.folded)
        }
      }
    }
    return end
  }

  private static func write(_ text: UnsafeBufferPointer<UInt8>, from start: Int, _ room: TokenBuffer.Room, _ tables: Tables.Pointers)
    -> (end: Int, tokens: Int, folded: Int)
  {
    let last = ByteClasses.blocks(text.count) - 1
    var token = room.tokens
    var folded = 0
    if room.classes[start >> 6].isWithinWord(start & 63) { return (start, 0, 0) }
    // The blocks in which tokens begin and end: a word may end in a later one than it begins. There are as many ends as beginnings.
    var (first, firstOfEnds) = (start & ~63, start & ~63)
    var (begins, ends, plainEnds) = room.classes[start >> 6].from(start & 63)
    while true {
      while begins == 0 {
        if first >> 6 == last { return (text.count, token - room.tokens, folded) }
        first &+= 64
        begins = room.classes[first >> 6].begins
      }
      while ends == 0, firstOfEnds >> 6 < last {
        firstOfEnds &+= 64
        (ends, plainEnds) = (room.classes[firstOfEnds >> 6].ends, room.classes[firstOfEnds >> 6].plainEnds)
      }
      let endBit = UInt64(truncatingIfNeeded: ends.trailingZeroBitCount)
      let (index, end) = (first &+ begins.trailingZeroBitCount, firstOfEnds &+ Int(truncatingIfNeeded: endBit))
      begins &= begins &- 1
      ends &= ends &- 1
      let length = end &- index
      if plainEnds &>> endBit & 1 != 0, length <= WordKey.maximumLength {
        // Words and marks alike: which it is would be guessed wrong too often.
        let kind = tables.kinds[Int(room.folded[index])]
        let key = WordKey(word: room.folded + index, count: length, masks: tables.masks)
        token.initialize(to: Token(kind, key, start: index, end: end, foldedStart: index, foldedEnd: end))
        token += 1
        continue
      }
      guard let found = irregular(text, index..<end, room, folded, tables) else { return (index, token - room.tokens, folded) }
      let foundEnd = index &+ found.length
      token.initialize(
        to: Token(
          found.kind, found.key, start: index, end: foundEnd, foldedStart: found.foldedStart,
          foldedEnd: found.foldedStart &+ found.foldedLength))
      token += 1
      // Behind the text, where it was folded otherwise.
      if found.foldedStart != index { folded &+= found.foldedLength }
      // What is left of a word is a word in other ways.
      if room.classes[foundEnd >> 6].isWithinWord(foundEnd & 63) { return (foundEnd, token - room.tokens, folded) }
      (first, firstOfEnds) = (foundEnd & ~63, foundEnd & ~63)
      (begins, ends, plainEnds) = room.classes[foundEnd >> 6].from(foundEnd & 63)
    }
  }

  // MARK: Words

  /// A token that ``ByteClasses`` do not call plain; nil where it is not plain in other ways.
  ///
  /// - Parameter letters: those that it begins with.
  @inline(never)
  private static func irregular(
    _ text: UnsafeBufferPointer<UInt8>, _ letters: Range<Int>, _ room: TokenBuffer.Room, _ folded: Int, _ tables: Tables.Pointers
  ) -> Found? {
    let start = letters.lowerBound
    let role = tables.roles[Int(text[start])]
    if role & Role.mark != 0 { return marks(text, at: start, role, tables) }
    if role & Role.accent != 0 { return accentedWord(text, at: start, room.folded, room.foldedEnd &+ folded, tables) }
    if role & Role.digit != 0 { return number(text, at: start, tables) }
    if role & Role.letter == 0 { return text[start] == 0xE2 ? typographicMark(text, at: start) : nil }
    let behind = letters.upperBound
    guard behind < text.count, text[behind] == UInt8(ascii: "'") || text[behind] >= 0x80 else { return nil }
    return accentedWord(text, at: start, room.folded, room.foldedEnd &+ folded, tables)
  }

  /// A word with apostrophes or with Latin letters of two bytes, folded behind the folded forms so far.
  private static func accentedWord(
    _ text: UnsafeBufferPointer<UInt8>, at start: Int, _ folded: UnsafeMutablePointer<UInt8>, _ foldedStart: Int, _ tables: Tables.Pointers
  ) -> Found? {
    let target = folded + foldedStart
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
    return Found(
      kind: .word, length: index - start, foldedStart: foldedStart, foldedLength: length, key: WordKey(word: first, rest))
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

  /// The run of marks that begins here.
  private static func marks(_ text: UnsafeBufferPointer<UInt8>, at start: Int, _ role: UInt8, _ tables: Tables.Pointers) -> Found? {
    let mark = text[start]
    var index = start &+ 1
    while index < text.count, text[index] == mark || role & tables.roles[Int(text[index])] & Role.exclamation != 0 { index &+= 1 }
    let length = min(index &- start, 3)
    return Found(
      kind: .punctuation, length: index &- start, foldedStart: start, foldedLength: length,
      key: length == 1 ? WordKey(word: UInt64(mark), 0) : WordKey(.punctuation, text, start..<start &+ length))
  }

  /// Digits alone.
  private static func number(_ text: UnsafeBufferPointer<UInt8>, at start: Int, _ tables: Tables.Pointers) -> Found? {
    var index = start
    while index < text.count, tables.roles[Int(text[index])] & Role.digit != 0, index - start < maximumLength { index += 1 }
    if index < text.count {
      guard tables.roles[Int(text[index])] & Role.endsWord != 0 else { return nil }
      // Within a number if a digit follows: `1,000`, `9/11`.
      let isInner = text[index] == UInt8(ascii: ",") || text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: "/")
      if isInner, index + 1 < text.count, tables.roles[Int(text[index + 1])] & Role.digit != 0 || text[index + 1] >= 0x80 { return nil }
    }
    let length = index - start
    return Found(kind: .number, length: length, foldedStart: start, foldedLength: length, key: WordKey(.number, text, start..<index))
  }

  /// `–` `—` `“` `”` `…` alone.
  private static func typographicMark(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Found? {
    let word = EightBytes.load(text, at: start)
    guard start + 3 <= text.count, (word ^ word >> 24) & 0xFF_FFFF != 0, EightBytes.byte(1, of: word) == 0x80 else { return nil }
    switch EightBytes.byte(2, of: word) {
    case 0x93, 0x94, 0x9C, 0x9D, 0xA6: break
    default: return nil
    }
    return Found(kind: .punctuation, length: 3, foldedStart: start, foldedLength: 3, key: WordKey(.punctuation, text, start..<start + 3))
  }
}

/// What a byte may be to the fast path, as bits. A byte without any is left to the general path.
private enum Role {
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
    case 0...0x20, 0x7F: endsWord
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
  /// What a plain token is that begins with each byte.
  private let kinds: [TokenKind]
  private let masks = WordKey.masks

  init() {
    kinds = (0..<256).map { Role.of(UInt8($0)) == Role.letter ? .word : .punctuation }
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
    let kinds: UnsafeBufferPointer<TokenKind>
    /// ``WordKey/masks``.
    let masks: UnsafeRawPointer
  }

  @inline(__always)
  func withUnsafeBufferPointers<Result>(_ body: (Pointers) -> Result) -> Result {
    roles.withUnsafeBufferPointer { roles in
      latin.withUnsafeBufferPointer { latin in
        kinds.withUnsafeBufferPointer { kinds in
          masks.withUnsafeBytes { masks in
            guard let masks = masks.baseAddress else { preconditionFailure("no masks") }
            return body(Pointers(roles: roles, latin: latin, kinds: kinds, masks: masks))
          }
        }
      }
    }
  }
}

private let tables = Tables()
