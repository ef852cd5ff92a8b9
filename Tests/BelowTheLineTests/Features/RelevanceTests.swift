import BelowTheLine
import Testing

struct RelevanceTests {
  /// Every unit has an information of 1 nat, and so a rate of 1/e.
  private static func background(articleLength: Double = 25) -> Background {
    Background(codes: [UInt8](repeating: 20, count: Background.Table.allCases.count << 16), articleLength: articleLength)
  }

  private static let article = Article(
    id: "a", title: "Harbour fire",
    body: "A ferry burned at its moorings near the old customs house last night while three crews from two islands fought flames under rain"
  )

  private func profile(_ text: String) -> TextProfile {
    var buffer = TokenBuffer()
    var profiler = TextProfiler()
    Tokenizer().tokenize(text, into: &buffer)
    return profiler.profile(buffer)
  }

  private func relevance(
    _ text: String, in conversations: inout Conversations, id: String = "x", article: String = "a", parent: String? = nil
  )
    -> Relevance
  {
    conversations.relevance(of: CommentPlace(Comment(id: id, articleID: article, parentID: parent, text: text)), profile(text))
  }

  @Test func theArticleSharesMoreThanChanceAsCountedByHand() {
    // The article has 25 distinct words, as many as the mean, so that a word stands in it by chance with q = 1/e.
    var conversations = Conversations(Self.background())
    conversations.add(Self.article)
    let relevance = relevance("harbour harbours burning tomorrow", in: &conversations)
    let q = 0.36787944117144233
    #expect(relevance.context == .article)
    #expect(abs(relevance[.articleWords] - (1 - 4 * q) / (4 * q * (1 - q) + 0.5).squareRoot()) < 1e-6)
    #expect(abs(relevance[.articleCosine] - 1 / (4.0 * 25).squareRoot()) < 1e-9)
    #expect(abs(relevance[.articleRarest] - 1) < 1e-9)
    #expect(abs(relevance[.articleLength] - 3.2580965380214821) < 1e-9)
    #expect(abs(relevance[.length] - 1.6094379124341003) < 1e-9)
    #expect(relevance[.articleLetters] > relevance[.articleWords], "harbours and burning share parts of words")
  }

  /// A word is in a text n times as long with probability 1 - (1 - q)ⁿ.
  @Test func aLongArticleSharesMoreByChance() {
    var short = Conversations(Self.background(articleLength: 25))
    var long = Conversations(Self.background(articleLength: 5))
    short.add(Self.article)
    long.add(Self.article)
    #expect(relevance("harbour tomorrow", in: &long)[.articleWords] < relevance("harbour tomorrow", in: &short)[.articleWords])
  }

  @Test func aParentAndTheThreadAreSeenOnlyAfterTheyCame() {
    var conversations = Conversations(Self.background())
    #expect(relevance("blue paint", in: &conversations, id: "2", parent: "1").context == nil)
    _ = relevance("green paint", in: &conversations, id: "1")
    let reply = relevance("green door", in: &conversations, id: "3", parent: "1")
    #expect(reply.context == .thread)
    #expect(reply[.isReply] == 1)
    // One of two words is shared with a parent that has any word by chance with 1/e.
    let q = 0.36787944117144233
    #expect(abs(reply[.parentWords] - (1 - 2 * q) / (2 * q * (1 - q) + 0.5).squareRoot()) < 1e-6)
    #expect(abs(reply[.threadSize] - 1.0986122886681098) < 1e-9, "log(1 + 2)")
  }

  @Test func aCommentIsNotComparedWithItsCopies() {
    var conversations = Conversations(Self.background())
    _ = relevance("cheap loans here", in: &conversations, id: "1")
    #expect(relevance("Cheap loans, here!", in: &conversations, id: "2").context == nil, "its copy is all there is")
    _ = relevance("a fine harbour", in: &conversations, id: "3")
    let first = relevance("cheap loans here", in: &conversations, id: "4")
    let second = relevance("cheap loans here", in: &conversations, id: "5")
    #expect(first.features == second.features)
    #expect(abs(first[.threadSize] - 0.6931471805599453) < 1e-9, "log(1 + 1)")
  }

  @Test func whatWasWithdrawnIsComparedButJoinsNoThread() {
    var conversations = Conversations(Self.background())
    for status in ["spam", "REJECTED", "deleted"] {
      let comment = Comment(id: status, articleID: "a", text: "cheap loans", status: status)
      #expect(conversations.relevance(of: CommentPlace(comment), profile(comment.text)).context == nil)
    }
    #expect(relevance("green paint", in: &conversations, parent: "spam").context == nil)
    #expect(relevance("green door", in: &conversations).context == .thread)
  }

  @Test func aHeadlineOpensTheThreadLikeAComment() {
    var conversations = Conversations(Self.background())
    conversations.add(Article(id: "a", title: "Harbour fire", body: ""))
    #expect(relevance("what a fire", in: &conversations).context == .thread)
  }

  @Test func whatHasNoWordHasNoPlace() {
    var conversations = Conversations(Self.background())
    conversations.add(Self.article)
    #expect(relevance("🙂 …", in: &conversations).context == nil)
    #expect(conversations.relevance(of: CommentPlace(Comment(id: "1", text: "hello")), profile("hello")).context == nil)
    conversations.add(Article(id: "b", title: "", body: "…"))
    #expect(relevance("hello", in: &conversations, article: "b").context == nil)
  }

  @Test func partOfThePlaceCanBeLeftOut() {
    var conversations = Conversations(Self.background())
    conversations.add(Self.article)
    _ = relevance("green paint", in: &conversations, id: "1")
    let full = relevance("green harbour", in: &conversations, id: "2", parent: "1")
    #expect(full.context == .articleAndThread)
    #expect(full.seen(in: .article)?.isKnown(.threadWords) == false)
    #expect(full.seen(in: .article)?[.isReply] == 0)
    #expect(full.seen(in: .thread)?.isKnown(.articleWords) == false)
    #expect(full.seen(in: .thread)?.seen(in: .article) == nil)
  }

  @Test func theUnknownSpeaksNeitherForNorAgainst() {
    var conversations = Conversations(Self.background())
    conversations.add(Self.article)
    let rows = ["harbour fire", "other words again"].map { relevance($0, in: &conversations, id: $0) }
    let scale = RelevanceScale(rows)
    let lone = relevance("fire", in: &conversations, article: "b")
    #expect(!lone.isKnown(.articleRarest))
    #expect(scale.columns(.articleRarest, of: lone, length: 1) == (0, 0, 0))
    // The mean of two values is half a standardised step from either: ±1.
    #expect(abs(abs(scale.standardised(.length, of: rows[0])) - 1) < 1e-5)
  }

  @Test func ratesAreCountedWithoutThePartTheyAreUsedOn() {
    var counts = BackgroundCounts(parts: 2)
    let word = profile("bakhmut").words[0]
    for _ in 0..<99 { counts.add(comment: profile("the bakhmut"), part: 0) }
    for _ in 0..<99 { counts.add(comment: profile("the other"), part: 1) }
    // -log of (99 + ½) of (198 + 1), of none of (99 + 1), in twentieths of a nat.
    #expect(counts.background().codes[Int(word)] == 14)
    #expect(counts.background(without: 0).codes[Int(word)] == 106)
    #expect(counts.background(without: 1).codes[Int(word)] == 0)
  }

  @Test func oldConversationsAreLetGo() {
    var conversations = Conversations(Self.background())
    let last = 2_000
    for index in 0...last { _ = relevance("fire", in: &conversations, article: "t\(index)") }
    #expect(conversations.released > 0)
    #expect(conversations.missedContext.interrupted == 0 && conversations.missedContext.forgotten == 0)
    #expect(relevance("rain", in: &conversations, article: "t\(last)").context == .thread)
    #expect(conversations.missedContext.interrupted == 0)
    #expect(relevance("rain", in: &conversations, article: "t0").context == nil)
    #expect(relevance("water", in: &conversations, article: "t0").context == .thread)
    #expect(conversations.missedContext.interrupted == 2)
  }

  @Test func moreRoomKeepsMoreConversations() {
    var conversations = Conversations(Self.background(), room: 1 << 30)
    let last = 2_000
    for index in 0...last { _ = relevance("fire", in: &conversations, article: "t\(index)") }
    #expect(conversations.released == 0)
    #expect(relevance("rain", in: &conversations, article: "t0").context == .thread)
    #expect(conversations.missedContext.interrupted == 0 && conversations.missedContext.forgotten == 0)
  }

  @Test func whatAnArticleSaysIsKeptLonger() {
    var conversations = Conversations(Self.background())
    let last = 2_000
    for index in 0...last { conversations.add(Article(id: "a\(index)", body: Self.article.body)) }
    #expect(conversations.released > 0)
    let first = relevance("rain", in: &conversations, article: "a0")
    #expect(first.context == .article)
    let recent = relevance("rain", in: &conversations, article: "a\(last)")
    #expect(RelevanceFeature.allCases.allSatisfy { first[$0] == recent[$0] })
  }
}
