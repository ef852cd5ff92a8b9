import BelowTheLine
import TestSupport
import Testing

struct QuotationTests {
  /// The text, with what is quoted in brackets.
  private func marked(_ text: String) -> String {
    var buffer = TokenBuffer()
    Tokenizer(marksQuotations: true).tokenize(text, into: &buffer)
    return buffer.tokens.map { $0.isQuoted ? "[\(buffer.foldedText(of: $0))]" : buffer.foldedText(of: $0) }.joined(separator: " ")
  }

  @Test(arguments: [
    ("\"They hide it from us\" lol sure grandpa", "\" [they] [hide] [it] [from] [us] \" lol sure grandpa"),
    ("So “they hide it, always.” Not true at all", "so “ [they] [hide] [it] [,] [always] [.] ” not true at all"),
    ("Der Satz „das ist alles geplant“ stimmt nicht", "der satz „ [das] [ist] [alles] [geplant] “ stimmt nicht"),
    ("Decir «todo está planeado ya» no prueba nada", "decir « [todo] [está] [planeado] [ya] » no prueba nada"),
    // Few words are meant as irony, and what ends them begins no quotation.
    ("the \"experts\" say so and the \"media\" print it all", "the \" experts \" say so and the \" media \" print it all"),
    ("the \"cure\" and \"what they hide from us\" are one", "the \" cure \" and \" [what] [they] [hide] [from] [us] \" are one"),
    // Nothing is said but what is in quotation marks; or they never end.
    ("\"They hide it from us\" yes indeed", "\" they hide it from us \" yes indeed"),
    ("a 5\" pipe is what they hide from us", "a 5 \" pipe is what they hide from us"),
    ("", ""), ("\"", "\""), ("\"\"", "\"\""),
  ])
  func longQuotationsBesideOwnWords(text: String, expected: String) {
    #expect(marked(text) == expected)
  }

  @Test func theyAreLookedForOnlyWhereAsked() {
    var buffer = TokenBuffer()
    Tokenizer().tokenize("\"They hide it from us\" lol sure grandpa", into: &buffer)
    #expect(!buffer.tokens.contains { $0.isQuoted })
  }

  @Test func anyBytesAreTakenAndTokensStayAsTheyAre() {
    var mutator = Mutator(seed: 8)
    var (plain, marked) = (TokenBuffer(), TokenBuffer())
    for index in 0..<500 {
      var bytes = mutator.text(length: 60)
      for _ in 0..<index % 7 { bytes.insert(UInt8(ascii: "\""), at: mutator.generator.below(bytes.count + 1)) }
      Tokenizer().tokenize(bytes.span, into: &plain)
      Tokenizer(marksQuotations: true).tokenize(bytes.span, into: &marked)
      #expect(plain.tokens.map(\.range) == marked.tokens.map(\.range))
      #expect(marked.tokens.isEmpty || marked.tokens.contains { !$0.isQuoted })
    }
  }
}
