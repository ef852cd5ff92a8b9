import BelowTheLine
import TestSupport
import Testing

struct UnmaskingTests {
  private func read(_ text: String) -> [(text: String, disguises: Disguises)] {
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    return buffer.tokens.map { (buffer.foldedText(of: $0), $0.disguises) }
  }

  private static let disguised: [(String, String, Disguises)] = [
    ("vac\u{200B}cine", "vaccine", Disguises.invisible), ("vac\u{202E}cine", "vaccine", .invisible),
    ("vac\u{AD}cine", "vaccine", .invisible),
    ("v\u{430}ccine", "vaccine", .confusable), ("V\u{391}CCINE", "vaccine", .confusable), ("elit\u{435}s", "elites", .confusable),
    ("v4ccine", "vaccine", .leet), ("v4cc1n35", "vaccines", .leet), ("m0n3y", "money", .leet), ("cr@p", "crap", .leet),
    ("va$cine", "vascine", .leet), ("v1d30", "video", .leet),
    ("v a c c i n e", "vaccine", .spaced), ("V-A-C-C-I-N-E", "vaccine", .spaced), ("v*a*c*c*i*n*e", "vaccine", .spaced),
    ("U.S.S.R", "ussr", .spaced),
    ("truuuuth", "truth", .elongated), ("LOOOVE", "love", .elongated),
    ("v\u{200B}4cciiine", "vaccine", [.invisible, .leet, .elongated]),
  ]

  @Test(arguments: disguised)
  func aDisguisedWordIsReadAsWhatItIs(text: String, word: String, disguises: Disguises) {
    let tokens = read(text)
    #expect(tokens.map(\.text) == [word])
    #expect(tokens.map(\.disguises) == [disguises])
  }

  /// Full-width and mathematical letters are Latin letters to Unicode itself, so nothing is undone.
  @Test(arguments: ["ｖａｃｃｉｎｅ", "𝐯𝐚𝐜𝐜𝐢𝐧𝐞", "𝖵𝖠𝖢𝖢𝖨𝖭𝖤"])
  func lettersInAnotherDressAreLetters(text: String) {
    #expect(read(text).map(\.text) == ["vaccine"])
  }

  @Test(arguments: [
    "450ms", "h5n1", "mp3", "covid19", "b2b", "4chan", "5g", "f16", "mk2ultra", "hmmm", "sooo", "www", "good", "привет", "αβγ", "größer",
    "naïve", "x1234567y", "1990s", "u.s", "i'm",
  ])
  func ordinaryWordsAreLeftAlone(text: String) {
    let tokens = read(text)
    #expect(tokens.map(\.text) == [text])
    #expect(tokens.allSatisfy { $0.disguises.isEmpty })
  }

  @Test func lettersInAListAreNoWord() {
    #expect(read("a b c").map(\.text) == ["a", "b", "c"])
    #expect(read("plan a b c def").map(\.text) == ["plan", "a", "b", "c", "def"])
    #expect(read("v a c c ine").map(\.text) == ["vacc", "ine"])
    #expect(read("a@b.example").map(\.text) == ["b.example"])
  }

  @Test func offsetsStayThoseOfTheOriginal() {
    let text = "the v a c c i n e and cr\u{200B}@p"
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    let bytes = Array(text.utf8)
    let originals = buffer.tokens.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    #expect(originals == ["the", "v a c c i n e", "and", "cr\u{200B}@p"])
  }

  /// `7h353` could be a code, and is `these` where other words show how the writer spells.
  @Test func whoWritesDigitsForLettersIsReadSo() {
    #expect(read("7h353 v4ccines").map(\.text) == ["7h353", "vaccines"])
    let words = read("7h353 v4ccines m4ke m0ney f0r a550c14735 w0rldwide in 2021").map(\.text)
    #expect(words == ["these", "vaccines", "m4ke", "money", "f0r", "associates", "worldwide", "in", "2021"])
    let links = read("7h353 bY4eQm cR1mE xZ3dK aB0uT").map(\.text)
    #expect(links.first == "7h353")
  }

  @Test func anyBytesAreRead() {
    var mutator = Mutator(seed: 21)
    let sample = Array("v4cc1ne v a c c i n e cr@p tru\u{200B}uuth v\u{430}ccine 𝐯 a.b.c.d".utf8)
    for _ in 0..<5000 {
      let bytes = mutator.mutate(sample)
      var buffer = TokenBuffer()
      Tokenizer().tokenize(bytes.span, into: &buffer)
      for token in buffer.tokens {
        #expect(!token.range.isEmpty && token.range.upperBound <= bytes.count)
        #expect(!buffer.foldedText(of: token).isEmpty)
      }
    }
  }
}
