internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources
internal import Foundation
internal import ModerationQueue

struct QueueImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Brings decisions back that were made in Label Studio, doccano or a spreadsheet.",
    discussion: """
      What comes back says which labels hold; what is to become of a comment is decided here. A decision of a second person is kept as an
      opinion. Importing the same file again changes nothing, whatever was decided meanwhile. A comment whose text has changed since is
      told and left out.

      Whom Label Studio or doccano names has decided, else whoever --as names. In a table that is always --as: the columns id, source,
      label_NAME (yes, no or nothing), and perhaps reason and note are read; a row that still says what the one in the column moderator
      had decided is left out.

      EXAMPLES
        btl queue import project-1.json --from label-studio --store q.sqlite --as anna
        btl queue import all.jsonl --from doccano --store q.sqlite --as bert
        btl queue import rejected.csv --from csv --store q.sqlite --as carla
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case labelStudio = "label-studio"
    case doccano
    case csv
  }

  @Argument(help: "The file that the tool wrote; - for standard input.", completion: .file())
  var input: String

  @OptionGroup var store: StoreOption
  @OptionGroup var moderator: ModeratorOption

  @Option(help: "Where it comes from.")
  var from: Format

  @Flag(help: "doccano: a text without a label was looked at, and no label holds.")
  var emptyIsNo = false

  private static let batchSize = 1000
  private static let toldProblems = 10

  func run() throws {
    let store = try store.open()
    var total = ImportCounts()
    var passedOver = 0
    var batch: [ImportedDecision] = []
    func addBatch() throws {
      let counts = try store.add(batch, as: moderator.moderator)
      total.decided += counts.decided
      total.opinions += counts.opinions
      total.unchanged += counts.unchanged
      total.problems += counts.problems
      batch.removeAll()
    }
    func take(_ decision: ImportedDecision?) throws {
      guard let decision else {
        passedOver += 1
        return
      }
      batch.append(decision)
      if batch.count == Self.batchSize { try addBatch() }
    }
    switch from {
    case .labelStudio: for decision in try LabelStudioImport.decisions(try Self.json(try bytes())) { try take(decision) }
    case .doccano:
      for (index, line) in try bytes().split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
      where line.contains(where: { $0 > 0x20 }) {
        let decision: ImportedDecision?
        do {
          decision = try DoccanoImport.decision(try Self.json(line), emptyIsNo: emptyIsNo)
        } catch {
          total.problems.append("\(input):\(index + 1): \((error as? Unusable)?.reason ?? "\(error)")")
          continue
        }
        try take(decision)
      }
    case .csv: try readTable(take, problem: { total.problems.append($0) })
    }
    try addBatch()
    for problem in total.problems.prefix(Self.toldProblems) { Terminal.note("btl: \(Terminal.brief(problem))") }
    Terminal.note(
      "btl: \(total.decided.grouped) decisions, \(total.opinions.grouped) second opinions, \(total.unchanged.grouped) known, "
        + "\(passedOver.grouped) without a label, \(total.problems.count.grouped) not brought back")
    if !total.problems.isEmpty { throw ExitCode(1) }
  }

  private func bytes() throws -> [UInt8] {
    do {
      return Array(input == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: input)))
    } catch {
      throw InputError(source: input, reason: error.localizedDescription)
    }
  }

  private static func json(_ bytes: some Sequence<UInt8>) throws -> JSONValue {
    do {
      return try JSONScanner.parse(String(decoding: Array(bytes), as: UTF8.self))
    } catch {
      throw Unusable("no valid JSON: \(error)")
    }
  }

  private func readTable(_ take: (ImportedDecision?) throws -> Void, problem: (String) -> Void) throws {
    try SourceReader(path: input, format: .csv).read { event in
      switch event {
      case .record(.comment(let comment)): try take(Self.decision(comment))
      case .rejected(let rejection): problem(rejection.description)
      default: break
      }
    }
  }

  private static func decision(_ comment: Comment) -> ImportedDecision? {
    guard !comment.labels.isEmpty else { return nil }
    func field(_ name: String) -> String? { comment.extra[name]?.text.flatMap { $0.isEmpty ? nil : unguarded($0) } }
    return ImportedDecision(
      commentID: unguarded(comment.id), source: field("source_source") ?? field("source"), text: comment.text, labels: comment.labels,
      isPartial: true, exportedModerator: field("moderator"), reason: field("reason"), note: field("note"))
  }

  /// Without the apostrophe that keeps a spreadsheet from running a cell.
  private static func unguarded(_ cell: String) -> String {
    guard cell.hasPrefix("'"), let next = cell.dropFirst().first, "=+-@\t\r".contains(next) else { return cell }
    return String(cell.dropFirst())
  }
}
