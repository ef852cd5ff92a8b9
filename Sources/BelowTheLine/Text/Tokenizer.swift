/// Splits text into tokens by Unicode word boundaries, adapted to what people write in comments.
///
///     var buffer = TokenBuffer()
///     Tokenizer().tokenize("Don’t they?! @Ann https://ab.example/x", into: &buffer)
///     buffer.tokens.map { buffer.foldedText(of: $0) }
///     // ["don't", "they", "?!", "@ann", "ab.example"]
///
/// Words follow UAX #29 with these decisions: letters with marks and digits, apostrophes and underscores inside a word;
/// `.` `,` `:` `/` inside a number (`1,000` `9/11`); single letters with full stops (`U.S.`) are one word. Addresses,
/// `@names`, `#tags`, emoji and runs of punctuation are tokens of their own. Scripts written without spaces give
/// overlapping bigrams of characters. Offsets always point into the original text; folding (lower case, composed
/// accents, invisible characters left out, disguises undone: ``Disguises``) only touches the copy that features are made from.
///
/// Any bytes are accepted: what is no UTF-8 counts as punctuation.
public struct Tokenizer: Sendable {
  private let table = CharacterTable.shared
  /// Off only in tests, which show that the fast path changes nothing.
  private let usesASCIIFastPath: Bool

  /// Tells spaced-out words apart; where there is none yet, as in training, they run together.
  private let vocabulary: Vocabulary?

  /// Whether tokens in a quotation are marked as such.
  private let marksQuotations: Bool

  /// - Parameter marksQuotations: whether ``Token/isQuoted`` is found out; else it is false.
  public init(marksQuotations: Bool = false) { self.init(usesASCIIFastPath: true, marksQuotations: marksQuotations) }

  /// What the features of a text are made from.
  init(_ space: FeatureSpace, _ vocabulary: Vocabulary? = nil) {
    self.init(usesASCIIFastPath: true, marksQuotations: space.separatesQuotations, vocabulary)
  }

  package init(usesASCIIFastPath: Bool, marksQuotations: Bool = false) {
    self.init(usesASCIIFastPath: usesASCIIFastPath, marksQuotations: marksQuotations, nil)
  }

  private init(usesASCIIFastPath: Bool, marksQuotations: Bool, _ vocabulary: Vocabulary?) {
    self.usesASCIIFastPath = usesASCIIFastPath
    self.marksQuotations = marksQuotations
    self.vocabulary = vocabulary
  }

  public func tokenize(_ text: String, into buffer: inout TokenBuffer) {
    var text = text
    text.withUTF8 { bytes in
      tokenize(Span(_unsafeElements: bytes), into: &buffer)
    }
  }

  /// Replaces the contents of `buffer` with the tokens of `text`.
  ///
  /// - Complexity: O(bytes); allocates only while the buffer grows.
  public func tokenize(_ text: Span<UInt8>, into buffer: inout TokenBuffer) {
    precondition(text.count <= Int(Int32.max), "a text of more than 2 GiB")
    tokenize(text, writesDigitsForLetters: false, into: &buffer)
    if buffer.leetWords >= Self.leastLeetWords { tokenize(text, writesDigitsForLetters: true, into: &buffer) }
    if marksQuotations { Quotations.mark(&buffer, in: text) }
  }

  /// With so many words whose digits surely stand for letters, they do in words that could as well be numbers and codes.
  private static let leastLeetWords = 3

  private func tokenize(_ text: Span<UInt8>, writesDigitsForLetters: Bool, into buffer: inout TokenBuffer) {
    buffer.begin(text)
    var index = 0
    while index < text.count {
      if usesASCIIFastPath {
        index = ASCIIWords.append(from: text, at: index, to: &buffer)
        guard index < text.count else { break }
      }
      let (scalar, length) = decodeScalar(text, at: index)
      switch table.characterClass(of: scalar) {
      case .space, .format, .mark: index += length
      case .letter, .digit:
        index =
          address(in: text, at: index, &buffer) ?? spacedOut(in: text, at: index, &buffer)
          ?? word(in: text, at: index, writesDigitsForLetters, &buffer)
      case .unspaced: index = bigrams(in: text, at: index, &buffer)
      case .emoji: index = emoji(in: text, at: index, &buffer)
      case .punctuation: index = name(in: text, at: index, scalar, &buffer) ?? punctuation(in: text, at: index, scalar, length, &buffer)
      }
    }
  }

  // MARK: Words and numbers

  private func word(in text: Span<UInt8>, at start: Int, _ writesDigitsForLetters: Bool, _ buffer: inout TokenBuffer) -> Int {
    let foldedStart = buffer.folded.count
    var (end, hasLetter, hasInvisible) = foldWord(in: text, from: start, &buffer)
    if end < text.count, text[end] == .atSign, let domainEnd = domain(in: text, at: end + 1) {
      buffer.folded.removeSubrange(foldedStart...)
      foldASCII(text, end + 1..<domainEnd, &buffer)
      append(.email, start..<domainEnd, foldedStart, &buffer)
      return domainEnd
    }
    var disguises: Disguises = []
    while hasLetter, let letter = letterOfSign(in: text, at: end) {
      buffer.folded.append(letter)
      let rest = foldWord(in: text, from: end + 1, &buffer)
      end = rest.end
      hasInvisible = hasInvisible || rest.hasInvisible
      disguises.insert(.leet)
    }
    if hasInvisible { disguises.insert(.invisible) }
    if hasLetter {
      disguises.formUnion(Unmasking.unmask(&buffer.folded, from: foldedStart, writesDigitsForLetters: writesDigitsForLetters))
    }
    if disguises.contains(.leet), !hasInnerCapital(text, start..<end) { buffer.leetWords += 1 }
    append(hasLetter ? .word : .number, start..<end, foldedStart, &buffer, disguises)
    return end
  }

  /// Whether a capital follows a small letter, as in the random names of videos and links.
  private func hasInnerCapital(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
    word.dropFirst().contains { 0x41...0x5A ~= text[$0] && 0x61...0x7A ~= text[$0 - 1] }
  }

  /// The letter that `@` or `$` between two letters stands for.
  private func letterOfSign(in text: Span<UInt8>, at index: Int) -> UInt8? {
    guard index + 1 < text.count, text[index] == .atSign || text[index] == UInt8(ascii: "$"), text[index + 1] < 0x80,
      asciiKinds[Int(text[index + 1])] == ASCIIKind.letter
    else { return nil }
    return text[index] == .atSign ? UInt8(ascii: "a") : UInt8(ascii: "s")
  }

  /// Four or more single ASCII letters, each apart from the next by the same sign: a word, or with spaces as many as the vocabulary finds.
  private func spacedOut(in text: Span<UInt8>, at start: Int, _ buffer: inout TokenBuffer) -> Int? {
    guard start + 6 < text.count, spacers.contains(text[start + 1]) else { return nil }
    let spacer = text[start + 1]
    var end = start
    var letters = 0
    while end < text.count, text[end] < 0x80, asciiKinds[Int(text[end])] == ASCIIKind.letter {
      letters += 1
      guard end + 1 < text.count else {
        end += 1
        break
      }
      if text[end + 1] == spacer, end + 2 < text.count, text[end + 2] < 0x80, asciiKinds[Int(text[end + 2])] == ASCIIKind.letter {
        end += 2
        continue
      }
      // The last single letter; where a longer word follows, the letter belongs to that.
      let next = decodeScalar(text, at: end + 1).scalar
      switch table.characterClass(of: next) {
      case .letter, .digit, .mark, .format:
        letters -= 1
        end -= 1
      case .space, .unspaced, .emoji, .punctuation: end += 1
      }
      break
    }
    guard letters >= 4 else { return nil }
    let foldedStart = buffer.folded.count
    for index in stride(from: start, to: end, by: 2) { buffer.folded.append(text[index] | 0x20) }
    let foldedEnd = buffer.folded.count
    // Words that other signs take apart have space between them.
    let knownWords = spacer == 0x20 ? vocabulary : nil
    let wordEnds = knownWords.map { words in
      buffer.folded.withUnsafeBufferPointer { words.wordEnds(in: $0, foldedStart..<foldedEnd) }
    }
    var wordStart = foldedStart
    for wordEnd in wordEnds ?? [foldedEnd] {
      let range = start + 2 * (wordStart - foldedStart)..<start + 2 * (wordEnd - foldedStart) - 1
      buffer.append(Token(.word, range, folded: wordStart..<wordEnd, .spaced))
      wordStart = wordEnd
    }
    return end
  }

  /// Appends the folded form of the letters, digits and inner punctuation from `start` on.
  private func foldWord(in text: Span<UInt8>, from start: Int, _ buffer: inout TokenBuffer) -> (
    end: Int, hasLetter: Bool, hasInvisible: Bool
  ) {
    var index = start
    var hasLetter = false
    var hasInvisible = false
    var lastScalar: UInt32 = 0
    var lastIsDigit = false
    var segmentLength = 0
    while index < text.count {
      let byte = text[index]
      if usesASCIIFastPath, byte < 0x80 {
        let kind = asciiKinds[Int(byte)]
        if kind == ASCIIKind.letter {
          buffer.folded.append(byte | 0x20)
          (lastScalar, lastIsDigit, hasLetter) = (UInt32(byte | 0x20), false, true)
          segmentLength += 1
          index += 1
          continue
        }
        if kind == ASCIIKind.digit {
          buffer.folded.append(byte)
          (lastScalar, lastIsDigit) = (UInt32(byte), true)
          segmentLength += 1
          index += 1
          continue
        }
        if kind == ASCIIKind.other { break }
      }
      let (scalar, length) = decodeScalar(text, at: index)
      switch table.characterClass(of: scalar) {
      case .letter, .digit:
        let folded = table.fold(scalar)
        lastIsDigit = table.characterClass(of: scalar) == .digit
        hasLetter = hasLetter || !lastIsDigit
        lastScalar = folded
        segmentLength += 1
        appendUTF8(folded, to: &buffer.folded)
      case .mark:
        if let composed = table.composed(base: lastScalar, mark: scalar) {
          buffer.folded.removeLast(utf8Length(lastScalar))
          appendUTF8(composed, to: &buffer.folded)
          lastScalar = composed
        } else if scalar != 0xFE0F, scalar != 0x20E3 {
          appendUTF8(scalar, to: &buffer.folded)
          lastScalar = scalar
        }
      case .format:
        hasInvisible = true
      case .punctuation:
        guard
          continuesWord(
            scalar, before: index + length, in: text, lastIsDigit: lastIsDigit, hasLetter: hasLetter, segmentLength: segmentLength)
        else { return (index, hasLetter, hasInvisible) }
        appendUTF8(table.fold(scalar), to: &buffer.folded)
        (lastScalar, lastIsDigit, segmentLength) = (0, false, 0)
      case .space, .unspaced, .emoji:
        return (index, hasLetter, hasInvisible)
      }
      index += length
    }
    return (index, hasLetter, hasInvisible)
  }

  /// Whether punctuation stands inside a word or number rather than after it.
  private func continuesWord(
    _ scalar: UInt32, before next: Int, in text: Span<UInt8>, lastIsDigit: Bool, hasLetter: Bool, segmentLength: Int
  ) -> Bool {
    guard next < text.count, segmentLength > 0 else { return false }
    let (following, length) = decodeScalar(text, at: next)
    let followingClass = table.characterClass(of: following)
    switch scalar {
    case 0x27, 0x2019, 0x2018: return followingClass == .letter && !lastIsDigit
    case 0x5F: return followingClass == .letter || followingClass == .digit
    case 0x2E where segmentLength == 1 && !lastIsDigit:
      guard followingClass == .letter else { return false }
      guard next + length < text.count else { return true }
      let after = decodeScalar(text, at: next + length).scalar
      let afterClass = table.characterClass(of: after)
      return afterClass != .letter && afterClass != .digit && afterClass != .mark
    case 0x2C, 0x2E, 0x2F, 0x3A: return lastIsDigit && !hasLetter && followingClass == .digit
    default: return false
    }
  }

  // MARK: Addresses, names and tags

  /// A web address that begins here: `http://`, `https://` or `www.`, up to white space, quotes or angle brackets.
  private func address(in text: Span<UInt8>, at start: Int, _ buffer: inout TokenBuffer) -> Int? {
    let initial = text[start] | 0x20
    guard initial == UInt8(ascii: "h") || initial == UInt8(ascii: "w") else { return nil }
    var host = start
    if matches("https://", text, at: start) {
      host += 8
    } else if matches("http://", text, at: start) {
      host += 7
    } else if !matches("www.", text, at: start) {
      return nil
    }
    if matches("www.", text, at: host) { host += 4 }
    // Checked before looking for the end: text full of empty addresses must not be scanned once for each.
    guard host < text.count, beginsHost(text[host])
    else { return nil }
    var end = host
    while end < text.count, !endsAddress(text[end]) { end += 1 }
    while end > host, trailingPunctuation.contains(text[end - 1]) { end -= 1 }
    var hostEnd = host
    while hostEnd < end, !hostDelimiters.contains(text[hostEnd]) { hostEnd += 1 }
    let foldedStart = buffer.folded.count
    foldASCII(text, host..<hostEnd, &buffer)
    append(.url, start..<end, foldedStart, &buffer)
    return end
  }

  private func beginsHost(_ byte: UInt8) -> Bool {
    byte >= 0x80 || asciiKinds[Int(byte)] == ASCIIKind.letter || asciiKinds[Int(byte)] == ASCIIKind.digit
  }

  private func endsAddress(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "\"") || byte == 0x7F
  }

  /// The end of `name.tld` that begins here, or nil.
  private func domain(in text: Span<UInt8>, at start: Int) -> Int? {
    var index = start
    var lastDot: Int?
    while index < text.count {
      let byte = text[index]
      let kind = byte < 0x80 ? asciiKinds[Int(byte)] : ASCIIKind.other
      if kind == ASCIIKind.letter || kind == ASCIIKind.digit || byte == UInt8(ascii: "-") {
        index += 1
      } else if byte == UInt8(ascii: "."), index > start, index + 1 < text.count, text[index + 1] < 0x80,
        asciiKinds[Int(text[index + 1])] == ASCIIKind.letter
      {
        lastDot = index
        index += 1
      } else {
        break
      }
    }
    return lastDot == nil ? nil : index
  }

  /// `@name` or `#tag`.
  private func name(in text: Span<UInt8>, at start: Int, _ scalar: UInt32, _ buffer: inout TokenBuffer) -> Int? {
    guard scalar == 0x40 || scalar == 0x23, start + 1 < text.count else { return nil }
    let next = decodeScalar(text, at: start + 1).scalar
    let nextClass = table.characterClass(of: next)
    guard nextClass == .letter || nextClass == .digit || next == 0x5F else { return nil }
    let foldedStart = buffer.folded.count
    buffer.folded.append(UInt8(scalar))
    var index = start + 1
    while index < text.count, text[index] == UInt8(ascii: "_") {
      buffer.folded.append(text[index])
      index += 1
    }
    let end = foldWord(in: text, from: index, &buffer).end
    append(scalar == 0x40 ? .mention : .hashtag, start..<end, foldedStart, &buffer)
    return end
  }

  // MARK: Everything else

  private func bigrams(in text: Span<UInt8>, at start: Int, _ buffer: inout TokenBuffer) -> Int {
    var index = start
    var previous: (start: Int, scalar: UInt32)?
    var pairs = 0
    while index < text.count {
      let (scalar, length) = decodeScalar(text, at: index)
      let characterClass = table.characterClass(of: scalar)
      guard characterClass == .unspaced || characterClass == .format else { break }
      if characterClass == .unspaced {
        if let previous {
          let foldedStart = buffer.folded.count
          appendUTF8(previous.scalar, to: &buffer.folded)
          appendUTF8(scalar, to: &buffer.folded)
          append(.characterBigram, previous.start..<index + length, foldedStart, &buffer)
          pairs += 1
        }
        previous = (index, scalar)
      }
      index += length
    }
    if pairs == 0, let previous {
      let foldedStart = buffer.folded.count
      appendUTF8(previous.scalar, to: &buffer.folded)
      append(.characterBigram, previous.start..<index, foldedStart, &buffer)
    }
    return index
  }

  private func emoji(in text: Span<UInt8>, at start: Int, _ buffer: inout TokenBuffer) -> Int {
    let foldedStart = buffer.folded.count
    var (scalar, length) = decodeScalar(text, at: start)
    var index = start + length
    appendUTF8(scalar, to: &buffer.folded)
    var isFlag = isRegionalIndicator(scalar)
    while index < text.count {
      (scalar, length) = decodeScalar(text, at: index)
      if scalar == 0x200D, index + length < text.count {
        let (joined, joinedLength) = decodeScalar(text, at: index + length)
        guard table.characterClass(of: joined) == .emoji else { break }
        appendUTF8(joined, to: &buffer.folded)
        index += length + joinedLength
      } else if isFlag, isRegionalIndicator(scalar) {
        appendUTF8(scalar, to: &buffer.folded)
        index += length
        isFlag = false
      } else if table.characterClass(of: scalar) == .mark || 0x1F3FB...0x1F3FF ~= scalar {
        index += length
      } else {
        break
      }
    }
    append(.emoji, start..<index, foldedStart, &buffer)
    return index
  }

  private func isRegionalIndicator(_ scalar: UInt32) -> Bool { 0x1F1E6...0x1F1FF ~= scalar }

  /// The folded form of a run stops at three characters: `!!!!!!` reads as `!!!`.
  private func punctuation(
    in text: Span<UInt8>, at start: Int, _ first: UInt32, _ firstLength: Int, _ buffer: inout TokenBuffer
  ) -> Int {
    let foldedStart = buffer.folded.count
    appendUTF8(table.fold(first), to: &buffer.folded)
    let isExclamation = first == 0x21 || first == 0x3F
    var index = start + firstLength
    var count = 1
    while index < text.count {
      let (scalar, length) = decodeScalar(text, at: index)
      guard scalar == first || isExclamation && (scalar == 0x21 || scalar == 0x3F) else { break }
      if count < 3 { appendUTF8(table.fold(scalar), to: &buffer.folded) }
      count += 1
      index += length
    }
    append(.punctuation, start..<index, foldedStart, &buffer)
    return index
  }

  // MARK: Helpers

  private func append(
    _ kind: TokenKind, _ range: Range<Int>, _ foldedStart: Int, _ buffer: inout TokenBuffer, _ disguises: Disguises = []
  ) {
    buffer.append(Token(kind, range, folded: foldedStart..<buffer.folded.count, disguises))
  }

  private func foldASCII(_ text: Span<UInt8>, _ range: Range<Int>, _ buffer: inout TokenBuffer) {
    for index in range {
      let byte = text[index]
      buffer.folded.append(0x41...0x5A ~= byte ? byte | 0x20 : byte)
    }
  }

  private func utf8Length(_ scalar: UInt32) -> Int {
    scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
  }

  private func matches(_ prefix: StaticString, _ text: Span<UInt8>, at start: Int) -> Bool {
    guard start + prefix.utf8CodeUnitCount <= text.count else { return false }
    for offset in 0..<prefix.utf8CodeUnitCount {
      let byte = text[start + offset]
      let folded = 0x41...0x5A ~= byte ? byte | 0x20 : byte
      guard folded == prefix.utf8Start[offset] else { return false }
    }
    return true
  }
}

private let trailingPunctuation = ASCIISet(".,;:!?)]}'*_")
private let spacers = ASCIISet(" .-_*")
private let hostDelimiters = ASCIISet("/?#:")

/// Some ASCII characters, one bit each.
private struct ASCIISet {
  private var bits: UInt128 = 0

  init(_ characters: String) {
    for byte in characters.utf8 { bits |= 1 << UInt128(byte) }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool { byte < 0x80 && bits & 1 << UInt128(byte) != 0 }
}

/// What the fast path of `foldWord` needs to know of an ASCII byte.
private enum ASCIIKind {
  static let letter: UInt8 = 1
  static let digit: UInt8 = 2
  /// May stand inside a word or number, or an address follows: left to the general path.
  static let inner: UInt8 = 3
  static let other: UInt8 = 0
}

private let asciiKinds: [UInt8] = (0..<128).map { (byte: UInt8) -> UInt8 in
  switch byte {
  case 0x41...0x5A, 0x61...0x7A: ASCIIKind.letter
  case 0x30...0x39: ASCIIKind.digit
  case 0x27, 0x2C, 0x2E, 0x2F, 0x3A, 0x5F: ASCIIKind.inner
  default: ASCIIKind.other
  }
}

extension UInt8 {
  static let atSign = UInt8(ascii: "@")
}
