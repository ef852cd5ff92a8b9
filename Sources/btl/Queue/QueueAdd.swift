internal import ArgumentParser
internal import BelowTheLine
internal import Foundation
internal import ModerationQueue

struct QueueAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Scores comments and puts them into the queue, with their context and the reasons.",
    discussion: """
      Takes what `btl score` takes. A record that brings `scores` along, beside its `text`, is not scored again; \
      `thresholds`, `model` and `reasons` (as `btl score --explain` writes them) and `parent_text` are kept too.

      A comment is known by its source and its id. Adding it again changes nothing, so a run that was cut short is simply run again. \
      With another text than the current one it becomes a new revision, to be decided again, also where the text was \
      edited back; scored by another model, or coming with its article for the first time, its scores are replaced. \
      Where a dump has several texts for one id, the last one counts; where they stand thousands of records apart, each \
      time the dump is added they are new revisions. A known comment that is deleted or removed by now keeps its text.

      EXAMPLES
        btl queue add dump.jsonl.gz --store q.sqlite
        btl separate page.html \\
          | btl queue add - --store q.sqlite --source https://example.org/page
        btl queue add dump.jsonl --store q.sqlite --at rate=0.05 --json
      """)

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Input") var articles: ArticlesOption
  @OptionGroup(title: "Input") var memory: MemoryOption
  @OptionGroup var model: ModelOption
  @OptionGroup var at: ScreeningOption

  @Option(help: ArgumentHelp("The store; made where there is none.", valueName: "file"), completion: .file())
  var store: String

  @Option(help: ArgumentHelp("What the comments are of. (default: the record's own source, or the file)", valueName: "name"))
  var source: String?

  @Option(help: ArgumentHelp("Threads to use. (default: one a core)", valueName: "n"))
  var threads: Int?

  @Option(
    help:
      "Compare a comment with those before it in its thread, or with the whole thread: then the inputs are read twice. (default: as the model was trained)"
  )
  var thread: ThreadView?

  @Flag(help: "Queue comments without scoring them.")
  var unscored = false

  @Flag(help: "Print what is on disk so far, one JSON object a batch.")
  var json = false

  private static let batchSize = 4096

  func validate() throws {
    try Threads.check(threads)
  }

  func run() throws {
    let scorer = Scorer(model: try model.load())
    _ = try at.screening(scorer.model)
    let seesWholeThreads = !unscored && ThreadView.isWhole(thread, scorer)
    let feed = try RecordFeed(input, articles: articles.articles)
    if !unscored { feed.scorer = scorer }
    let threads = threads ?? Threads.all
    let batchScorer = BatchScorer(scorer, threads: threads)
    let filler = try QueueFiller(path: store, scorer: scorer, at: at.at, source: source, threads: threads)
    let output = try Output(path: nil)
    var conversations = scorer.makeConversations(explaining: false, wholeThreads: seesWholeThreads, room: memory.room)
    let canReadThreads = (try? input.checkThatItCanBeReadTwice()) != nil
    if seesWholeThreads, canReadThreads { try readThreads(into: &conversations, batchScorer) }
    var progress = Progress("queued")
    var batch: [(record: Record, path: String)] = []
    func addBatch() throws {
      let records = batch.map(\.record)
      if unscored || records.allSatisfy(QueueFiller.needsNoScore) {
        for case .article(let article) in records { conversations.add(article) }
        try filler.add(batch, scores: nil)
      } else {
        if seesWholeThreads { try input.checkThatItCanBeReadTwice() }
        try filler.add(batch, scores: batchScorer.score(records, in: &conversations))
      }
      batch.removeAll(keepingCapacity: true)
      progress.update(feed.commentCount)
      guard json else { return }
      try output.write(Self.line(filler.counts))
      try output.flush()
    }
    try Self.forEachRecord(of: feed) { record in
      batch.append((record, feed.currentPath))
      if batch.count == Self.batchSize { try addBatch() }
    }
    try addBatch()
    // Who adds what holds nothing has a store all the same; of what cannot be read none is left.
    if feed.failedFiles == 0 { try filler.openStore() }
    progress.finish()
    try output.finish()
    ThreadView.tell(conversations.missedContext, feed, seesWholeThreads: seesWholeThreads)
    Terminal.note(QueueSummary.text(filler.counts))
    if let twins = try filler.twins() {
      Terminal.note(
        "btl: of the first \(twins.of.grouped) added, \(twins.count.grouped) are in the queue twice now, as comments of \(Terminal.brief(twins.source)) too: "
          + "a comment is known by its source, which --source names, else the file does")
    }
    try feed.finish("queued")
  }

  /// Before any comment is compared with its thread.
  private func readThreads(into conversations: inout Scorer.ConversationStore, _ scorer: BatchScorer) throws {
    let feed = try RecordFeed(input, articles: articles.articles, isRehearsal: true)
    var progress = Progress("read")
    var batch: [Record] = []
    func readBatch() {
      _ = scorer.score(batch, in: &conversations)
      batch.removeAll(keepingCapacity: true)
      progress.update(feed.commentCount)
    }
    try Self.forEachRecord(of: feed) { record in
      batch.append(record)
      if batch.count == Self.batchSize { readBatch() }
    }
    readBatch()
    progress.finish()
    ThreadView.tellReleased(conversations)
    conversations.beginAgain()
  }

  /// Those whose scores, where they bring some, are such.
  private static func forEachRecord(of feed: RecordFeed, _ body: (Record) throws -> Void) throws {
    try feed.forEach { record in
      if case .comment(let comment) = record, let problem = QueueFiller.problem(in: comment) {
        try feed.reject(comment, problem)
      } else {
        try body(record)
      }
    }
  }

  private static func line(_ counts: AddCounts) -> [UInt8] {
    var writer = JSONWriter()
    writer.value(
      .object([
        JSONMember("comments", .integer(counts.total)), JSONMember("added", .integer(counts.added)),
        JSONMember("revised", .integer(counts.revised)), JSONMember("rescored", .integer(counts.rescored)),
        JSONMember("unchanged", .integer(counts.unchanged)),
      ]))
    writer.newline()
    return writer.bytes
  }
}

enum QueueSummary {
  static func text(_ counts: AddCounts) -> String {
    "btl: \(counts.added.grouped) added, \(counts.revised.grouped) revised, \(counts.rescored.grouped) scored anew, "
      + "\(counts.unchanged.grouped) unchanged"
  }
}
