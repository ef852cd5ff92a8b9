import BelowTheLine
import TestSupport
import Testing

struct LexiconTests {
  private static let text = """
    football: goalkeeper offside striker

    labour: striker Wages
    football: Corner
    """

  private func profile(_ text: String, _ lexicon: Lexicon) -> TextProfile {
    var buffer = TokenBuffer()
    var profiler = TextProfiler(lexicon)
    Tokenizer().tokenize(text, into: &buffer)
    return profiler.profile(buffer)
  }

  private func topics(_ text: String, _ lexicon: Lexicon) -> [String] {
    var topics: [String] = []
    profile(text, lexicon).forEachMention { _, topic in topics.append(lexicon.topics[topic]) }
    return topics
  }

  @Test func linesMayEndAsOnWindows() throws {
    let lexicon = try Lexicon(Self.text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"))
    #expect(lexicon.topics == ["football", "labour"])
    #expect(lexicon.wordCount == 5)
    #expect(try Subgroup.parse("# a\r\nislands: ferry, long bridge\r\nbirds: gull\r\n").map(\.name) == ["islands", "birds"])
  }

  @Test func linesOfOneNameAreOneTopic() throws {
    let lexicon = try Lexicon(Self.text)
    #expect(lexicon.topics == ["football", "labour"])
    #expect(lexicon.wordCount == 5)
  }

  /// A word counts once, however often it stands there, for each of its topics.
  @Test func wordsAreFoundAsTextsWriteThem() throws {
    let lexicon = try Lexicon(Self.text)
    #expect(topics("The STRIKER, the striker and the goalkeeper!", lexicon) == ["football", "labour", "football"])
    #expect(topics("nothing of the kind", lexicon) == [])
    #expect(topics("corner wages", lexicon) == ["football", "labour"])
  }

  @Test(arguments: 0...9)
  func aWordSpeaksOfAllItsTopics(count: Int) throws {
    let names = (0..<count).map { "topic \($0)" }
    let lexicon = try Lexicon("first: before\n" + names.map { "\($0): word other\($0)\n" }.joined() + "last: behind")
    #expect(topics("word", lexicon) == names)
    #expect(topics("before word word behind before", lexicon) == ["first"] + names + ["last"])
  }

  @Test func aLineWithoutATopicIsNamed() {
    #expect(throws: LexiconError(line: 2, problem: "no topic and colon")) { try Lexicon("a: b\nnothing here") }
    #expect(throws: LexiconError(line: 1, problem: "no topic and colon")) { try Lexicon(": b") }
  }

  @Test func thousandsOfWordsAreToldApart() throws {
    let lexicon = try Lexicon(
      (0..<200).map { topic in "t\(topic): " + (0..<20).map { "word\(topic)x\($0)" }.joined(separator: " ") }.joined(separator: "\n"))
    #expect(lexicon.wordCount == 4000)
    for topic in stride(from: 0, to: 200, by: 7) { #expect(topics("word\(topic)x13", lexicon) == ["t\(topic)"]) }
  }

  /// Articles of the words "football" 1 nat, "labour" 1 nat: masses (1, 0) and (0.6, 0.8) of length 1, by hand.
  @Test func ratesAreThoseCountedByHand() throws {
    let rates = TopicRates([[2, 0], [3, 4], [0, 0]], topics: 2)
    let means: [Float] = [1.6 / 3, 0.8 / 3]
    // The root of the mean square less the square of the mean; two hundredths more.
    let deviations: [Float] = [
      (Float(1.36 / 3) - means[0] * means[0]).squareRoot() + 0.02, (Float(0.64 / 3) - means[1] * means[1]).squareRoot() + 0.02,
    ]
    for topic in 0..<2 {
      #expect(abs(rates.means[topic] - means[topic]) < 1e-6)
      #expect(abs(rates.deviations[topic] - deviations[topic]) < 1e-6)
    }
  }

  private static func background(_ lexicon: Lexicon) -> Background {
    // Every unit has an information of 1 nat; topics have a mean of 0 and a deviation of ½.
    let rates = TopicRates(
      means: [Float](repeating: 0, count: lexicon.topics.count), deviations: [Float](repeating: 0.5, count: lexicon.topics.count))
    return Background(
      codes: [UInt8](repeating: 20, count: Background.Table.allCases.count << 16), articleLength: 25, lexicon: lexicon,
      articleTopics: rates, threadTopics: rates)
  }

  private static let article = Article(
    id: "a", title: "Derby", body: "The goalkeeper saved a late corner" + (0..<30).map { " filler\($0)" }.joined())

  private func relevance(_ id: String, _ text: String, _ lexicon: Lexicon, in conversations: inout Conversations) -> Relevance {
    conversations.relevance(of: CommentPlace(Comment(id: id, articleID: "a", text: text)), profile(text, lexicon))
  }

  /// The article is all football, z = 1 / ½; a comment of one such word has a sum of 1 nat × 2, over the least length of 3 nats.
  @Test func aCommentIsNearAnArticleWithWhichItSharesNoWord() throws {
    let lexicon = try Lexicon(Self.text)
    var conversations = Conversations(Self.background(lexicon), tracesWords: true)
    conversations.add(Self.article)
    let near = relevance("1", "never offside", lexicon, in: &conversations)
    #expect(near[.articleWords] < 0)
    #expect(abs(near[.articleTopics] - 2.0 / 3) < 1e-6)
    #expect(near.topics.map(\.name) == ["football"])
    #expect(abs(relevance("2", "higher wages", lexicon, in: &conversations)[.articleTopics]) < 1e-6)
    #expect(relevance("3", "nice weather", lexicon, in: &conversations)[.articleTopics] == 0)
  }

  /// A comment is compared with the others only, its own copies left out.
  @Test func aThreadHasTheTopicsOfItsOtherComments() throws {
    let lexicon = try Lexicon(Self.text)
    var conversations = Conversations(Self.background(lexicon))
    conversations.add(Self.article)
    #expect(relevance("1", "offside again", lexicon, in: &conversations)[.threadTopics] == 0)
    #expect(abs(relevance("2", "poor goalkeeper", lexicon, in: &conversations)[.threadTopics] - 2.0 / 3) < 1e-6)
    #expect(abs(relevance("3", "offside again", lexicon, in: &conversations)[.threadTopics] - 2.0 / 3) < 1e-6)
    #expect(abs(relevance("4", "low wages", lexicon, in: &conversations)[.threadTopics]) < 1e-6)
    // Two thirds of an equal mass each: football 2/√5 of the length, labour 1/√5.
    let z = 2 * (2 / 5.0.squareRoot())
    #expect(abs(relevance("5", "corner kick", lexicon, in: &conversations)[.threadTopics] - z / 3) < 1e-6)
  }
}
