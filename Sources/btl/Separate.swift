internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources

struct Separate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turns pages and dumps into records: articles and their comments.",
    discussion: """
      EXAMPLES
        btl separate page.txt                     one JSON object a line, the article first
        btl separate dump.csv --output dump.jsonl
      """)

  @OptionGroup var input: InputOptions

  @Option(help: ArgumentHelp("Write there instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?

  func run() throws {
    let feed = try RecordFeed(input)
    let output = try Output(path: output)
    var writer = JSONWriter()
    var progress = Progress("separated")
    try feed.forEach { record in
      RecordWriter.append(record, to: &writer)
      try output.write(writer.bytes)
      writer.removeAll()
      progress.update(feed.commentCount)
    }
    progress.finish()
    try output.finish()
    try feed.finish("separated")
  }
}
