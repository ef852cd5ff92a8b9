import BelowTheLine
import TestSupport
import Testing

struct FamiliarityTests {
  private func familiarity(of text: String, characterNGrams: ClosedRange<Int>?) throws -> Familiarity? {
    var options = Samples.options()
    options.features.bits = 18
    options.features.characterNGrams = characterNGrams
    return Scorer(model: try Samples.train(options).model).familiarity(of: text)
  }

  /// Words that stand in two of the sample's comments or more are learnt.
  @Test(arguments: [2...6, nil] as [ClosedRange<Int>?])
  func wordsOfTheTrainingDataAreKnown(characterNGrams: ClosedRange<Int>?) throws {
    let known = try #require(try familiarity(of: "The hidden secret: a FIRE on the farmers, 99!", characterNGrams: characterNGrams))
    #expect(known == (8, 8))
    #expect(known.isUnfamiliar == false)
    let partly = try #require(try familiarity(of: "Der secret Brand auf der hidden Fähre", characterNGrams: characterNGrams))
    #expect(partly == (7, 2))
    #expect(partly.isUnfamiliar == true)
  }

  /// Quoted words are other features, and the same words.
  @Test func quotedWordsAreKnown() throws {
    var options = Samples.options()
    options.features.bits = 18
    options.features.separatesQuotations = true
    let scorer = Scorer(model: try Samples.train(options).model)
    #expect(try #require(scorer.familiarity(of: "> the hidden secret fire on the farmers")) == (7, 7))
  }

  @Test func charactersWithoutSpacesCountInPairs() throws {
    let familiarity = try #require(try familiarity(of: "渡船着火了没有人受伤", characterNGrams: 2...6))
    #expect(familiarity == (9, 0))
    #expect(familiarity.isUnfamiliar == true)
  }

  @Test(arguments: ["", "!!! 😀 12,000 https://ab.example/x @ann", "Fähre brennt, wer hilft"])
  func ofFewWordsNothingIsSaid(text: String) throws {
    #expect(try #require(try familiarity(of: text, characterNGrams: nil)).isUnfamiliar == nil)
  }

  @Test func halfIsFamiliar() throws {
    #expect(try #require(try familiarity(of: "the secret farmers Wasser Brücke Dampfer", characterNGrams: 2...6)).isUnfamiliar == false)
  }
}

private func == (familiarity: Familiarity, counts: (words: Int, known: Int)) -> Bool {
  familiarity.words == counts.words && familiarity.knownWords == counts.known
}
