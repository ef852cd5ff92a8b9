public import BelowTheLine

/// What an input is.
public enum SourceFormat: String, Sendable, CaseIterable {
  case jsonLines = "jsonl"
  /// Comma, semicolon or tab separated values with a header (RFC 4180).
  case csv
  /// One page as plain text whose structure is lost: an article, then perhaps names and remarks.
  case text
  /// WordPress WXR.
  case wordpress
  /// Disqus XML.
  case disqus

  /// Decides by the first bytes.
  ///
  /// - Parameter head: up to 64 KiB from the start.
  static func detect(_ head: [UInt8]) -> SourceFormat {
    let start = head.starts(with: utf8ByteOrderMark) ? 3 : 0
    guard let first = head[start...].firstIndex(where: { $0 > 0x20 }) else { return .text }
    if WordPressReader.looksLikeExport(head) { return .wordpress }
    if DisqusReader.looksLikeExport(head) { return .disqus }
    if head[first] == UInt8(ascii: "{") { return .jsonLines }
    let headerEnd = head[first...].firstIndex(of: 0x0A) ?? head.count
    if CSVReader.looksLikeHeader(Array(head[first..<headerEnd])) { return .csv }
    return .text
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

  public static let maximumRaw = 64 << 10

  init(_ location: SourceLocation, field: String? = nil, reason: String, raw: [UInt8]) {
    self.location = location
    self.field = field
    self.reason = reason
    self.raw = raw.count > Self.maximumRaw ? Array(raw[..<Self.maximumRaw]) : raw
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
  private let input: ByteInput
  private let format: SourceFormat?

  /// - Parameters:
  ///   - path: a file, or `-` for standard input.
  ///   - format: nil to decide by content.
  /// - Throws: ``InputError`` where the file cannot be opened.
  public init(path: String, format: SourceFormat? = nil) throws(InputError) {
    input = try ByteInput(path: path)
    self.format = format
  }

  /// Bytes in memory.
  public init(name: String, bytes: [UInt8], format: SourceFormat? = nil) {
    input = ByteInput(name: name, bytes: bytes)
    self.format = format
  }

  /// Calls `emit` with every record and every rejection.
  ///
  /// - Throws: ``InputError``, and whatever `emit` throws.
  public func read(_ emit: (SourceEvent) throws -> Void) throws {
    var head: [UInt8] = []
    while head.count < 1 << 16, let chunk = try input.next() { head += chunk }
    switch format ?? SourceFormat.detect(head) {
    case .jsonLines: try JSONLinesReader.read(LineReader(input, head: head), name: input.name, emit)
    case .csv: try CSVReader.read(input, head: head, emit)
    case .wordpress: try WordPressReader.read(input, head: head, emit)
    case .disqus: try DisqusReader.read(input, head: head, emit)
    case .text: try PlainTextPage.read(head + (try input.all(limit: PlainTextPage.maximumSize)), name: input.name, emit)
    }
  }
}
