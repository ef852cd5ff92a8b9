public import BelowTheLine

/// A format of one object a line, which is read where it stands.
protocol LineFormat: Sendable {
  func makeReader() -> CommentLineReader
  /// What stands before the id of a plain comment, but not in its line.
  var idPrefix: String { get }
  /// Whether a plain comment that has no other fields is all of the record.
  var keepsAllFields: Bool { get }
  /// Whether all that is found is plain and whole: nothing is asked of any line then.
  var takesLinesAsTheyStand: Bool { get }

  /// Whether fields that were found are those of the record as they stand; takes out those that are not.
  func isPlain(_ comment: inout CommentLine, _ line: Span<UInt8>) -> Bool

  /// Whether the text of a plain comment, its escapes undone, is the text of the record.
  func isWhole(_ text: Span<UInt8>) -> Bool

  /// The record of a line that is not plain.
  func record(_ members: [JSONMember], _ location: SourceLocation) throws(JSONLinesReader.FieldProblem) -> Record
}

/// Reads records from the lines of an input, where they stand, by what the lines before had in common with them.
public struct RecordLineReader {
  private let name: String
  private let format: any LineFormat
  private let takesLinesAsTheyStand: Bool
  private var fields: CommentLineReader
  private var decisions = KnownDecisions()
  /// What stands before the id of a plain comment, but not in its line.
  public let idPrefix: [UInt8]

  public init(_ chunks: LineChunks) {
    name = chunks.name
    format = chunks.format
    takesLinesAsTheyStand = format.takesLinesAsTheyStand
    fields = format.makeReader()
    idPrefix = Array(format.idPrefix.utf8)
  }

  /// Where the fields of a plain comment or article stand; nil where the line is not plain.
  public mutating func read(_ line: Span<UInt8>) -> CommentLine? {
    guard var comment = fields.read(line) else { return nil }
    return takesLinesAsTheyStand || format.isPlain(&comment, line) ? comment : nil
  }

  /// Whether the text of a plain comment, its escapes undone, is the text of the record.
  public func isWhole(_ text: Span<UInt8>) -> Bool { takesLinesAsTheyStand || format.isWhole(text) }

  /// What a line of ``SourceReader/lineChunks()`` is.
  public mutating func event(for line: LineChunks.Line, in chunk: LineChunks.Chunk) -> SourceEvent {
    let location = SourceLocation(name: name, line: line.number)
    if line.isTooLong { return LineReader.tooLong(location) }
    let bytes = chunk.bytes.span.extracting(line.range)
    if format.keepsAllFields, let comment = plainComment(bytes, location) { return .record(.comment(comment)) }
    let line = bytes.withUnsafeBufferPointer { Array($0) }
    return JSONLinesReader.event(line, location, format.record)
  }

  /// The comment of a line that holds nothing unusual, without taking all of it apart; nil for any other line.
  private mutating func plainComment(_ line: Span<UInt8>, _ location: SourceLocation) -> Comment? {
    var isASCII = false
    // That a plain line is UTF-8 is known.
    func string(_ range: Range<Int>) -> String {
      String(copying: UTF8Span(unchecked: line.extracting(range), isKnownASCII: isASCII))
    }
    func value(_ range: Range<Int>) -> JSONValue? {
      var scanner = JSONScanner(position: range.lowerBound)
      return try? scanner.value(in: line)
    }
    guard let fields = read(line), !fields.isArticle, !fields.hasOthers, let text = fields.text,
      fields.author?.hasEscapes != true, fields.createdAt?.hasEscapes != true
    else { return nil }
    isASCII = fields.isASCII
    var comment = Comment(id: fields.id.map(string) ?? location.description, text: "", source: location)
    if text.hasEscapes {
      var unescaped: [UInt8] = []
      unescaped.reserveCapacity(text.range.count)
      guard (try? JSONScanner.unescape(line.extracting(text.range), into: &unescaped)) != nil else { return nil }
      comment.text = String(decoding: unescaped, as: UTF8.self)
    } else {
      comment.text = string(text.range)
    }
    comment.articleID = fields.articleID.map(string)
    comment.parentID = fields.parentID.map(string)
    comment.status = fields.status.map(string)
    comment.author = fields.author.map { string($0.range) }
    comment.createdAt = fields.createdAt.map { string($0.range) }
    if let range = fields.labels {
      guard let labels = decisions.labels(line, range) else { return nil }
      comment.labels = labels
    }
    if let range = fields.weight {
      guard let weight = value(range)?.double else { return nil }
      comment.weight = weight
    }
    return comment
  }
}

/// The decisions of the lines before: few are met, over and over, and what is written alike means the same.
private struct KnownDecisions {
  private static let maximumCount = 8
  /// Longer ones are not kept.
  private static let maximumLength = 1 << 10

  private var known: [(text: [UInt8], labels: [String: Bool])] = []

  /// The decisions that stand here; nil where they are others than a plain line has.
  mutating func labels(_ line: Span<UInt8>, _ range: Range<Int>) -> [String: Bool]? {
    let text = line.extracting(range)
    for (known, labels) in known where known.count == text.count && known.indices.allSatisfy({ known[$0] == text[$0] }) { return labels }
    guard let labels = Self.labels(line, at: range.lowerBound) else { return nil }
    if known.count < Self.maximumCount, text.count <= Self.maximumLength {
      known.append((text.withUnsafeBufferPointer { Array($0) }, labels))
    }
    return labels
  }

  /// The decisions of an object that begins here, or of `null`; nil where they are others than a plain line has.
  private static func labels(_ line: Span<UInt8>, at start: Int) -> [String: Bool]? {
    var scanner = JSONScanner(position: start)
    var labels: [String: Bool] = [:]
    do throws(JSONError) {
      if line[start] == UInt8(ascii: "n") { return [:] }
      try scanner.beginObject(in: line)
      var isFirst = true
      while let key = try scanner.nextKey(in: line, isFirst: isFirst) {
        isFirst = false
        switch try scanner.value(in: line) {
        case .bool(let value): labels[key] = value
        case .integer(let value) where 0...1 ~= value: labels[key] = value == 1
        case .null: labels[key] = nil
        default: return nil
        }
      }
    } catch {
      return nil
    }
    return labels
  }
}
