internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Takes scores apart: what each token and the comment's place add to them.",
    discussion: """
      A score is a logit: bias + the shares of all tokens + the shares of the comment's place. The probability is \
      1 / (1 + e^-logit).

      EXAMPLES
        btl explain --text "Follow the money and you will see who planned it."
        btl explain page.txt
        btl explain dump.jsonl --json | jq .labels.conspiracy.tokens
      """)

  @OptionGroup var model: ModelOption

  @Option(help: ArgumentHelp("A comment to explain, instead of files.", valueName: "text"))
  var text: String?

  @Argument(help: "Files to read; - for standard input.", completion: .file())
  var inputs: [String] = []

  @Option(help: ArgumentHelp("Read as this format instead of deciding by content.", valueName: "format"))
  var from: SourceFormat?

  @OptionGroup(title: "Input") var articles: ArticlesOption
  @OptionGroup(title: "Input") var memory: MemoryOption
  @OptionGroup(title: "Fields") var fields: FieldOptions

  @Option(
    help:
      "Compare a comment with those before it in its thread, or with the whole thread: then the inputs are read twice. (default: as the model was trained)"
  )
  var thread: ThreadView?

  @Flag(help: "Print one JSON object a comment, with every token.")
  var json = false

  func validate() throws {
    if (text == nil) == inputs.isEmpty { throw ValidationError("give either --text or files to explain") }
  }

  func run() throws {
    let scorer = Scorer(model: try model.load())
    let seesWholeThreads = ThreadView.isWhole(thread, scorer)
    var store = scorer.makeConversations(wholeThreads: seesWholeThreads, room: memory.room)
    var workspace = scorer.makeWorkspace()
    let out = try Output(path: nil)
    func explain(_ comment: Comment) throws {
      let score = scorer.score(comment, &workspace, in: &store)
      try out.write(json ? jsonLine(comment, score, scorer) : Array(page(comment, score, scorer).utf8))
    }
    if let text {
      let comment = Comment(id: "text", text: text)
      try explain(comment)
      var sample = CommentSample()
      sample.add(comment, number: 1, scorer)
      for note in sample.notes { Terminal.note(note) }
      return try out.finish()
    }
    var options = try InputOptions.parse(inputs + (from.map { ["--from", $0.rawValue] } ?? []))
    options.fields = fields
    func read(_ feed: RecordFeed, _ body: (Comment) throws -> Void) throws {
      try feed.forEach { record in
        switch record {
        case .article(let article): store.add(article)
        case .comment(let comment): try body(comment)
        }
      }
    }
    if seesWholeThreads {
      try options.checkThatItCanBeReadTwice()
      try read(RecordFeed(options, articles: articles.articles, isRehearsal: true)) { _ = scorer.score($0, &workspace, in: &store) }
      ThreadView.tellReleased(store)
      store.beginAgain()
    }
    let feed = try RecordFeed(options, articles: articles.articles)
    feed.scorer = scorer
    try read(feed, explain)
    ThreadView.tell(store.missedContext, feed, seesWholeThreads: seesWholeThreads)
    try out.finish()
    try feed.finish("explained")
  }

  private func jsonLine(_ comment: Comment, _ score: CommentScore, _ scorer: Scorer) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("id")
    writer.string(comment.id)
    writer.key("text")
    writer.string(comment.text)
    writer.key("labels")
    writer.beginObject()
    for explanation in scorer.explain(comment, score) {
      writer.key(explanation.label)
      ExplanationWriter.append(explanation, tokens: explanation.tokens, to: &writer)
    }
    writer.endObject()
    writer.endObject()
    writer.newline()
    return writer.bytes
  }

  private func page(_ comment: Comment, _ score: CommentScore, _ scorer: Scorer) -> String {
    var page = Terminal.styled(Terminal.harmless(comment.author ?? comment.id), .bold) + "\n"
    let explanations = scorer.explain(comment, score)
    for head in scorer.model.heads {
      let label = Terminal.harmless(head.label)
      guard let explanation = explanations.first(where: { $0.label == head.label }) else {
        page += "  \(label): no score, because \(Unscored.reason)\n"
        continue
      }
      let percent = "\(Int((explanation.probability * 100).rounded()))%"
      let verdict = explanation.probability >= head.threshold ? "flagged" : "not flagged"
      let threshold = head.thresholds[0].isReached ? "threshold \(Int((head.threshold * 100).rounded()))%" : "no threshold"
      page += "  \(label): \(percent), \(verdict) (\(threshold))\n"
      page += "    " + marked(comment.text, explanation) + "\n"
      page += "    logit \(explanation.logit.figure) = bias \(explanation.bias.figure)"
      page += " + tokens \(explanation.tokens.reduce(0) { $0 + $1.share }.figure)"
      if !explanation.place.isEmpty { page += " + place \(explanation.place.reduce(0) { $0 + $1.share }.figure)" }
      page += "\n"
      for token in explanation.strongestTokens(8) where token.share != 0 {
        let unmasked =
          token.unmasked.map { " (read as \(Terminal.harmless($0.text)): \($0.disguises.names.joined(separator: ", ")))" } ?? ""
        page += "    \(signed(token.share))  \(Terminal.harmless(token.text))\(unmasked)\n"
      }
      for place in explanation.place.filter({ $0.share != 0 }).sorted(by: { abs($0.share) > abs($1.share) }).prefix(5) {
        page += "    \(signed(place.share))  (\(place.name): \(place.value.figure))\n"
      }
      if !explanation.place.isEmpty { page += "    \(explanation.words.summary(6))\n" }
    }
    return page + "\n"
  }

  private func signed(_ value: Double) -> String { ((value < 0 ? "" : "+") + value.figure).leftPadded(to: 8) }

  /// The text with its weighty tokens coloured, on a terminal.
  private func marked(_ text: String, _ explanation: Explanation) -> String {
    explanation.pieces(of: text).map { piece in
      let harmless = Terminal.harmless(piece.text)
      return abs(piece.share) < Explanation.weightyShare ? harmless : Terminal.styled(harmless, piece.share > 0 ? .red : .green)
    }.joined()
  }
}

extension SharedWords {
  /// For example `shares Bakhmut, shells with the article; nothing with the thread; both speak of armed forces; brings in tyres`.
  ///
  /// - Parameter count: at most this many words of each kind.
  func summary(_ count: Int) -> String {
    let named = groups.map { (key: $0.key, words: $0.words.prefix(count).map { Terminal.harmless($0) }.joined(separator: ", ")) }
    let shared = named.filter { $0.key != "new" }.enumerated().map { index, group in
      (index == 0 ? "shares " : "") + (group.words.isEmpty ? "nothing" : group.words) + " with the \(group.key)"
    }
    let new = named.filter { $0.key == "new" && !$0.words.isEmpty }.map { "brings in \($0.words)" }
    let topics =
      topics.isEmpty
      ? [] : ["both speak of \(topics.prefix(ExplanationWriter.topics).map { Terminal.harmless($0) }.joined(separator: ", "))"]
    return (shared + topics + new).joined(separator: "; ")
  }
}

extension Explanation {
  /// Tokens with at least this share of a logit are coloured.
  static let weightyShare = 0.1
}
