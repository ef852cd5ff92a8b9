import BelowTheLine
import TestSupport
import Testing

struct TokenizerTests {
  private func tokens(_ text: String) -> [String] {
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    return buffer.tokens.map { buffer.foldedText(of: $0) }
  }

  private func kinds(_ text: String) -> [TokenKind] {
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    return buffer.tokens.map(\.kind)
  }

  @Test(arguments: [
    ("Don’t they?! YES", ["don't", "they", "?!", "yes"]),
    ("rock 'n' roll, dogs'", ["rock", "'", "n", "'", "roll", ",", "dogs", "'"]),
    ("U.S. troops. End.Next", ["u.s", ".", "troops", ".", "end", ".", "next"]),
    ("on 9/11 at 10:30, 1,000.50 m", ["on", "9/11", "at", "10:30", ",", "1,000.50", "m"]),
    ("5G and 450ms", ["5g", "and", "450ms"]),
    ("Straße STRASSE Ärger", ["straße", "strasse", "ärger"]),
    ("ΟΔΟΣ οδος οδοσ", ["οδοσ", "οδοσ", "οδοσ"]),
    ("cafe\u{301} caf\u{E9}", ["café", "café"]),
    ("zero\u{200B}width so\u{AD}ft", ["zerowidth", "soft"]),
    ("so...... what!!!!!!", ["so", "...", "what", "!!!"]),
    ("snake_case _x_", ["snake_case", "_", "x", "_"]),
    ("漢字かな", ["漢字", "字か", "かな"]),
    ("漢", ["漢"]),
  ])
  func splitsAndFolds(text: String, expected: [String]) {
    #expect(tokens(text) == expected)
  }

  @Test func aCopyKeepsItsTextAndCostsNoMoreThanItsLength() {
    var buffer = TokenBuffer()
    var copy = buffer
    // Room that doubled with each text would be more than there is.
    for number in 0..<64 {
      Tokenizer().tokenize("hello world \(number)", into: &buffer)
      #expect(copy.tokens.map { copy.foldedText(of: $0) }.last == (number == 0 ? nil : "\(number - 1)"))
      copy = buffer
    }
  }

  @Test func addressesNamesAndTagsAreTokensOfTheirOwnKind() {
    #expect(tokens("see https://www.Example.org/a?b=1). ok") == ["see", "example.org", ")", ".", "ok"])
    #expect(kinds("see https://www.Example.org/a?b=1). ok") == [.word, .url, .punctuation, .punctuation, .word])
    #expect(tokens("WWW.spam.example/x, now") == ["spam.example", ",", "now"])
    #expect(tokens("mail jo.doe@mail.example.com!") == ["mail", "jo", ".", "mail.example.com", "!"])
    #expect(kinds("@Ann_B #NoMore 12 😀") == [.mention, .hashtag, .number, .emoji])
    #expect(tokens("@Ann_B #NoMore 12 😀") == ["@ann_b", "#nomore", "12", "😀"])
    #expect(tokens("http:// http://. https") == ["http", ":", "//", "http", ":", "//", ".", "https"])
  }

  @Test func anEmojiKeepsItsPartsTogether() {
    #expect(kinds("👩‍👩‍👧👍🏽🇩🇪🇫🇷☀️") == [.emoji, .emoji, .emoji, .emoji, .emoji])
    #expect(tokens("👍🏽") == ["👍"])
  }

  @Test func offsetsPointIntoTheOriginalText() throws {
    let text = "Ach, „Größe“ 😀 zählt!"
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    let bytes = Array(text.utf8)
    let utf16 = Array(text.utf16)
    let pieces = buffer.tokens.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    #expect(pieces == ["Ach", ",", "„", "Größe", "“", "😀", "zählt", "!"])
    let pieces16 = buffer.utf16Ranges(in: bytes.span).map { String(decoding: utf16[$0], as: UTF16.self) }
    #expect(pieces16 == pieces)
  }

  /// What a token is, wherever its folded form stands.
  private struct Reading: Equatable {
    let kind: TokenKind
    let range: Range<Int>
    let folded: [UInt8]
    let disguises: Disguises
    let key: WordKey

    static func all(_ buffer: TokenBuffer) -> [Reading] {
      buffer.tokens.map {
        Reading(kind: $0.kind, range: $0.range, folded: Array(buffer.folded[$0.foldedRange]), disguises: $0.disguises, key: $0.key)
      }
    }
  }

  @Test func theFastPathChangesNothing() {
    var mutator = Mutator(seed: 11)
    var fast = TokenBuffer()
    var general = TokenBuffer()
    for _ in 0..<3000 {
      let text = mutator.text(length: 1 + mutator.generator.below(40))
      Tokenizer().tokenize(text.span, into: &fast)
      Tokenizer(usesASCIIFastPath: false).tokenize(text.span, into: &general)
      #expect(Reading.all(fast) == Reading.all(general))
    }
  }

  /// Words, contractions, marks and addresses as comments have them, where registers and blocks of 64 bytes begin and end anywhere.
  @Test func theFastPathChangesNothingInWritingEither() {
    let pieces = [
      "a", "I", "the", "Don't", "they're", "wouldn't", "it's.", "o'", "'n'", "a.b", "U.S.", "e.g", "s p a c e d", "a.b.c.d.e", "x-y-z-w",
      "soooo", "hmmm", "truuuuth", "aaaaaaa", "committees", "administration", "characteristic", "misunderstandings", "abcdefgh", "abcdefg",
      "https://x.example/a", "http:", "www.spam.example", "www", "v4ccine", "covid19", "cr@p", "a$$", "me@x.example", "@ann", "#tag", "_x_",
      "9/11", "5", "é", "caf\u{e9}", "‘quoted’", "isn’t", "!", "?!", "...", "--", "“", "(", ")", "\u{200B}", "\n", "\t", "\u{0}",
      "l’été", "l'été", "naïve", "ÀÉÎ", "Łódź", "straße", "İ", "Ÿ", "é.b", "cafés'", "qu'à", "aujourd’hui’", "×", "ªº", "éé\u{301}",
      "слово", "I'm", "I'd.", "it's.a", "d'you", "y'all", "rock'n'roll", "x'", "'", "'tis", "me@x.example's", "4's", "U.S.'s", "dogs'",
      "dogs',",
      "don'", "don''t", "x'y.z", "I'm_", "#", "$", "%", "&", "AT&T", "50%", "[{", "}{", "|", "`a`", "^^", "~", "\u{7F}", "word#", "a@", "?",
      "?;",
      "aаa", "12", "1,5", "3.", "7_", "7é", "5@x.example", "1234567890123456", "½", "……", "—", "“a”", "…", "!!!???", "''", "wouldn't've",
    ].map { Array($0.utf8) }
    var generator = SeededGenerator(seed: 13)
    var fast = TokenBuffer()
    var general = TokenBuffer()
    for _ in 0..<5000 {
      var text: [UInt8] = []
      for _ in 0...generator.below(40) {
        text += pieces[generator.below(pieces.count)]
        if generator.below(4) > 0 { text.append(0x20) }
      }
      Tokenizer().tokenize(text.span, into: &fast)
      Tokenizer(usesASCIIFastPath: false).tokenize(text.span, into: &general)
      #expect(Reading.all(fast) == Reading.all(general), "\(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func aCopyOfTheBufferKeepsItsTokens() {
    var buffer = TokenBuffer()
    Tokenizer().tokenize("One isn’t two", into: &buffer)
    let copy = buffer
    Tokenizer().tokenize("x y z and more", into: &buffer)
    #expect(copy.tokens.map { copy.foldedText(of: $0) } == ["one", "isn't", "two"])
    #expect(copy.count == 3 && copy[1] == copy.tokens[1])
  }

  @Test func anyBytesGiveTokensInOrderWithinTheText() {
    var mutator = Mutator(seed: 12)
    var buffer = TokenBuffer()
    for _ in 0..<3000 {
      let text = mutator.text(length: 1 + mutator.generator.below(60))
      Tokenizer().tokenize(text.span, into: &buffer)
      var last = 0
      for token in buffer.tokens {
        #expect(!token.range.isEmpty && token.range.upperBound <= text.count)
        #expect(token.range.lowerBound >= last)
        last = token.range.lowerBound
      }
    }
  }

  /// One pass, whatever the text: this took minutes when every empty address looked for its end anew.
  @Test(arguments: ["http:///", "a@", "@", "www.", "a.b.", "\u{200D}", "👩\u{200D}", "e\u{301}"])
  func hostileRepetitionIsReadInOnePass(piece: String) {
    let text = Array(String(repeating: piece, count: 100_000).utf8)
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text.span, into: &buffer)
    #expect(buffer.folded.count <= 2 * text.count + 256)
  }

  @Test func foldingIsTheLibrarysLowerCase() {
    let otherwise: [ClosedRange<UInt32>] = [0x2018...0x2019, 0x02BC...0x02BC, 0x03C2...0x03C2, 0xFF21...0xFF5A, 0x1D400...0x1D6A3]
    for value in UInt32(0)...0x1FFFF where !otherwise.contains(where: { $0.contains(value) }) {
      guard let scalar = Unicode.Scalar(value), let lower = scalar.properties.lowercaseMapping.unicodeScalars.first else { continue }
      if CharacterTable.shared.fold(value) != lower.value { Issue.record("\(value)") }
    }
  }
}
