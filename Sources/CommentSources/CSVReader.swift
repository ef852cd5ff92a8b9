internal import BelowTheLine

/// Comma, semicolon or tab separated values (RFC 4180) with a header line.
///
/// Columns are found by name, or named by ``FieldNames``; columns named after a label, or `label_NAME`, hold 0/1, true/false or yes/no.
/// Of several names for one field the first of ``columnNames`` counts that the header has, wherever it stands. What Excel writes before
/// the header, `sep=;`, names the separator.
/// A table with a column `article_text`, as the SFU Opinion and Comments Corpus has one, is a table of articles.
enum CSVReader {
  private static let columnNames: [(field: Field, names: [String])] = [
    (.text, ["text", "comment_text", "comment", "body", "message", "content", "post"]),
    (.id, ["id", "comment_id", "post_id", "comment_counter"]),
    (.articleID, ["article_id", "story_id", "thread_id", "topic_id"]),
    (.parentID, ["parent_id", "reply_to"]),
    (.author, ["author", "comment_author", "username", "user", "name"]),
    (.createdAt, ["created_at", "timestamp", "post_time", "date", "time"]),
    (.status, ["status"]), (.weight, ["weight"]), (.auxiliary, ["auxiliary"]),
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
    case weight
    case auxiliary
    case label(String)
    /// Labels that ``FieldNames`` names: a number of 0.5 and more is yes.
    case namedLabels([String])
    case extra(String)
  }

  /// The names of the columns, where a first line looks as if it named some.
  static func header(_ line: [UInt8]) -> [String]? {
    guard line.count < 4096, let separator = separator(of: line) else { return nil }
    var reader = CSVRecords(ByteInput(name: "", bytes: line), head: [], separator: separator)
    guard case .fields(let names, _)? = try? reader.next(), names.count > 1, names.allSatisfy({ $0.utf8.count < 64 }) else { return nil }
    return names.map { $0.filled ?? "" }
  }

  /// What a line before the header says that separates values, as Excel writes and reads it: `sep=;`
  static func namedSeparator(_ line: ArraySlice<UInt8>) -> UInt8? {
    let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    return line.count == 5 && line.starts(with: "sep=".utf8) ? line.last : nil
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
    let firstLine = Array(head.split(separator: UInt8(ascii: "\n"), maxSplits: 64).first { $0.contains { $0 > 0x20 } } ?? [])
    let named = namedSeparator(firstLine[...])
    var reader = CSVRecords(input, head: head, separator: named ?? separator(of: firstLine) ?? UInt8(ascii: ","))
    var header: [String] = []
    while header.allSatisfy(\.isEmpty) || named != nil && header == ["sep=", ""] {
      guard case .fields(let fields, _)? = try reader.next() else {
        throw InputError(source: input.name, reason: "there is no header line")
      }
      header = fields.map { $0.filled ?? "" }
    }
    try use(header)
    reader.columnCount = header.count
    while let record = try reader.next() {
      let location = SourceLocation(name: input.name, line: reader.startLine)
      func reject(field: String? = nil, _ reason: String) throws {
        try emit(.rejected(Rejection(location, field: field, reason: reason, raw: reader.raw)))
      }
      switch record {
      case .tooLong: try reject("the record is longer than \(CSVRecords.maximumLength >> 20) MiB; a quotation mark may be missing")
      case .unclosed: try reject("a quotation mark is not closed")
      case .fields(let fields, let count):
        if count == 1, fields[0].isEmpty { continue }
        guard count == header.count else {
          try reject("\(count) fields where the header has \(header.count)")
          continue
        }
        let result = Result<[Record], JSONLinesReader.FieldProblem> { () throws(JSONLinesReader.FieldProblem) in try row(fields, location) }
        switch result {
        case .success(let records): for record in records { try emit(.record(record)) }
        case .failure(let problem): try reject(field: problem.field, problem.reason)
        }
      }
    }
  }

  private static func columns(_ header: [String], _ names: FieldNames) -> [Field] {
    let given = Dictionary(names.renamings.map { ($0.given, $0.own) }) { first, _ in first }
    let labels = Dictionary(names.labels.map { ($0.value, [$0.key]) }, uniquingKeysWith: +)
    let renamed = Set(names.renamings.map(\.own))
    let free = header.map { given[$0] == nil && labels[$0] == nil ? $0.lowercased() : nil }
    var own: [Int: Field] = [:]
    for (field, names) in columnNames where !renamed.contains(names[0]) {
      if let column = names.lazy.compactMap({ free.firstIndex(of: $0) }).first { own[column] = field }
    }
    return header.enumerated().map { column, name in
      let lower = name.lowercased()
      if let own = given[name], let column = columnNames.first(where: { $0.names[0] == own }) { return column.field }
      if let labels = labels[name] { return .namedLabels(labels.sorted()) }
      if let field = own[column] { return field }
      if columnNames.contains(where: { $0.names.contains(lower) }) { return .extra(FieldNames.extra(name)) }
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
      body: body.contains(bytesOf: "</") || body.contains(bytesOf: "<p>") ? HTMLText.plain(body) : body, language: field("language"))
  }

  private static func comment(
    _ fields: [String], _ columns: [Field], _ location: SourceLocation
  ) throws(JSONLinesReader.FieldProblem) -> Comment {
    var comment = Comment(id: location.description, text: "", source: location)
    for (column, value) in zip(columns, fields) {
      switch column {
      case .text: comment.text = value
      // Without blanks around them, as those of articles: ids that are written alike but for a blank mean the same.
      case .id: comment.id = value.filled ?? comment.id
      case .articleID: comment.articleID = value.filled
      case .parentID: comment.parentID = value.filled
      case .author: comment.author = value.filled
      case .status: comment.status = value.filled
      case .weight: if let value = value.filled { comment.weight = try JSONLinesReader.weight(Double(value)) }
      case .auxiliary:
        guard let isAuxiliary = value.filled == nil ? false : FieldNames.decision(.string(value)) else {
          throw JSONLinesReader.FieldProblem(field: "auxiliary", reason: "\"\(value.prefix(40))\" is neither yes nor no, nor a number")
        }
        comment.isAuxiliary = isAuxiliary
      case .namedLabels(let labels):
        if value.filled == nil { continue }
        guard let decision = FieldNames.decision(.string(value)) else {
          throw JSONLinesReader.FieldProblem(field: labels[0], reason: "\"\(value.prefix(40))\" is neither yes nor no, nor a number")
        }
        for label in labels { comment.labels[label] = decision }
      case .createdAt: comment.createdAt = value.filled
      case .extra(let name): comment.extra[name] = .string(value)
      case .label(let label):
        switch value.filled?.lowercased() {
        case "1", "true", "yes", "1.0": comment.labels[label] = true
        case "0", "false", "no", "0.0": comment.labels[label] = false
        case nil: break
        default:
          throw JSONLinesReader.FieldProblem(
            field: label, reason: "\"\(value.prefix(40))\" is neither yes nor no (1/0, true/false, yes/no)")
        }
      }
    }
    return comment
  }
}
