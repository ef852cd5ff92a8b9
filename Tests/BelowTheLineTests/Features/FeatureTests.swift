import BelowTheLine
import TestSupport
import Testing

struct FeatureTests {
  private func features(_ text: String, _ change: (inout FeatureSpace) -> Void = { _ in }) -> [(
    block: FeatureBlock, bucket: Int, tokens: ClosedRange<Int>
  )] {
    var space = FeatureSpace()
    change(&space)
    var buffer = TokenBuffer()
    Tokenizer(marksQuotations: space.separatesQuotations).tokenize(text, into: &buffer)
    var extractor = FeatureExtractor(space)
    var features: [(block: FeatureBlock, bucket: Int, tokens: ClosedRange<Int>)] = []
    extractor.forEachFeature(in: buffer) { features.append(($0, $1, $2)) }
    return features
  }

  @Test func wordsAndBigramsOnceEach() {
    // Words: the cat sees . ; pairs: the-cat cat-sees sees-the (punctuation joins no pair and breaks none).
    let words = features("The cat sees the cat.") { $0.characterNGrams = nil }
    #expect(words.map(\.tokens) == [0...0, 1...1, 0...1, 2...2, 1...2, 2...3, 5...5])
    #expect(Set(words.map(\.bucket)).count == 7)
  }

  @Test func bigramsHavePunctuationIfAsked() {
    let words = features("Stop, go.") {
      $0.characterNGrams = nil
      $0.joinsPunctuation = true
    }
    #expect(words.map(\.tokens) == [0...0, 1...1, 0...1, 2...2, 1...2, 3...3, 2...3])
  }

  @Test func whatIsQuotedIsAnotherWordIfAsked() {
    let text = "\"the sea will boil\" no the sea will not"
    let plain = features(text) { $0.characterNGrams = nil }
    let words = features(text) {
      $0.characterNGrams = nil
      $0.separatesQuotations = true
    }
    // Quotation mark; the sea will boil; no the sea will not, and their four pairs: none with what is quoted.
    #expect(words.map(\.tokens.lowerBound) == [0, 1, 2, 3, 4, 6, 7, 6, 8, 7, 9, 8, 10, 9])
    #expect(Set(words.map(\.bucket)).count == words.count)
    let quoted = Set(words.filter { (1...4).contains($0.tokens.lowerBound) }.map(\.bucket))
    #expect(quoted.isDisjoint(with: plain.map(\.bucket)))
    // Letters only of own words.
    let letters = features(text) {
      $0.wordNGrams = 0
      $0.separatesQuotations = true
    }
    #expect(letters.allSatisfy { $0.tokens.lowerBound >= 6 })
  }

  @Test func countsEveryOccurrenceIfAsked() {
    let words = features("The cat sees the cat.") {
      $0.characterNGrams = nil
      $0.weighting = .counts
    }
    // Six tokens with the full stop, four pairs.
    #expect(words.count == 10)
    #expect(words[0].bucket == words[5].bucket)
  }

  @Test func characterNGramsStandWithinMarkedWords() {
    // " añb ": of 2 " a" "añ" "ñb" "b ", of 3 " añ" "añb" "ñb ".
    let characters = features("añb") {
      $0.wordNGrams = 0
      $0.characterNGrams = 2...3
    }
    #expect(characters.count == 7)
    #expect(Set(characters.map(\.bucket)).count == 7)
    let again = features("añb añb") {
      $0.wordNGrams = 0
      $0.characterNGrams = 2...3
    }
    #expect(again.count == 7)
    #expect(features("! 😀 @x https://a.example") { $0.wordNGrams = 0 }.isEmpty)
  }

  /// A bucket is part of every model file: it must never change from one release to the next. (FNV-1a by a Python loop.)
  @Test func bucketsArePinned() {
    #expect(FeatureHash.bytes("vaccine".utf8, seed: FeatureHash.seed(0)) == 0xE92F_5E5A_3940_72B2)
    #expect(
      features("vaccine") { $0.characterNGrams = nil }.map(\.bucket) == [
        FeatureHash.bucket(0xE92F_5E5A_3940_72B2, bits: FeatureSpace().bits)
      ])
  }

  @Test func namesOfReadersAreNotLearnt() {
    let options = { (space: inout FeatureSpace) in space.characterNGrams = nil }
    #expect(features("@anna", options).map(\.bucket) == features("@bert", options).map(\.bucket))
  }

  @Test func aBlockIsDividedByTheRootOfItsSize() {
    var space = FeatureSpace()
    space.characterNGrams = nil
    var buffer = TokenBuffer()
    Tokenizer().tokenize("one two three four five", into: &buffer)
    var row = FeatureRow()
    var extractor = FeatureExtractor(space)
    row.extract(buffer, with: &extractor)
    let entries = row.entries(in: space)
    #expect(entries.count == 9)
    #expect(entries.allSatisfy { abs($0.value - 1.0 / 3) < 1e-12 })
    #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.bucket < $1.bucket })
  }

  /// Rows are made from words met before; the extractor walks through the features one by one.
  @Test(arguments: [FeatureSpace.Weighting.binary, .counts], [(0, false), (1, true), (2, false), (2, true), (3, true)])
  func aRowHasTheFeaturesOfTheExtractor(weighting: FeatureSpace.Weighting, _ kind: (words: Int, marks: Bool)) {
    let words = kind.words
    var space = FeatureSpace()
    (space.joinsPunctuation, space.separatesQuotations) = (kind.marks, kind.marks)
    space.bits = 12
    space.wordNGrams = words
    space.weighting = weighting
    for characters in [nil, 2...4] where words > 0 || characters != nil {
      space.characterNGrams = characters
      var extractor = FeatureExtractor(space)
      var buffer = TokenBuffer()
      var row = FeatureRow()
      var generator = SeededGenerator(seed: 5)
      // More words than are remembered, in short texts, and one text that is too long for remembering.
      for size in [0, 1, 5, 10_000] + [Int](repeating: 300, count: 150) {
        let text = (0..<size).map { _ in ["the", "Größe", "@ann", "!", "\"", "b\(generator.below(60_000))x"][generator.below(6)] }
        Tokenizer(marksQuotations: kind.marks).tokenize(text.joined(separator: " "), into: &buffer)
        row.extract(buffer, with: &extractor)
        var blocks: [[Int]] = [[], []]
        extractor.forEachFeature(in: buffer) { block, bucket, _ in blocks[block.rawValue].append(bucket) }
        var expected: [Int: Double] = [:]
        for block in blocks {
          for bucket in block { expected[bucket, default: 0] += space.normalizesBlocks ? 1 / Double(block.count).squareRoot() : 1 }
        }
        let entries = row.entries(in: space)
        #expect(entries.map(\.bucket) == expected.keys.sorted())
        #expect(entries.allSatisfy { $0.value == expected[$0.bucket] })
      }
    }
  }

  @Test func theSpaceReadsBackFromItsDescription() throws {
    var space = FeatureSpace()
    space.bits = 17
    space.wordNGrams = 3
    space.characterNGrams = nil
    space.weighting = .counts
    #expect(FeatureSpace(json: try JSONScanner.parse(JSONWriter.text(space.json))) == space)
    #expect(FeatureSpace(json: .object([JSONMember("bits", 20)])) == nil)
  }

  @Test func aDistinctSetForgetsAndGrows() {
    var set = DistinctSet()
    for round in 0..<3 {
      set.removeAll()
      let hashes = (0..<5000).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(round) }
      var inserted = 0
      for hash in hashes where set.insert(hash) { inserted += 1 }
      #expect(inserted == 5000)
      for hash in hashes where set.insert(hash) { inserted += 1 }
      #expect(inserted == 5000)
    }
  }
}
