internal import BelowTheLine

/// Comma, semicolon or tab separated values (RFC 4180) with a header line.
///
/// Columns are found by name, or named by ``FieldNames``; columns named after a label, or `label_NAME`, hold 0/1, true/false or yes/no.
/// A table with a column `article_text`, as the SFU Opinion and Comments Corpus has one, is a table of articles.
enum CSVReader {
  /// A longer record is set aside: a quotation mark that is never closed must not take up all memory.
  static let maximumRecord = 16 << 20

  private static let columnNames: [(field: Field, names: [String])] = [
    (.text, ["text", "comment_text", "comment", "body", "message", "content", "post"]),
    (.id, ["id", "comment_id", "post_id", "comment_counter"]),
    (.articleID, ["article_id", "story_id", "thread_id", "topic_id"]),
    (.parentID, ["parent_id", "reply_to"]),
    (.author, ["author", "comment_author", "username", "user", "name"]),
    (.createdAt, ["created_at", "timestamp", "post_time", "date", "time"]),
    (.status, ["status"]),
  ]
  private static let articleText = "article_text"
  private static let knownLabels: Set<String> = ["off_topic", "conspiracy"]

  private enum Field {
    case text
    case id
    case articleID
    case parentID
    case author
    case createdAt
    case status
    case label(String)
    /// Labels that ``FieldNames`` names: a number of 0.5 and more is yes.
    case namedLabels([String])
    case extra(String)
  }

  /// The names of the columns, where a first line looks as if it named some.
  static func header(_ line: [UInt8]) -> [String]? {
    guard line.count < 4096, let separator = separator(of: line) else { return nil }
    var reader = RecordReader(ByteInput(name: "", bytes: line), head: [], separator: separator)
    guard case .fields(let names)? = try? reader.next(), names.count > 1, names.allSatisfy({ $0.utf8.count < 64 }) else { return nil }
    return names
  }

  /// Whether columns include one of texts.
  static func holdsTexts(_ header: [String], _ names: FieldNames) -> Bool {
    if let text = names.text { return header.contains(text) }
    return header.contains { columnNames[0].names.contains($0.lowercased()) || $0.lowercased() == articleText }
  }

  private static func separator(of line: [UInt8]) -> UInt8? {
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
    let counts = candidates.map { candidate in line.count { $0 == candidate } }
    guard let most = counts.max(), most > 0 else { return nil }
    return counts.firstIndex(of: most).map { candidates[$0] }
  }

  static func read(_ input: ByteInput, head: [UInt8], fields names: FieldNames, _ emit: (SourceEvent) throws -> Void) throws {
    var columns: [Field] = []
    var articleColumns: [String]?
    try forEachRow(input, head: head, emit) { header throws(InputError) in
      if names.isEmpty, !holdsTexts(header.filter { $0.lowercased() != articleText }, names), holdsTexts(header, names) {
        articleColumns = header.map { $0.lowercased() }
        return
      }
      for (_, given) in names.renamings + names.labels.map({ ("", $0.value) }) where !header.contains(given) {
        throw InputError(
          source: input.name, reason: "no column is named \"\(given)\": the header names \(header.joined(separator: ", "))")
      }
      columns = self.columns(header, names)
      guard columns.contains(where: { if case .text = $0 { true } else { false } }) else {
        throw InputError(
          source: input.name,
          // The names come last, where a long message is cut.
          reason: "no column holds texts; --text-field names it where it is not \"text\": the header names "
            + header.joined(separator: ", "))
      }
    } row: { fields, location throws(JSONLinesReader.FieldProblem) in
      if let articleColumns { return [.article(try article(fields, articleColumns))] }
      return [.comment(try comment(fields, columns, location))]
    }
  }

  /// Reads a table: its header, then row by row what becomes records. A row that does not have the header's columns is rejected.
  static func forEachRow(
    _ input: ByteInput, head: [UInt8], _ emit: (SourceEvent) throws -> Void, header use: ([String]) throws(InputError) -> Void,
    row: ([String], SourceLocation) throws(JSONLinesReader.FieldProblem) -> [Record]
  ) throws {
    let head = head.starts(with: utf8ByteOrderMark) ? Array(head[3...]) : head
    let firstLine = head.firstIndex(of: 0x0A).map { Array(head[..<$0]) } ?? head
    var reader = RecordReader(input, head: head, separator: separator(of: firstLine) ?? UInt8(ascii: ","))
    guard case .fields(let header)? = try reader.next() else {
      throw InputError(source: input.name, reason: "there is no header line")
    }
    try use(header)
    while let record = try reader.next() {
      let location = SourceLocation(name: input.name, line: reader.startLine)
      switch record {
      case .tooLong:
        try emit(
          .rejected(
            Rejection(location, reason: "the record is longer than \(maximumRecord >> 20) MiB; a quotation mark may be missing", raw: [])))
      case .tooManyFields(let count):
        try emit(.rejected(Rejection(location, reason: "\(count) fields where the header has \(header.count)", raw: [])))
      case .unclosed(let raw):
        try emit(.rejected(Rejection(location, reason: "a quotation mark is not closed", raw: raw)))
      case .fields(let fields):
        if fields.count == 1, fields[0].isEmpty { continue }
        let raw = { Array(fields.joined(separator: ",").utf8) }
        guard fields.count == header.count else {
          try emit(.rejected(Rejection(location, reason: "\(fields.count) fields where the header has \(header.count)", raw: raw())))
          continue
        }
        let result = Result<[Record], JSONLinesReader.FieldProblem> { () throws(JSONLinesReader.FieldProblem) in try row(fields, location) }
        switch result {
        case .success(let records): for record in records { try emit(.record(record)) }
        case .failure(let problem): try emit(.rejected(Rejection(location, field: problem.field, reason: problem.reason, raw: raw())))
        }
      }
    }
  }

  private static func columns(_ header: [String], _ names: FieldNames) -> [Field] {
    let given = Dictionary(names.renamings.map { ($0.given, $0.own) }) { first, _ in first }
    let labels = Dictionary(names.labels.map { ($0.value, [$0.key]) }, uniquingKeysWith: +)
    var taken = Set(names.renamings.map(\.own))
    return header.map { name in
      let lower = name.lowercased()
      if let own = given[name], let column = columnNames.first(where: { $0.names[0] == own }) { return column.field }
      if let labels = labels[name] { return .namedLabels(labels.sorted()) }
      for (field, names) in columnNames where names.contains(lower) {
        // Of several candidates the first column counts, the others are kept as they are.
        return taken.insert(names[0]).inserted ? field : .extra(FieldNames.extra(name))
      }
      if lower.hasPrefix("label_") { return .label(String(name.dropFirst(6))) }
      return knownLabels.contains(lower) ? .label(lower) : .extra(FieldNames.extra(name))
    }
  }

  /// A row of a table of articles.
  private static func article(_ fields: [String], _ columns: [String]) throws(JSONLinesReader.FieldProblem) -> Article {
    func field(_ names: String...) -> String? {
      names.compactMap { name in columns.firstIndex(of: name).flatMap { fields[$0].filled } }.first
    }
    guard let id = field("article_id", "id") else {
      throw JSONLinesReader.FieldProblem(field: "article_id", reason: "missing; an article needs one, its comments name it as article_id")
    }
    let body = field(articleText) ?? ""
    return Article(
      id: id, url: field("article_url", "url"), title: field("title"),
      body: body.contains("</") || body.contains("<p>") ? HTMLText.plain(body) : body, language: field("language"))
  }

  private static func comment(
    _ fields: [String], _ columns: [Field], _ location: SourceLocation
  ) throws(JSONLinesReader.FieldProblem) -> Comment {
    var comment = Comment(id: location.description, text: "", source: location)
    for (column, value) in zip(columns, fields) {
      switch column {
      case .text: comment.text = value
      case .id: if !value.isEmpty { comment.id = value }
      case .articleID: comment.articleID = value.isEmpty ? nil : value
      case .parentID: comment.parentID = value.isEmpty ? nil : value
      case .author: comment.author = value.isEmpty ? nil : value
      case .status: comment.status = value.isEmpty ? nil : value
      case .namedLabels(let labels):
        if value.filled == nil { continue }
        guard let decision = FieldNames.decision(.string(value)) else {
          throw JSONLinesReader.FieldProblem(field: labels[0], reason: "\"\(value.prefix(40))\" is neither yes nor no, nor a number")
        }
        for label in labels { comment.labels[label] = decision }
      case .createdAt: comment.createdAt = value.isEmpty ? nil : value
      case .extra(let name): comment.extra[name] = .string(value)
      case .label(let label):
        switch value.lowercased() {
        case "1", "true", "yes", "1.0": comment.labels[label] = true
        case "0", "false", "no", "0.0": comment.labels[label] = false
        case "": break
        default:
          throw JSONLinesReader.FieldProblem(
            field: label, reason: "\"\(value.prefix(40))\" is neither yes nor no (1/0, true/false, yes/no)")
        }
      }
    }
    return comment
  }

  /// Records of fields, over chunks of bytes.
  private struct RecordReader {
    enum Record {
      case fields([String])
      /// Their number; they are not kept.
      case tooManyFields(Int)
      case unclosed([UInt8])
      case tooLong
    }

    /// No table has so many columns.
    private static let maximumFields = 1 << 14

    private let input: ByteInput
    private let separator: UInt8
    private var chunk: [UInt8]
    private var position = 0
    private var line = 1
    /// The line on which the last record began.
    private(set) var startLine = 1

    init(_ input: ByteInput, head: [UInt8], separator: UInt8) {
      self.input = input
      self.separator = separator
      chunk = head
    }

    private mutating func peek() throws(InputError) -> UInt8? {
      while position == chunk.count {
        guard let next = try input.next() else { return nil }
        chunk = next
        position = 0
      }
      return chunk[position]
    }

    mutating func next() throws(InputError) -> Record? {
      guard try peek() != nil else { return nil }
      startLine = line
      var fields: [String] = []
      var fieldCount = 0
      var field: [UInt8] = []
      var size = 0
      var inQuotes = false
      var wasQuoted = false
      func endField() {
        fieldCount += 1
        if size <= maximumRecord, fieldCount <= Self.maximumFields { fields.append(String(decoding: field, as: UTF8.self)) }
        field.removeAll(keepingCapacity: true)
        wasQuoted = false
      }
      func record() -> Record {
        if field.last == 0x0D { field.removeLast() }
        endField()
        return size > maximumRecord ? .tooLong : fieldCount > Self.maximumFields ? .tooManyFields(fieldCount) : .fields(fields)
      }
      while let byte = try peek() {
        let run = plainRun(inQuotes: inQuotes)
        if !run.isEmpty {
          size += run.count
          if size <= maximumRecord { field += run }
          if inQuotes { line += run.count { $0 == 0x0A } }
          position = run.endIndex
          continue
        }
        position += 1
        size += 1
        if byte == 0x0A { line += 1 }
        if inQuotes {
          if try peek() == UInt8(ascii: "\"") {
            position += 1
            field.append(byte)
          } else {
            inQuotes = false
          }
        } else if byte == UInt8(ascii: "\""), field.isEmpty, !wasQuoted {
          inQuotes = true
          wasQuoted = true
        } else if byte == separator {
          endField()
        } else if byte == 0x0A {
          return record()
        } else if size <= maximumRecord {
          field.append(byte)
        }
      }
      if inQuotes, size <= maximumRecord { return .unclosed(field) }
      return record()
    }

    /// The bytes from here on that mean nothing but themselves, as far as they are there.
    private func plainRun(inQuotes: Bool) -> ArraySlice<UInt8> {
      let quote = UInt8(ascii: "\"")
      let end = chunk.withUnsafeBufferPointer { bytes in
        if inQuotes { return ByteSearch.index(of: quote, in: bytes, from: position) ?? bytes.count }
        var end = position
        while end < bytes.count, bytes[end] != separator, bytes[end] != quote, bytes[end] != 0x0A { end += 1 }
        return end
      }
      return chunk[position..<end]
    }
  }
}
