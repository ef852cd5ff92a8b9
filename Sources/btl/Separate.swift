internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources

struct Separate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "separate",
    abstract: "Turns pages and dumps into records: articles and their comments.",
    discussion: """
      EXAMPLES
        btl separate page.html                    a JSON object a line, the
                                                  article first
        btl separate dump.csv --output dump.jsonl
        btl separate crawl.warc.gz | btl score -
        btl separate --stats *.html               what was found in each file
        btl separate page.html --report page-report.html --output page.jsonl
      """)

  @OptionGroup(title: "Input") var input: InputOptions

  @Option(help: ArgumentHelp("Write there instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?

  @Flag(help: "Print what was found in each input; the records only with --output.")
  var stats = false

  @Option(help: ArgumentHelp("Write a page that shows article and comments coloured.", valueName: "file.html"), completion: .file())
  var report: String?

  func run() throws {
    let feed = try RecordFeed(input)
    let output = try Output(path: output)
    let writesRecords = !stats || self.output != nil
    let report = try report.map { try SeparationReport(path: $0) }
    var stats = SeparationStats()
    var writer = JSONWriter()
    var progress = Progress("separated")
    try feed.forEach { record in
      if writesRecords {
        RecordWriter.append(record, to: &writer)
        try output.write(writer.bytes)
        writer.removeAll()
      }
      try report?.add(record)
      if self.stats { stats.add(record, from: feed.currentPath) }
      progress.update(feed.commentCount)
    }
    progress.finish()
    if self.stats {
      let table = writesRecords ? nil : output
      for line in stats.lines {
        if let table { try table.write(line: line) } else { Terminal.note(line) }
      }
    }
    try report?.finish()
    try feed.finish("separated", output)
  }
}
