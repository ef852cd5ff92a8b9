import BelowTheLine
import TestSupport
import Testing

struct RelevanceTests {
  private let idf = IDFTable(values: [Float](repeating: 1, count: 1 << IDFTable.bits))

  private func profile(_ text: String) -> TextProfile {
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    return TextProfile(buffer)
  }

  @Test func sharesAreThoseCountedByHand() {
    var conversations = Conversations(idf: idf)
    conversations.add(Article(id: "a", title: "Harbour fire", body: "A ferry burned in the harbour"))
    // One of four words stands in the article of 7 distinct (harbour fire a ferry burned in the) and in its headline,
    // two by their first five letters.
    let comment = Comment(id: "1", articleID: "a", text: "harbour harbours burning tomorrow")
    let relevance = conversations.relevance(of: comment, profile(comment.text))
    #expect(relevance.hasArticle)
    #expect(abs(relevance[.articleCoverage] - 1.0 / 4) < 1e-6)
    #expect(abs(relevance[.articleStemCoverage] - 2.0 / 4) < 1e-6)
    #expect(abs(relevance[.titleCoverage] - 1.0 / 4) < 1e-6)
    #expect(abs(relevance[.articleCosine] - 1 / (4.0 * 7).squareRoot()) < 1e-6)
    #expect(relevance[.hasThread] == 0)
    #expect(relevance.sharedTokens == [0])
  }

  @Test func aParentAndTheThreadAreSeenOnlyAfterTheyCame() {
    var conversations = Conversations(idf: idf)
    let reply = Comment(id: "2", articleID: "a", parentID: "1", text: "blue paint")
    #expect(!conversations.relevance(of: reply, profile(reply.text)).hasContext)
    let first = Comment(id: "1", articleID: "a", text: "green paint")
    _ = conversations.relevance(of: first, profile(first.text))
    let relevance = conversations.relevance(of: Comment(id: "3", articleID: "a", parentID: "1", text: "green door"), profile("green door"))
    #expect(relevance[.hasParent] == 1)
    #expect(abs(relevance[.parentCoverage] - 0.5) < 1e-6)
    // green was used by one earlier comment: 1 / (1 + 2); door by none.
    #expect(abs(relevance[.threadCoverage] - 1.0 / 6) < 1e-6)
  }

  @Test func withoutArticleAndThreadThereIsNoContext() {
    var conversations = Conversations(idf: idf)
    #expect(!conversations.relevance(of: Comment(id: "1", text: "hello"), profile("hello")).hasContext)
  }

  /// Without an article its features take the mean of those rows that had one.
  @Test func theUnknownSpeaksNeitherForNorAgainst() {
    var conversations = Conversations(idf: idf)
    conversations.add(Article(id: "a", title: "Harbour", body: "fire"))
    let rows = ["harbour fire", "other words"].map { conversations.relevance(of: Comment(id: $0, articleID: "a", text: $0), profile($0)) }
    var lone = conversations.relevance(of: Comment(id: "x", articleID: "b", text: "fire"), profile("fire"))
    #expect(!lone.isKnown(.articleCoverage))
    lone.fillUnknown(with: RelevanceMeans(rows))
    #expect(lone[.articleCoverage] == 0.5)
    #expect(lone[.hasThread] == 0)
  }

  @Test func anArticleWithoutAWordIsNone() {
    var conversations = Conversations(idf: idf)
    conversations.add(Article(id: "a", title: "", body: "…"))
    #expect(!conversations.relevance(of: Comment(id: "1", articleID: "a", text: "hello"), profile("hello")).hasContext)
  }

  @Test func rareWordsWeighMore() {
    var frequencies = [Int32](repeating: 0, count: 1 << IDFTable.bits)
    let common = profile("the").words[0].hash
    frequencies[Int(common >> 16)] = 99
    let idf = IDFTable(documentFrequencies: frequencies, documents: 99)
    #expect(abs(idf[common]) < 1e-6)
    #expect(idf[profile("bakhmut").words[0].hash] == 1)
  }

  @Test func oldConversationsAreLetGo() {
    var conversations = Conversations(idf: idf)
    for index in 0...Conversations.maximumArticles { conversations.add(Article(id: "a\(index)", body: "one")) }
    #expect(conversations.relevance(of: Comment(id: "x", articleID: "a0", text: "one"), profile("one")).hasArticle == false)
    let last = "a\(Conversations.maximumArticles)"
    #expect(conversations.relevance(of: Comment(id: "y", articleID: last, text: "one"), profile("one")).hasArticle)
  }
}
