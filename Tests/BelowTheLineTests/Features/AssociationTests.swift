import BelowTheLine
import TestSupport
import Testing

struct AssociationTests {
  /// Forty articles on two subjects, each of a few of its subject's thirty words and of words of its own.
  private static let sample: ConversationSample = {
    var generator = SeededGenerator(seed: 7)
    var sample = ConversationSample()
    for index in 0..<160 {
      let subject = index % 8
      let words = (0..<12).map { _ in "subject\(subject)word\(generator.below(30))" } + (0..<12).map { "own\(index)x\($0)" }
      sample.add(.article(Article(id: "a\(index)", body: words.joined(separator: " "))))
      sample.add(
        .comment(
          Comment(
            id: "c\(index)", articleID: "a\(index)",
            text: (0..<6).map { _ in "subject\(subject)word\(generator.below(30))" }.joined(separator: " "))))
    }
    return sample
  }()

  private func profile(_ text: String) -> TextProfile {
    var buffer = TokenBuffer()
    var profiler = TextProfiler()
    Tokenizer().tokenize(text, into: &buffer)
    return profiler.profile(buffer)
  }

  private func direction(of comment: String, under article: String) -> Double {
    var conversations = Conversations(Self.sample.background())
    conversations.add(Article(id: "x", body: article + (0..<20).map { " unheard\($0)" }.joined()))
    return conversations.relevance(of: CommentPlace(Comment(id: "1", articleID: "x", text: comment)), profile(comment))[.articleDirection]
  }

  @Test func wordsOfOneCompanyPointTheSameWay() {
    let article = (0..<10).map { "subject3word\($0)" }.joined(separator: " ")
    let own = direction(of: (15..<25).map { "subject3word\($0)" }.joined(separator: " "), under: article)
    let other = direction(of: (15..<25).map { "subject5word\($0)" }.joined(separator: " "), under: article)
    #expect(own > 0.7)
    #expect(abs(other) < 0.4)
    #expect(direction(of: "words that nobody said", under: article) == 0)
  }

  /// A word's direction has length 127, but for rounding; a word in one conversation has none.
  @Test func directionsHaveOneLength() {
    let directions = Self.sample.background().association.directions
    func length(_ word: String) -> Double {
      let start = Int(profile(word).words[0]) * Association.dimensions
      return directions[start..<start + Association.dimensions].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    #expect(abs(length("subject3word4") - 127) < 3)
    #expect(length("own3x4") == 0)
  }

  @Test func fewConversationsTeachNothing() {
    var sample = ConversationSample()
    for index in 0..<15 { sample.add(.article(Article(id: "\(index)", body: "the same words again"))) }
    #expect(sample.background().association == .none)
  }
}
