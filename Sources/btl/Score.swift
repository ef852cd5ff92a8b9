internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources
internal import Foundation

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Scores comments, in the order they come.",
    discussion: """
      EXAMPLES
        btl score page.txt                                        a table, on a terminal
        btl score dump.jsonl.gz --output scored.jsonl             JSON Lines, one line a comment
        zstd -dc dump.zst | btl score - --explain | head
        btl score comments.csv --articles articles.jsonl --to csv

        btl score dump.jsonl --at rate=0.05                       flag the top 5 %
        btl score dump.jsonl --at rate=0.05 --at precision=0.9    … and say pass, review or hold

      A score is a calibrated probability. It is null where it cannot be given: off_topic without article and thread.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jsonl
    case csv
    case table
  }

  @OptionGroup var input: InputOptions
  @OptionGroup var articles: ArticlesOption
  @OptionGroup var model: ModelOption
  @OptionGroup var at: ScreeningOption

  @Option(help: ArgumentHelp("Write there instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?

  @Option(help: "(default: table on a terminal, else jsonl)")
  var to: Format?

  @Option(help: ArgumentHelp("Threads to use; scores do not depend on it. (default: one a core)", valueName: "n"))
  var threads: Int?

  @Flag(help: "Add the reasons: the tokens and relations that weigh most, for each label.")
  var explain = false

  private static let batchSize = 8192

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be 1 or more, not \(threads)") }
  }

  func run() throws {
    let model = try model.load()
    let scorer = Scorer(model: model)
    let screening = try at.screening(model)
    let feed = try RecordFeed(input, articles: articles.articles)
    let format = to ?? (output == nil && Terminal.outputIsTerminal ? .table : .jsonl)
    let output = try Output(path: output)
    let threads = threads ?? Threads.all
    var formatter = ScoreFormatter(scorer: scorer, screening: screening, format: format, explains: explain)
    try output.write(formatter.header())
    var store = scorer.makeConversations(explaining: explain || format == .table)
    var progress = Progress("scored")
    var batch: [Record] = []
    func scoreBatch() throws {
      let scores = scorer.score(batch, threads: threads, in: &store)
      var index = 0
      for case .comment(let comment) in batch {
        try output.write(formatter.row(comment, scores[index]))
        index += 1
      }
      batch.removeAll(keepingCapacity: true)
      progress.update(feed.commentCount)
    }
    let lines = LineScoring(scorer: scorer, formatter: formatter, threads: threads)
    func scoreLines(_ chunks: LineChunks) throws {
      try scoreBatch()
      try lines.score(chunks, in: &store) { rows, account in
        try output.write(rows)
        try feed.add(account)
        progress.update(feed.commentCount)
      }
    }
    try feed.forEach(lines: format == .jsonl && !explain ? scoreLines : nil) { record in
      batch.append(record)
      if batch.count == Self.batchSize { try scoreBatch() }
    }
    try scoreBatch()
    progress.finish()
    try output.finish()
    try feed.finish("scored")
  }
}
