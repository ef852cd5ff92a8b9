internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources
internal import ModerationQueue

struct QueueExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the queue for people, spreadsheets, labelling tools, comment systems, authorities or training.",
    discussion: """
      jsonl         everything, one object a comment; every command of btl reads it
      csv           a table; no cell runs as a formula
      html          one page to read offline: threads, reasons in colour, filters, printable
      label-studio  tasks with predictions and annotations
      doccano       lines with the labels that were decided
      prodigy       one line a comment and label: accept, reject, or ignore where nobody decided
      coral         one reply of an external moderation phase a comment
      dsa           one statement of reasons for each rejected comment;
                    content_date is null where the comment has no date
      training      labelled records for `btl train`, articles first; without
                    --state only what has labels

      EXAMPLES
        btl queue export --store q.sqlite --to csv --state rejected \\
          --since 2026-11-01 --output rejected.csv
        btl queue export --store q.sqlite --to html --order risk --limit 500 \\
          --output queue.html
        btl queue export --store q.sqlite --to training --weigh-overruled 2 \\
          > labelled.jsonl
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case jsonl
    case csv
    case html
    case labelStudio = "label-studio"
    case doccano
    case prodigy
    case coral
    case dsa
    case training
  }

  @OptionGroup var store: StoreOption
  @OptionGroup var selection: SelectionOptions

  @Option(help: "The format.")
  var to: Format

  @Option(help: ArgumentHelp("Write there instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp("training: the weight of rows where a person overruled the model, or an appeal a person.", valueName: "weight"))
  var weighOverruled: Double = 1

  @Option(name: .customLong("country"), help: ArgumentHelp("dsa: where a rejection holds; repeat it for more.", valueName: "code"))
  var countries: [String] = []

  @Option(help: ArgumentHelp("dsa: the rule that rejected comments break, or its address.", valueName: "text"))
  var ground: String = "The rules for comments"

  func validate() throws {
    if !(weighOverruled > 0 && weighOverruled.isFinite) { throw ValidationError("--weigh-overruled takes a number above 0") }
    for country in countries where !DSAExport.knownCountries.contains(country) {
      throw ValidationError("--country takes codes of countries of the European Economic Area, as DE, not \(country)")
    }
    if to == .dsa, countries.isEmpty { throw ValidationError("--to dsa needs --country, as DE: a statement says where it holds") }
  }

  func run() throws {
    let store = try store.open()
    var selection = try selection.selection()
    if to == .training, selection.states.isEmpty { selection.isDecided = true }
    if to == .dsa, selection.states.isEmpty { selection.states = [.rejected] }
    let output = try Output(path: output)
    var sink = try ExportSink(format: to, store: store, options: self)
    try output.write(sink.header())
    var progress = Progress("exported")
    try store.forEachItem(selection) { item in
      try output.write(sink.row(item))
      progress.update(sink.comments)
    }
    progress.finish()
    try output.write(sink.footer())
    try output.finish()
    Terminal.note("btl: \(sink.comments.grouped) comments exported")
  }
}

/// The bytes of an export, comment by comment.
struct ExportSink {
  private let format: QueueExport.Format
  private let store: QueueStore
  private let labels: [String]
  private let coral: CoralExport
  private let dsa: DSAExport
  private let csv: CSVExport
  private var training: TrainingExport
  private var page: QueuePage
  private var writer = JSONWriter()
  private(set) var comments = 0

  init(format: QueueExport.Format, store: QueueStore, options: QueueExport) throws {
    self.format = format
    self.store = store
    labels = try store.labels()
    let reasons = try store.reasons()
    coral = CoralExport(reasons: reasons)
    dsa = DSAExport(reasons: reasons, countries: options.countries, ground: options.ground)
    csv = CSVExport(labels: labels)
    training = TrainingExport(overruledWeight: options.weighOverruled)
    page = QueuePage(labels: labels)
  }

  func header() -> [UInt8] {
    switch format {
    case .csv: CSVWriter.line(csv.header)
    case .html: Array(page.header().utf8)
    case .labelStudio: Array("[".utf8)
    default: []
    }
  }

  mutating func row(_ item: QueueItem) throws -> [UInt8] {
    writer.removeAll()
    switch format {
    case .csv:
      comments += 1
      return CSVWriter.line(csv.row(item))
    case .html:
      comments += 1
      return Array(page.row(item).utf8)
    case .jsonl:
      item.append(to: &writer)
      writer.newline()
    case .labelStudio:
      LabelStudioExport.append(item, to: &writer)
      comments += 1
      return Array((comments == 1 ? "\n" : ",\n").utf8) + writer.bytes
    case .doccano: DoccanoExport.append(item, to: &writer)
    case .prodigy: ProdigyExport.append(item, labels: labels, to: &writer)
    case .coral: coral.append(item, to: &writer)
    case .dsa: guard dsa.append(item, to: &writer) else { return [] }
    case .training:
      for record in try training.records(item, body: store.articleBody) { RecordWriter.append(record, to: &writer) }
    }
    comments += 1
    return writer.bytes
  }

  func footer() -> [UInt8] {
    switch format {
    case .html: Array(page.footer().utf8)
    case .labelStudio: Array("\n]\n".utf8)
    default: []
    }
  }
}
