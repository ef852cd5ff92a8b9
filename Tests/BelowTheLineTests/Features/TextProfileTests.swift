import BelowTheLine
import Testing

struct TextProfileTests {
  private func letters(_ text: String) -> [UInt16] {
    var buffer = TokenBuffer()
    var profiler = TextProfiler()
    Tokenizer().tokenize(text, into: &buffer)
    return Array(profiler.profile(buffer).letters)
  }

  /// Five at a time, a space and seven characters in all, however many bytes these have.
  @Test(arguments: ["abcdefg", "äßçñøéū"])
  func lettersAreThoseOfAWordsBeginning(word: String) {
    #expect(letters(word).count == 4)
    #expect(letters(word + "hi") == letters(word))
    #expect(letters(word + "jklmnop") == letters(word))
    #expect(letters(String(word.dropLast())) == Array(letters(word).prefix(3)))
    #expect(letters(String(word.prefix(3))) == [])
    #expect(letters(String(word.dropLast()) + "z").prefix(3) == letters(word).prefix(3))
    #expect(letters(String(word.dropLast()) + "z") != letters(word))
  }

  @Test func copiesAreKnownByTheirWords() {
    var buffer = TokenBuffer()
    var profiler = TextProfiler()
    let prints = ["one two three", "One, two – three!", "two one three", "one two", "one two three three"].map { text in
      Tokenizer().tokenize(text, into: &buffer)
      return profiler.profile(buffer).fingerprint
    }
    #expect(prints[0] == prints[1])
    #expect(Set(prints).count == 4)
  }

  @Test func textsAreComparedByWordsNumbersTagsAndBigramsOfCharacters() {
    var buffer = TokenBuffer()
    Tokenizer().tokenize("word 12 http://example.org/a somebody@example.org @name #tag 😀 漢字 !", into: &buffer)
    #expect(Set(buffer.tokens.map(\.kind)) == Set(TokenKind.allCases))
    let compared = buffer.tokens.filter { TextProfiler.wordBucket(of: $0, in: buffer) != nil }.map(\.kind)
    #expect(Set(compared) == [.word, .number, .hashtag, .characterBigram])
    var profiler = TextProfiler()
    #expect(profiler.profile(buffer).length == compared.count)
  }
}

struct BucketCountsTests {
  @Test func countsAreThoseOfADictionary() {
    var generator = SeededGenerator(seed: 1)
    var counts = BucketCounts()
    var expected: [UInt16: Int] = [:]
    for _ in 0..<20_000 {
      // Bucket 0 and the last one, and many that meet in a slot.
      let bucket = UInt16(truncatingIfNeeded: generator.below(300) * 256 - generator.below(3))
      counts.add(bucket)
      expected[bucket, default: 0] += 1
    }
    for bucket in UInt16.min...UInt16.max where counts[bucket] != expected[bucket] ?? 0 {
      Issue.record("bucket \(bucket): \(counts[bucket]), not \(expected[bucket] ?? 0)")
    }
    #expect(counts.distinct == expected.count)
  }
}
