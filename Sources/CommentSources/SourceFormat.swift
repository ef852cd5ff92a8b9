public import BelowTheLine

/// What an input is.
public enum SourceFormat: String, Sendable, CaseIterable {
  case jsonLines = "jsonl"
  /// Comma, semicolon or tab separated values with a header (RFC 4180).
  case csv
  /// One page as plain text whose structure is lost: an article, then perhaps names and remarks.
  case text
  /// One web page.
  case html
  /// A web archive: WARC with HTTP responses, or WET with converted texts.
  case warc
  /// WordPress WXR.
  case wordpress
  /// Disqus XML.
  case disqus
  /// Reddit comments and submissions, one JSON object a line.
  case reddit
  /// Coral's comments and stories, one JSON object a line.
  case coral
  /// Discourse's archive of a user's posts.
  case discourse
  /// `__label__A text`, one a line.
  case fastText = "fasttext"

  /// Decides by the first bytes.
  ///
  /// - Parameters:
  ///   - head: up to 64 KiB from the start.
  ///   - fields: names given for fields; where there are some, objects and tables are read by them.
  static func detect(_ head: [UInt8], fields: FieldNames = FieldNames()) -> SourceFormat {
    let start = head.starts(with: utf8ByteOrderMark) ? 3 : 0
    guard let first = head[start...].firstIndex(where: { $0 > 0x20 }) else { return .text }
    let top = Array(head[first...].prefix(topOfMarkup))
    if WordPressReader.looksLikeExport(top) { return .wordpress }
    if DisqusReader.looksLikeExport(top) { return .disqus }
    if head[first] == UInt8(ascii: "<") { return .html }
    if head[first] == UInt8(ascii: "{") { return fields.isEmpty ? objectFormat(head[first...]) : .jsonLines }
    if head[first...].starts(with: "WARC/1.".utf8) { return .warc }
    if FastTextReader.looksLikeData(head[first...]) { return .fastText }
    let headerEnd = head[first...].firstIndex(of: 0x0A) ?? head.count
    if CSVReader.namedSeparator(head[first..<headerEnd]) != nil { return .csv }
    if let header = CSVReader.header(Array(head[first..<headerEnd])) {
      if fields.isEmpty, DiscourseReader.looksLikeArchive(header) { return .discourse }
      // Where fields are named, an input with a header is a table, though none of its columns has such a name.
      if !fields.isEmpty || CSVReader.holdsTexts(header, fields) { return .csv }
    }
    return formatBehindDamage(head[first...], fields) ?? .text
  }

  /// What most lines are behind the first, which may be damaged, cut, or the heading of a log.
  private static func formatBehindDamage(_ head: ArraySlice<UInt8>, _ fields: FieldNames) -> SourceFormat? {
    let lines = head.split(separator: UInt8(ascii: "\n"), maxSplits: 64).dropFirst().prefix(63)
    guard let second = lines.first else { return nil }
    func areMost(_ isSuch: (ArraySlice<UInt8>) -> Bool) -> Bool { 2 * lines.count(where: isSuch) > lines.count }
    if areMost({ $0.starts(with: "{\"".utf8) }) { return fields.isEmpty ? objectFormat(head[second.startIndex...]) : .jsonLines }
    return areMost(FastTextReader.looksLikeData) ? .fastText : nil
  }

  /// Why an input that begins like this is read as no format at all; nil where it is.
  static func obstacle(_ head: [UInt8], fields: FieldNames) -> String? {
    for (signature, obstacle) in signatures where head.starts(with: signature) {
      return officeMembers.contains { head[...].dropFirst(30).starts(with: $0.utf8) }
        ? "a workbook or document: save it as CSV in UTF-8" : obstacle
    }
    let start = head.starts(with: utf8ByteOrderMark) ? 3 : 0
    let visible = head[start...].lazy.filter { $0 > 0x20 }.prefix(2)
    if visible.elementsEqual("[{".utf8) { return "a JSON array, where one object a line is read: jq -c '.[]' makes that of it" }
    let firstLine = head[start...].trimmingPrefix { $0 <= 0x20 }.prefix { $0 != UInt8(ascii: "\n") }
    if visible.elementsEqual("{\"".utf8), firstLine.count(where: { $0 > 0x20 }) == 1 {
      return "an object on several lines, where each stands on one: jq -c . makes that of it"
    }
    let zeros = head.count { $0 == 0 }
    if 4 * zeros > head.count { return "holds UTF-16 or UTF-32 without its mark, or no text: iconv -t UTF-8 -f UTF-16LE makes UTF-8 of it" }
    return zeros > 0 && detect(head, fields: fields) == .text ? "holds bytes that are no text" : nil
  }

  /// Whether lines end with CR alone, as no system in use writes them: all would be one line.
  func needsOtherLineEnds(_ head: [UInt8]) -> Bool {
    switch self {
    case .fastText, .csv, .discourse, .text:
      head.contains(UInt8(ascii: "\r")) && !head.contains(UInt8(ascii: "\n"))
        && head.split(separator: UInt8(ascii: "\r"), maxSplits: 2).count > 1
    default: false
    }
  }

  private static let signatures: [([UInt8], String)] = [
    ([0x28, 0xB5, 0x2F, 0xFD], "compressed by Zstandard: zstd -dc --long=31 FILE | btl … - reads it"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed by xz: xz -dc FILE | btl … - reads it"),
    (Array("BZh".utf8), "compressed by bzip2: bzip2 -dc FILE | btl … - reads it"),
    (Array("PK\u{3}\u{4}".utf8), "a zip archive: unzip -p FILE | btl … - reads a file of it"),
  ]

  /// With which the archives begin that are documents, of Excel and LibreOffice most of all; a name stands at byte 30 (APPNOTE 4.3.7).
  private static let officeMembers = ["[Content_Types].xml", "_rels/", "xl/", "mimetypeapplication/vnd.oasis.opendocument"]

  /// An export names its format in its first element, behind some comments or a warning of the program that wrote it.
  private static let topOfMarkup = 8 << 10

  /// What the first objects say: the first line of a dump may be damaged, and the last one here is cut.
  private static func objectFormat(_ head: ArraySlice<UInt8>) -> SourceFormat {
    for line in head.split(separator: 0x0A, maxSplits: 8).prefix(8) {
      let object = JSONValue.object(JSONLinesReader.firstMembers(Array(line).span))
      if RedditReader.looksLikeDump(object) { return .reddit }
      if CoralReader.looksLikeDump(object) { return .coral }
    }
    return .jsonLines
  }
}

let utf8ByteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

/// A record that was set aside.
public struct Rejection: Sendable, Equatable, CustomStringConvertible {
  public var location: SourceLocation
  /// The field at fault, where it is one.
  public var field: String?
  public var reason: String
  /// The record as it was read, cut after ``maximumRaw`` bytes.
  public var raw: [UInt8]
  /// Of the whole record, where ``raw`` was cut.
  public var length: Int?

  public static let maximumRaw = 64 << 10

  public init(_ location: SourceLocation, field: String? = nil, reason: String, raw: [UInt8]) {
    self.location = location
    self.field = field
    self.reason = reason
    self.raw = raw.count > Self.maximumRaw ? Array(raw[..<Self.maximumRaw]) : raw
    length = raw.count > Self.maximumRaw ? raw.count : nil
  }

  public var description: String { "\(location): \(field.map { "field \"\($0)\": " } ?? "")\(reason)" }
}

/// What readers report, in the order of the source.
public enum SourceEvent: Sendable {
  case record(Record)
  case rejected(Rejection)
  /// Something that is no comment, though it stands among them: a `pingback`.
  case passedOver(SourceLocation, kind: String)
}

/// Reads any supported input as records.
///
///     try SourceReader(path: "comments.jsonl.gz").read { event in … }
public struct SourceReader {
  /// By so many bytes a format is told.
  private static let headSize = 1 << 16

  private let input: ByteInput
  private let format: SourceFormat?
  private let fields: FieldNames

  /// - Parameters:
  ///   - path: a file, or `-` for standard input.
  ///   - format: nil to decide by content.
  ///   - fields: which columns of a table or fields of objects hold what, where they have names of their own.
  /// - Throws: ``InputError`` where the file cannot be opened.
  public init(path: String, format: SourceFormat? = nil, fields: FieldNames = FieldNames()) throws(InputError) {
    input = try ByteInput(path: path)
    self.format = format
    self.fields = fields
  }

  /// Bytes in memory.
  public init(name: String, bytes: [UInt8], format: SourceFormat? = nil, fields: FieldNames = FieldNames()) {
    input = ByteInput(name: name, bytes: bytes)
    self.format = format
    self.fields = fields
  }

  /// The lines of an input in the project's own format or of a Reddit dump, for those who read them in place; nil for any other input,
  /// which ``read(_:)`` then reads from its start.
  ///
  /// ``RecordLineReader`` says what they are.
  public func lineChunks() throws(InputError) -> LineChunks? {
    if let format, lineFormat(of: format) == nil { return nil }
    // A format that is given needs no first bytes, which may be long in coming.
    let head = format == nil ? try input.head(size: Self.headSize) : []
    let format = if let format { format } else { try detected(head) }
    if let format = lineFormat(of: format) { return LineChunks(input, head: head, format: format) }
    input.putBack(head)
    return nil
  }

  /// nil where lines are not read in place.
  private func lineFormat(of format: SourceFormat) -> (any LineFormat)? {
    switch format {
    case .jsonLines: JSONLinesReader.Format(fields)
    case .reddit: RedditReader.Format()
    default: nil
    }
  }

  private func detected(_ head: [UInt8]) throws(InputError) -> SourceFormat {
    if let obstacle = SourceFormat.obstacle(head, fields: fields) { throw InputError(source: input.name, reason: obstacle) }
    return SourceFormat.detect(head, fields: fields)
  }

  /// Calls `emit` with every record and every rejection.
  ///
  /// - Throws: ``InputError``, and whatever `emit` throws.
  public func read(_ emit: (SourceEvent) throws -> Void) throws {
    let head = try input.head(size: Self.headSize)
    let format = if let format { format } else { try detected(head) }
    if format.needsOtherLineEnds(head) {
      throw InputError(source: input.name, reason: "its lines end with CR alone: tr '\\r' '\\n' <FILE | btl … - reads them")
    }
    switch format {
    case .jsonLines: try JSONLinesReader.read(LineChunks(input, head: head, format: JSONLinesReader.Format(fields)), emit)
    case .reddit: try JSONLinesReader.read(LineChunks(input, head: head, format: RedditReader.Format()), emit)
    case .coral: try CoralReader.read(LineReader(input, head: head), name: input.name, emit)
    case .fastText: try FastTextReader.read(LineReader(input, head: head), name: input.name, emit)
    case .csv: try CSVReader.read(input, head: head, fields: fields, emit)
    case .discourse: try DiscourseReader.read(input, head: head, emit)
    case .wordpress: try WordPressReader.read(input, head: head, emit)
    case .disqus: try DisqusReader.read(input, head: head, emit)
    case .warc: try WARCReader.read(input, head: head, emit)
    case .html: try HTMLPage.read(head + (try input.all(limit: HTMLPage.maximumSize)), name: input.name, emit)
    // No records are no page.
    case .text where head.count < Self.headSize && !head.trimmingPrefix(utf8ByteOrderMark).contains { $0 > 0x20 }: break
    case .text: try PlainTextPage.read(head + (try input.all(limit: PlainTextPage.maximumSize)), name: input.name, emit)
    }
    if let damage = input.damage { throw damage }
  }
}
