import BelowTheLine
import Testing

struct TextProfileTests {
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
