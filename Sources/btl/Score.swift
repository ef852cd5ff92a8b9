internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources
internal import Foundation

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Scores comments, in the order they come.",
    discussion: """
      EXAMPLES
        btl score page.txt                             a table, on a terminal
        btl score dump.jsonl.gz --output scored.jsonl  one line of JSON a comment
        zstd -dc dump.zst | btl score - --explain | head
        btl score comments.csv --articles articles.jsonl --to csv
        btl score dump.jsonl --thread whole            see later comments too
        btl score dump.jsonl --at rate=0.05            flag the top 5 %
        btl score dump.jsonl --at rate=0.05 --at precision=0.9
                                                       … say pass, review, hold

      A score is a calibrated probability. It is null where it cannot be given: off_topic without article and thread.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jsonl
    case csv
    case table
  }

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Input") var articles: ArticlesOption
  @OptionGroup(title: "Input") var memory: MemoryOption
  @OptionGroup var model: ModelOption
  @OptionGroup var at: ScreeningOption

  @Option(help: ArgumentHelp("Write there instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?

  @Option(help: "(default: table on a terminal, else jsonl)")
  var to: Format?

  @Option(help: ArgumentHelp("Threads to use; scores do not depend on it. (default: one a core)", valueName: "n"))
  var threads: Int?

  @Option(
    help:
      "Compare a comment with those before it in its thread, as live moderation sees it, or with the whole thread: then the inputs are read twice. (default: as the model was trained)"
  )
  var thread: ThreadView?

  @Flag(help: "Add the reasons: the tokens and relations that weigh most, for each label.")
  var explain = false

  private static let batchSize = 2048

  func validate() throws {
    try Threads.check(threads)
    if explain, to == .csv { throw ValidationError("--explain writes jsonl or a table: reasons have no place in the columns of csv") }
  }

  func run() throws {
    let model = try model.load()
    let scorer = Scorer(model: model)
    let seesWholeThreads = ThreadView.isWhole(thread, scorer)
    // Before anything is opened for writing.
    if seesWholeThreads { try input.checkThatItCanBeReadTwice() }
    let screening = try at.screening(model)
    let feed = try RecordFeed(input, articles: articles.articles)
    feed.scorer = scorer
    let format = to ?? (output == nil && Terminal.outputIsTerminal ? .table : .jsonl)
    let output = try Output(path: output)
    let threads = threads ?? Threads.all
    let formatter = ScoreFormatter(scorer: scorer, screening: screening, format: format, explains: explain)
    var store = scorer.makeConversations(explaining: explain || format == .table, wholeThreads: seesWholeThreads, room: memory.room)
    let batchScorer = BatchScorer(scorer, threads: threads)
    func score(_ feed: RecordFeed, _ formatter: ScoreFormatter, _ progress: Progress, _ output: Output?) throws {
      var progress = progress
      var batch: [Record] = []
      func scoreBatch() throws {
        let scores = batchScorer.score(batch, in: &store)
        let comments = batch.compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
        for rows in formatter.rows(comments, scores, threads: threads) { try output?.write(rows) }
        batch.removeAll(keepingCapacity: true)
        progress.update(feed.commentCount)
      }
      let lines = LineScoring(scorer: scorer, formatter: formatter, threads: threads)
      func scoreLines(_ chunks: LineChunks) throws {
        try scoreBatch()
        try lines.score(chunks, in: &store) { rows, account in
          try output?.write(rows)
          // Whoever feeds us through a pipe may wait for them.
          try output?.flush()
          try feed.add(account)
          progress.update(feed.commentCount)
        }
      }
      try feed.forEach(lines: formatter.needsNoText ? scoreLines : nil) { record in
        batch.append(record)
        if batch.count == Self.batchSize { try scoreBatch() }
      }
      try scoreBatch()
      progress.finish()
    }
    if seesWholeThreads {
      let rehearsal = try RecordFeed(input, articles: articles.articles, isRehearsal: true)
      try score(rehearsal, ScoreFormatter(scorer: scorer, screening: screening, format: .jsonl, explains: false), Progress("read"), nil)
      ThreadView.tellReleased(store)
      store.beginAgain()
    }
    try output.write(formatter.header())
    try score(feed, formatter, Progress("scored"), output)
    ThreadView.tell(store.missedContext, feed, seesWholeThreads: seesWholeThreads)
    try feed.finish("scored", output)
  }
}
