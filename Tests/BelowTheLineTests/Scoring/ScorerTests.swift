import BelowTheLine
import TestSupport
import Testing

struct ScorerTests {
  @Test(arguments: TrainingOptions.Algorithm.allCases)
  func sharesAndBiasAddUpToTheLogit(algorithm: TrainingOptions.Algorithm) throws {
    let scorer = Scorer(model: try Samples.train(Samples.options(algorithm)).model)
    var store = scorer.makeConversations()
    let odd = [
      "", "!!! ??? ...", "the the the the", "漢字 漢字", "😀 @a @b https://x.example", "don’t don't DON’T",
      String(repeating: "word ", count: 3000),
    ]
    let records = Samples.records + odd.enumerated().map { .comment(Comment(id: "o\($0)", articleID: "ferry", text: $1)) }
    let scores = scorer.score(records, threads: 1, in: &store)
    let comments = records.compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
    for (comment, score) in zip(comments, scores) {
      for explanation in scorer.explain(comment, score) {
        let sum = explanation.bias + explanation.tokens.reduce(0) { $0 + $1.share } + explanation.place.reduce(0) { $0 + $1.share }
        #expect(abs(sum - explanation.logit) < 1e-9, "\(algorithm) \(explanation.label) \(comment.id)")
      }
    }
  }

  /// Times the weights of their buckets they add up to the logit, spaced-out words and words met once among them.
  @Test(arguments: TrainingOptions.Algorithm.allCases)
  func featuresAreThoseThatAreScored(algorithm: TrainingOptions.Algorithm) throws {
    var options = Samples.options(algorithm)
    options.features.bits = 18
    let model = try Samples.train(options).model
    let scorer = Scorer(model: model)
    let head = try #require(model.labels.firstIndex(of: "conspiracy"))
    let column = try #require(model.textHeads.firstIndex(of: head))
    var workspace = scorer.makeWorkspace()
    for text in Samples.comments.map(\.text) + ["the h i d d e n F I R E s e c r e t", "cabal", ""] {
      let sum = scorer.features(of: text).reduce(model.heads[head].bias) {
        $0 + Double(model.weights[$1.bucket * model.columns + column]) * Double($1.value)
      }
      #expect(abs(sum - scorer.scoreText(text, &workspace).logits[head]) < 1e-4, "\(text)")
    }
  }

  /// What is known of words gives the profile that is made from the text.
  @Test(arguments: [false, true]) func aTextHasTheSameProfileWhateverCameBefore(marks: Bool) throws {
    var options = Samples.options(.nbLogistic)
    (options.features.joinsPunctuation, options.features.separatesQuotations) = (marks, marks)
    let scorer = Scorer(model: try Samples.train(options).model)
    try #require(scorer.usesContext)
    var mutator = Mutator(seed: 22)
    var texts = Samples.comments.map { Array($0.text.utf8) } + (0..<200).map { _ in mutator.text(length: 40) }
    texts += [
      "the ferry the Ferry the", "\"the ferry is on fire\" no the ferry is not", "5 #5 漢字 漢字 5", String(repeating: "x", count: 95) + "yz",
      String(repeating: "x", count: 95) + "yy zy",
    ]
    .map { Array($0.utf8) }
    texts += (0..<30).map { part in Array((0..<1000).map { "w\(part)x\($0)" }.joined(separator: " ").utf8) }
    var workspace = scorer.makeWorkspace()
    var profiler = TextProfiler()
    var buffer = TokenBuffer()
    for text in texts + texts.reversed() {
      let profile = try #require(scorer.scoreText(text.span, &workspace).profile)
      scorer.tokenizer.tokenize(text.span, into: &buffer)
      let expected = profiler.profile(buffer)
      for unit in TextUnit.allCases { #expect(profile[unit] == expected[unit]) }
      #expect(profile.length == expected.length)
      #expect(profile.fingerprint == expected.fingerprint)
    }
  }

  /// What the cache remembers changes no bit, and the sums are those of the plain walk over all features.
  @Test(arguments: [
    (0, true, false, TrainingOptions.Algorithm.nbLogistic), (1, true, false, .nbLogistic), (2, true, false, .nbLogistic),
    (2, false, false, .nbLogistic), (2, true, true, .nbLogistic), (3, true, true, .nbLogistic), (2, true, false, .naiveBayes),
  ])
  func aTextHasTheSameLogitsWhateverCameBefore(words: Int, characters: Bool, marks: Bool, algorithm: TrainingOptions.Algorithm) throws {
    var options = Samples.options(algorithm)
    (options.features.joinsPunctuation, options.features.separatesQuotations) = (marks, marks)
    options.features.wordNGrams = words
    options.features.characterNGrams = characters ? 2...6 : nil
    let model = try Samples.train(options).model
    let scorer = Scorer(model: model)
    var mutator = Mutator(seed: 21)
    var texts = Samples.comments.map { Array($0.text.utf8) } + (0..<200).map { _ in mutator.text(length: 40) }
    // Distinct words enough to make the cache forget, and a text that is too long for it.
    texts += (0..<30).map { part in Array((0..<1000).map { "w\(part)x\($0)" }.joined(separator: " ").utf8) }
    texts.append(Array("\"They hide it from us\" lol, they hide it? Sure, \"they\" do".utf8))
    texts.append(Array((0..<6000).map { "word\($0 % 5000)" }.joined(separator: " ").utf8))
    var used = scorer.makeWorkspace()
    var extractor = FeatureExtractor(model.features)
    var buffer = TokenBuffer()
    for text in texts + texts.reversed() {
      var fresh = scorer.makeWorkspace()
      let logits = scorer.logits(text.span, &used)
      #expect(logits == scorer.logits(text.span, &fresh))
      scorer.tokenizer.tokenize(text.span, into: &buffer)
      for head in model.heads.indices {
        var sums = [0.0, 0.0]
        var counts = [0, 0]
        extractor.forEachFeature(in: buffer) { block, bucket, _ in
          guard let column = model.textHeads.firstIndex(of: head) else { return }
          sums[block.rawValue] += Double(model.weights[bucket * model.columns + column])
          counts[block.rawValue] += 1
        }
        let norms = counts.map { model.features.normalizesBlocks ? Double(max($0, 1)).squareRoot() : 1 }
        let expected = model.heads[head].bias + sums[0] / norms[0] + sums[1] / norms[1]
        #expect(abs(logits[head] - expected) < 1e-9 * max(1, abs(expected)))
      }
    }
  }

  @Test(arguments: ["Wake up, the  hidden\tcabal!", "漢字文章 and 漢字", "", "  ", "v a c c i n e\u{200B}s @x 😀🏽"])
  func piecesAreTheWholeText(text: String) throws {
    let scorer = Scorer(model: try Samples.train().model)
    var workspace = scorer.makeWorkspace()
    var store = scorer.makeConversations()
    let comment = Comment(id: "p", text: text)
    let explanation = try #require(scorer.explain(comment, scorer.score(comment, &workspace, in: &store)).first)
    #expect(Array(explanation.pieces(of: text).map(\.text).joined().utf8) == Array(text.utf8))
  }

  @Test func anyNumberOfThreadsGivesTheSameScores() throws {
    let scorer = Scorer(model: try Samples.train().model)
    var mutator = Mutator(seed: 4)
    let records =
      Samples.records
      + (0..<1000).map { index -> Record in
        let text = String(decoding: mutator.text(length: 30), as: UTF8.self)
        return .comment(Comment(id: "m\(index)", articleID: index % 2 == 0 ? "ferry" : "none\(index % 5)", text: text))
      }
    let runs = [1, 2, 4, 7].map { threads in
      var store = scorer.makeConversations()
      return scorer.score(records, threads: threads, in: &store).map(\.logits)
    }
    #expect(runs.allSatisfy { $0 == runs[0] })
  }

  @Test func aContextLabelWithoutContextHasNoScore() throws {
    let scorer = Scorer(model: try Samples.train().model)
    var workspace = scorer.makeWorkspace()
    var store = scorer.makeConversations()
    let alone = scorer.score(Comment(id: "x", text: "Cheap loans, click my profile"), &workspace, in: &store)
    #expect(alone.logits[0] != nil)
    #expect(alone.logits[1] == nil)
    #expect(scorer.explain(Comment(id: "x", text: "Cheap loans"), alone).map(\.label) == ["conspiracy"])
    store.add(Samples.articles[0])
    let placed = scorer.score(Comment(id: "y", articleID: "ferry", text: "Cheap loans, click my profile"), &workspace, in: &store)
    #expect(placed.logits[1] != nil)
  }

  /// Articles of so many words, no two with one in common.
  private func articles(_ count: Int, words: Int) -> [Article] {
    (0..<count).map { article in
      Article(id: "a\(article)", body: (0..<words).map { "w\(String(article * words + $0, radix: 26))x" }.joined(separator: " "))
    }
  }

  private func comment(under article: Article) -> Record {
    .comment(Comment(id: "c" + article.id, articleID: article.id, text: "Tyres " + article.body.prefix(40)))
  }

  /// More of them than there is room for conversations.
  @Test func articlesMayComeBeforeAllComments() throws {
    let scorer = Scorer(model: try Samples.train().model)
    let articles = articles(1500, words: 200)
    var (first, paired) = (scorer.makeConversations(), scorer.makeConversations())
    let scores = scorer.score(articles.map { .article($0) } + articles.map(comment), threads: 2, in: &first)
    let expected = scorer.score(articles.flatMap { [.article($0), comment(under: $0)] }, threads: 1, in: &paired)
    #expect(scores.map(\.logits) == expected.map(\.logits))
    #expect(scores.allSatisfy { $0.logits[1] != nil })
    #expect(first.missedContext.late == 0 && first.missedContext.forgotten == 0)
  }

  @Test func articlesThatHadNoRoomAreCounted() throws {
    let scorer = Scorer(model: try Samples.train().model)
    let articles = articles(1200, words: 3000)
    var store = scorer.makeConversations()
    let scores = scorer.score(articles.map { .article($0) } + articles.map(comment), threads: 2, in: &store)
    let unscored = scores.count { $0.logits[1] == nil }
    #expect(0 < unscored && unscored < 1200)
    #expect(store.missedContext.forgotten == unscored)
  }

  @Test(arguments: [false, true]) func commentsBeforeTheirArticleAreCounted(wholeThreads: Bool) throws {
    let scorer = Scorer(model: try Samples.train().model)
    let article = articles(1, words: 200)[0]
    var store = scorer.makeConversations(wholeThreads: wholeThreads)
    _ = scorer.score([comment(under: article), .article(article), comment(under: article)], threads: 1, in: &store)
    #expect(store.missedContext.late == (wholeThreads ? 0 : 1))
    #expect(store.missedContext.forgotten == 0)
  }

  /// A dump that is sorted from new to old.
  @Test(arguments: [false, true]) func repliesBeforeWhatTheyAnswerAreCounted(wholeThreads: Bool) throws {
    let scorer = Scorer(model: try Samples.train().model)
    let comments = (0..<3).map { index in
      Record.comment(.init(id: "c\(index)", articleID: "a", parentID: index == 0 ? nil : "c\(index - 1)", text: "tyres \(index)"))
    }
    func missed(_ comments: [Record]) -> MissedContext {
      var store = scorer.makeConversations(wholeThreads: wholeThreads)
      for _ in 0..<(wholeThreads ? 2 : 1) {
        store.beginAgain()
        _ = scorer.score(comments, threads: 1, in: &store)
      }
      return store.missedContext
    }
    #expect(missed(comments).early == 0)
    #expect(missed(comments.reversed()).early == (wholeThreads ? 0 : 2))
    #expect(missed(comments.reversed()).unknownParents == 0)
    #expect(missed([.comment(.init(id: "c", articleID: "a", parentID: "c", text: "tyres"))]).early == 0)
    #expect(missed(Array(comments.dropFirst())).unknownParents == 1)
    #expect(missed(Array(comments.dropFirst())).unknownParent == "c0")
    #expect(missed(Array(comments.dropFirst())).replies == 2)
  }

  @Test func commentsWithoutTheirArticleAreCounted() throws {
    let scorer = Scorer(model: try Samples.train().model)
    let articles = articles(3, words: 200)
    var store = scorer.makeConversations()
    var stranger = Comment(id: "s", articleID: "1.0", text: "Tyres")
    var records: [Record] = [.article(articles[0]), .article(Article(id: "short", body: "Few words.")), .comment(stranger)]
    stranger.articleID = nil
    records += [.comment(stranger), comment(under: articles[0]), comment(under: articles[1]), .article(articles[1])]
    _ = scorer.score(records, threads: 1, in: &store)
    let missed = store.missedContext
    #expect(missed.articles == 3 && missed.shortArticles == 1)
    #expect(missed.underArticles == 1 && missed.withoutPlace == 1)
    // One article came late, the other never.
    #expect(missed.late == 1 && missed.unknownArticles == 1)
    #expect(missed.unknownArticle == "1.0")
  }

  @Test func flagsAreTheLabelsAtOrAboveTheirThreshold() throws {
    let scorer = Scorer(model: try Samples.train().model)
    var store = scorer.makeConversations()
    for score in scorer.score(Samples.records, threads: 1, in: &store) {
      let expected = zip(scorer.model.heads, score.probabilities).filter { ($0.1 ?? -1) >= $0.0.threshold }.map(\.0.label)
      #expect(score.flags == expected)
    }
  }

  @Test func aDeskReviewsAtOneThresholdAndHoldsAtAnother() throws {
    var options = Samples.options()
    options.targets = [.highestExpectedMCC, .rate(0.9), .rate(0.1)]
    let scorer = Scorer(model: try Samples.train(options).model)
    let screening = try Screening(scorer.model, at: [.rate(0.9), .rate(0.1)])
    var store = scorer.makeConversations()
    var outcomes: Set<Outcome> = []
    for score in scorer.score(Samples.records, threads: 1, in: &store) {
      let expected = zip(scorer.model.heads, score.probabilities).map { head, probability -> Outcome in
        guard let probability else { return .pass }
        return probability >= head.thresholds[2].value ? .hold : probability >= head.thresholds[1].value ? .review : .pass
      }
      #expect(screening.outcome(score) == (expected.contains(.hold) ? .hold : expected.contains(.review) ? .review : .pass))
      #expect(screening.flags(score) == zip(scorer.model.labels, expected).filter { $1 != .pass }.map(\.0))
      #expect(try Screening(scorer.model).flags(score) == score.flags)
      outcomes.insert(screening.outcome(score))
    }
    #expect(outcomes == [.pass, .review, .hold])
    #expect(throws: ScreeningError.unknown("rate=0.5", label: "conspiracy", known: ["mcc", "rate=0.9", "rate=0.1"])) {
      try Screening(scorer.model, at: [.rate(0.5)])
    }
  }

  @Test func explanationsNameTheSharedWords() throws {
    let scorer = Scorer(model: try Samples.train().model)
    var workspace = scorer.makeWorkspace()
    var store = scorer.makeConversations()
    store.add(Samples.articles[0])
    let comment = Comment(id: "z", articleID: "ferry", text: "Skarvoy needs that vessel, and tyres")
    let score = scorer.score(comment, &workspace, in: &store)
    let explanation = try #require(scorer.explain(comment, score).first { $0.label == "off_topic" })
    #expect(Set(explanation.words.withArticle).isSuperset(of: ["Skarvoy", "vessel"]))
    #expect(explanation.words.new.contains("tyres"))
    #expect(explanation.words.groups.map(\.key) == ["article", "new"])
  }
}
