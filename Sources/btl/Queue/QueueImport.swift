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
      What comes back says which labels hold; what is to become of a comment is decided here. A decision of a second \
      person is kept as an opinion. Importing the same file again changes nothing, whatever was decided meanwhile. A \
      comment whose text has changed since is told and left out.

      Whom Label Studio or doccano names has decided, else whoever --as names. In a table that is always --as: the \
      columns id, source, label_NAME (yes, no or nothing), and perhaps reason and note are read; a row that still says \
      what the one in the column moderator had decided is left out.

      What cannot be brought back is told with its place and set aside, and the exit status is 1; the rest comes back all the same.

      EXAMPLES
        btl queue import project-1.json --from label-studio --store q.sqlite \\
          --as anna
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

  @Option(
    help: ArgumentHelp("Write what cannot be brought back there, with file, line and reason.", valueName: "file"), completion: .file())
  var rejects: String?

  func run() throws {
    FilesInUse.add(input)
    let store = try store.open()
    let account = ImportAccount(store: store, moderator: moderator.moderator, rejections: try Rejections(path: rejects))
    do {
      switch from {
      case .labelStudio: try readTasks(account)
      case .doccano: try readLines(account)
      case .csv: try readTable(account)
      }
    } catch let error as InputError {
      account.isWhole = false
      Terminal.note("btl: \(Terminal.brief(error))")
    }
    try account.finish()
  }

  private func readTasks(_ account: ImportAccount) throws {
    let tasks: [JSONValue]
    do {
      tasks = try LabelStudioImport.tasks(try Self.json(try bytes()))
    } catch let error as QueueError {
      throw InputError(source: input, reason: error.description)
    } catch let error as JSONError {
      throw InputError(source: input, reason: "no valid JSON: \(error)")
    }
    for (index, task) in tasks.enumerated() {
      let place = ImportAccount.Place(
        SourceLocation(name: input), part: "task \(index + 1): ", raw: Array(JSONWriter.text(task).utf8))
      let decisions: [ImportedDecision]
      do {
        decisions = try LabelStudioImport.decisions(in: task)
      } catch let error as QueueError {
        try account.reject(place, error.description)
        continue
      }
      if decisions.isEmpty { account.passOver() }
      for decision in decisions { try account.take(decision, at: place) }
    }
  }

  private func readLines(_ account: ImportAccount) throws {
    for (index, line) in try bytes().split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where line.contains(where: { $0 > 0x20 }) {
      let place = ImportAccount.Place(SourceLocation(name: input, line: index + 1), raw: Array(line))
      let decision: ImportedDecision?
      do {
        decision = try DoccanoImport.decision(try Self.json(line), emptyIsNo: emptyIsNo)
      } catch let error as JSONError {
        try account.reject(place, "no valid JSON: \(error)")
        continue
      } catch let error as QueueError {
        try account.reject(place, error.description)
        continue
      }
      if let decision { try account.take(decision, at: place) } else { account.passOver() }
    }
  }

  private func readTable(_ account: ImportAccount) throws {
    try SourceReader(path: input, format: .csv).read { event in
      switch event {
      case .record(.comment(let comment)):
        guard let decision = Self.decision(comment) else { return account.passOver() }
        try account.take(decision, at: ImportAccount.Place(comment.source ?? SourceLocation(name: input), raw: Self.bytes(event)))
      case .record(.article(let article)):
        let place = ImportAccount.Place(SourceLocation(name: input), raw: Self.bytes(event))
        try account.reject(place, "article \(article.id): decisions are about comments")
      case .rejected(let rejection): try account.reject(rejection)
      case .passedOver: account.passOver()
      }
    }
  }

  /// A record as the project writes it.
  private static func bytes(_ event: SourceEvent) -> [UInt8] {
    guard case .record(let record) = event else { return [] }
    var writer = JSONWriter()
    RecordWriter.append(record, to: &writer)
    return writer.bytes
  }

  private func bytes() throws -> [UInt8] {
    do {
      return Array(input == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: input)))
    } catch {
      throw InputError(source: input, reason: error.localizedDescription)
    }
  }

  private static func json(_ bytes: some Sequence<UInt8>) throws -> JSONValue {
    try JSONScanner.parse(String(decoding: Array(bytes), as: UTF8.self))
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

/// Brings decisions into the store in batches, with an account of every one: records in = records out + records rejected.
///
/// A record is one decision, or what holds none.
private final class ImportAccount {
  /// Where a decision stands, and what stands there.
  struct Place {
    let location: SourceLocation
    /// What of the file it is, where that has no lines.
    let part: String
    let raw: [UInt8]

    init(_ location: SourceLocation, part: String = "", raw: [UInt8]) {
      self.location = location
      self.part = part
      self.raw = raw
    }
  }

  private let store: QueueStore
  private let moderator: String
  private let rejections: Rejections
  private var batch: [(decision: ImportedDecision, place: Place)] = []
  private var counts = ImportCounts()
  private var withoutLabel = 0
  /// Whether the file could be read to its end.
  var isWhole = true

  private static let batchSize = 1000

  init(store: QueueStore, moderator: String, rejections: Rejections) {
    self.store = store
    self.moderator = moderator
    self.rejections = rejections
  }

  func take(_ decision: ImportedDecision, at place: Place) throws {
    batch.append((decision, place))
    if batch.count == Self.batchSize { try addBatch() }
  }

  func passOver() { withoutLabel += 1 }

  func reject(_ place: Place, _ reason: String) throws {
    try reject(Rejection(place.location, reason: place.part + reason, raw: place.raw))
  }

  func reject(_ rejection: Rejection) throws { try rejections.add(rejection) }

  private func addBatch() throws {
    let added = try store.add(batch.map(\.decision), as: moderator)
    counts.decided += added.decided
    counts.opinions += added.opinions
    counts.unchanged += added.unchanged
    for problem in added.problems { try reject(batch[problem.index].place, problem.reason) }
    batch.removeAll()
  }

  /// Adds what is left and prints the account.
  ///
  /// - Throws: ``QueueError`` where the store cannot be written, and an exit status of 1 where something was not brought back.
  func finish() throws {
    try addBatch()
    try rejections.finish()
    let records = counts.decided + counts.opinions + counts.unchanged + withoutLabel + rejections.count
    Terminal.note(
      "btl: \(records.grouped) records in: \(counts.decided.grouped) decisions, \(counts.opinions.grouped) second opinions, "
        + "\(counts.unchanged.grouped) known, \(withoutLabel.grouped) without a label, \(rejections.count.grouped) rejected")
    if !isWhole || rejections.count > 0 { throw ExitCode(1) }
  }
}
