import BelowTheLine
import TestSupport
import Testing

struct VocabularyTests {
  private func read(_ text: String, characterNGrams: ClosedRange<Int>?) throws -> [String] {
    var options = Samples.options()
    options.features.bits = 18
    options.features.characterNGrams = characterNGrams
    let scorer = Scorer(model: try Samples.train(options).model)
    var store = scorer.makeConversations()
    var workspace = scorer.makeWorkspace()
    let comment = Comment(id: "1", articleID: "ferry", text: text)
    let score = scorer.score(comment, &workspace, in: &store)
    let explanation = try #require(scorer.explain(comment, score).first { $0.label == "conspiracy" })
    let shares = explanation.tokens.reduce(explanation.bias) { $0 + $1.share }
    #expect(abs(shares - explanation.logit) < 1e-9)
    let bytes = Array(text.utf8)
    for token in explanation.tokens {
      let letters = bytes[token.range].filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ".") }
      #expect(String(decoding: letters, as: UTF8.self).lowercased() == (token.unmasked?.text ?? token.text))
    }
    return explanation.tokens.map { $0.unmasked?.text ?? $0.text }
  }

  @Test(arguments: [2...6, nil] as [ClosedRange<Int>?])
  func knownWordsThatAreSpacedOutAreToldApart(characterNGrams: ClosedRange<Int>?) throws {
    let text = "the h i d d e n F I R E s e c r e t from p.l.a.n.n.e.d"
    #expect(try read(text, characterNGrams: characterNGrams) == ["the", "hidden", "fire", "secret", "from", "planned"])
  }

  @Test func unknownLettersStayTogether() throws {
    #expect(try read("q z x j v k", characterNGrams: 2...6) == ["qzxjvk"])
    #expect(try read("q z x s e c r e t j v k", characterNGrams: 2...6) == ["qzx", "secret", "jvk"])
  }

  @Test func otherSignsMakeOneWord() throws {
    #expect(try read("s.e.c.r.e.t.f.i.r.e", characterNGrams: 2...6) == ["secretfire"])
  }

  @Test func aLongRunIsReadToItsEnd() throws {
    let words = Array(repeating: "s e c r e t", count: 500).joined(separator: " ")
    #expect(try read(words, characterNGrams: 2...6) == Array(repeating: "secret", count: 500))
  }
}
