internal import BelowTheLine

/// The project's own record format: one JSON object a line, articles before their comments. Fields may have a source's names.
enum JSONLinesReader {
  /// Lines are read where they stand.
  static func read(_ chunks: LineChunks, _ emit: (SourceEvent) throws -> Void) throws {
    var chunk = LineChunks.Chunk()
    var reader = RecordLineReader(chunks)
    while try chunks.next(&chunk) { try chunk.forEachLine { try emit(reader.event(for: $0, in: chunk)) } }
  }

  struct Format: LineFormat {
    private let names: FieldNames

    init(_ names: FieldNames) { self.names = names }

    func makeReader() -> CommentLineReader { names.isEmpty ? CommentLineReader() : CommentLineReader(fields: names.lineFields) }
    var idPrefix: String { "" }
    var keepsAllFields: Bool { true }
    var takesLinesAsTheyStand: Bool { names.isEmpty }
    /// Articles have our own names always.
    func isPlain(_ comment: inout CommentLine, _ line: Span<UInt8>) -> Bool { !comment.isArticle }
    func isWhole(_ text: Span<UInt8>) -> Bool { true }

    func record(_ members: [JSONMember], _ location: SourceLocation) throws(FieldProblem) -> Record {
      names.isEmpty ? try JSONLinesReader.record(members, location) : try JSONLinesReader.record(members, location, names)
    }
  }

  /// Reads one object a line and makes a record of each. What is no object, or none that makes a record, is rejected.
  static func forEachObject(
    _ lines: LineReader, name: String, _ emit: (SourceEvent) throws -> Void,
    record: ([JSONMember], SourceLocation) throws(FieldProblem) -> Record
  ) throws {
    try LineReader.forEachLine(lines, name: name, emit) { bytes, location in try emit(event(bytes, location, record)) }
  }

  /// What a line is.
  static func event(
    _ line: [UInt8], _ location: SourceLocation, _ record: ([JSONMember], SourceLocation) throws(FieldProblem) -> Record
  ) -> SourceEvent {
    do throws(FieldProblem) {
      return .record(try record(try members(line.span), location))
    } catch {
      return .rejected(Rejection(location, field: error.field, reason: error.reason, raw: line))
    }
  }

  /// Why an object is no record.
  struct FieldProblem: Error {
    var field: String?
    var reason: String
  }

  static func members(_ bytes: Span<UInt8>) throws(FieldProblem) -> [JSONMember] {
    var members: [JSONMember] = []
    do throws(JSONError) {
      try read(bytes, into: &members)
    } catch {
      throw FieldProblem(field: nil, reason: "no valid JSON object: \(error)")
    }
    return members
  }

  /// The members that are whole, of a line that may be cut; one whose value is not is empty.
  static func firstMembers(_ bytes: Span<UInt8>) -> [JSONMember] {
    var members: [JSONMember] = []
    try? read(bytes, into: &members)
    return members
  }

  private static func read(_ bytes: Span<UInt8>, into members: inout [JSONMember]) throws(JSONError) {
    var scanner = JSONScanner()
    try scanner.beginObject(in: bytes)
    while let key = try scanner.nextKey(in: bytes, isFirst: members.isEmpty) {
      members.append(JSONMember(key, .null))
      members[members.count - 1].value = try scanner.value(in: bytes)
    }
    try scanner.expectEnd(in: bytes)
  }

  private static func record(_ fields: [JSONMember], _ location: SourceLocation) throws(FieldProblem) -> Record {
    switch fields.last(where: { $0.key == "kind" })?.value {
    case nil, .null, .string("comment"): return .comment(try comment(fields, location))
    case .string("article"): return .article(try article(fields))
    case let other?: throw FieldProblem(field: "kind", reason: "\(JSONWriter.text(other)) is neither \"article\" nor \"comment\"")
    }
  }

  /// A record whose fields have the source's names.
  private static func record(_ fields: [JSONMember], _ location: SourceLocation, _ names: FieldNames) throws(FieldProblem) -> Record {
    let object = JSONValue.object(fields)
    if object["kind"] == .string("article") { return .article(try article(fields)) }
    let renamings = names.renamings
    var own: [JSONMember] = renamings.compactMap { renaming in
      value(renaming.given, in: object).map { JSONMember(renaming.own, $0) }
    }
    let overridden = Set(renamings.map(\.own))
    let consumed = Set(renamings.map(\.given))
    for member in fields where !consumed.contains(member.key) {
      let isForeign = overridden.contains(member.key) || member.key == "kind" && member.value != .string("comment")
      own.append(JSONMember(isForeign ? FieldNames.extra(member.key) : member.key, member.value))
    }
    var comment: Comment
    do throws(FieldProblem) {
      comment = try self.comment(own, location)
    } catch {
      // Told by the name that the source has for it.
      throw FieldProblem(field: renamings.first { $0.own == error.field }?.given ?? error.field, reason: error.reason)
    }
    for (label, field) in names.labels {
      guard let value = value(field, in: object), value != .null, value != .string("") else { continue }
      guard let decision = FieldNames.decision(value) else {
        throw FieldProblem(field: field, reason: "\(JSONWriter.text(value).prefix(40)) is neither yes nor no, nor a number")
      }
      comment.labels[label] = decision
    }
    return .comment(comment)
  }

  /// The value at a dotted path.
  static func value(_ path: String, in object: JSONValue) -> JSONValue? {
    if let value = object[path] { return value }
    var value: JSONValue? = object
    for key in path.split(separator: ".", omittingEmptySubsequences: false) { value = value?[String(key)] }
    return value
  }

  private static func comment(_ fields: [JSONMember], _ location: SourceLocation) throws(FieldProblem) -> Comment {
    var comment = Comment(id: location.description, text: "", source: location)
    var hasText = false
    for member in fields {
      let (key, value) = (member.key, member.value)
      switch key {
      case "kind": break
      case "text":
        guard case .string(let text) = value else { throw FieldProblem(field: key, reason: "a string is needed") }
        comment.text = text
        hasText = true
      case "id": if let id = try text(key, value) { comment.id = id }
      case "article_id": comment.articleID = try text(key, value)
      case "parent_id": comment.parentID = try text(key, value)
      case "author": comment.author = try text(key, value)
      case "created_at": comment.createdAt = try text(key, value)
      // Anything but a word or number is kept as it is.
      case "status":
        comment.status = value.text
        if value.text == nil, value != .null { comment.extra[key] = value }
      case "depth": comment.depth = value.integer
      case "labels": comment.labels = try labels(value)
      case "weight": comment.weight = try weight(value.double)
      case "auxiliary":
        guard let isAuxiliary = value.bool else { throw FieldProblem(field: key, reason: "true or false is needed") }
        comment.isAuxiliary = isAuxiliary
      default: comment.extra[key] = value
      }
    }
    guard hasText else {
      throw FieldProblem(field: "text", reason: "missing; only objects with a text are comments" + whereTextMayBe(comment.extra))
    }
    return comment
  }

  /// What to try with an object that holds other objects, or prose under another name; empty where there is neither.
  private static func whereTextMayBe(_ fields: [String: JSONValue]) -> String {
    func canBeTyped(_ path: String) -> Bool {
      path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == "." }
    }
    let lists = fields.filter { canBeTyped($0.key) && $0.value.elements.first?["text"] != nil }
    if let list = lists.max(by: { ($0.value.elements.count, $1.key) < ($1.value.elements.count, $0.key) })?.key {
      return "; jq -c '.\(list)[]' takes out those of \"\(list)\""
    }
    let paths = fields.flatMap { key, value in [(key, value)] + value.members.map { ("\(key).\($0.key)", $0.value) } }
    let prose = paths.compactMap { path, value -> (path: String, length: Int)? in
      guard canBeTyped(path), case .string(let text) = value, text.utf8.contains(UInt8(ascii: " ")) else { return nil }
      return (path, text.utf8.count)
    }
    let longest = prose.max { ($0.length, $1.path) < ($1.length, $0.path) }
    return longest.map { "; --text-field \($0.path) names what looks like one" } ?? ""
  }

  static func weight(_ number: Double?) throws(FieldProblem) -> Double {
    guard let number, number >= 0, number.isFinite else { throw FieldProblem(field: "weight", reason: "a number of 0 or more is needed") }
    guard number <= Comment.maximumWeight else {
      throw FieldProblem(field: "weight", reason: "it is above \(Int(Comment.maximumWeight))")
    }
    return number
  }

  private static func article(_ fields: [JSONMember]) throws(FieldProblem) -> Article {
    var article = Article(id: "", body: "")
    for member in fields {
      let (key, value) = (member.key, member.value)
      switch key {
      case "id": article.id = try text(key, value) ?? ""
      case "url": article.url = try text(key, value)
      case "title": article.title = try text(key, value)
      case "body": article.body = try text(key, value) ?? ""
      case "language": article.language = try text(key, value)
      default: break
      }
    }
    guard !article.id.isEmpty else {
      throw FieldProblem(field: "id", reason: "missing; an article needs one, its comments name it as article_id")
    }
    return article
  }

  private static func labels(_ value: JSONValue) throws(FieldProblem) -> [String: Bool] {
    if value == .null { return [:] }
    guard case .object(let members) = value else {
      throw FieldProblem(field: "labels", reason: "an object such as {\"off_topic\":true} is needed")
    }
    var labels: [String: Bool] = [:]
    for member in members {
      switch member.value {
      case .bool(let value): labels[member.key] = value
      case .integer(0), .integer(1): labels[member.key] = member.value == .integer(1)
      case .null: labels[member.key] = nil
      default: throw FieldProblem(field: "labels.\(member.key)", reason: "true, false or null is needed")
      }
    }
    return labels
  }

  static func text(_ key: String, _ value: JSONValue) throws(FieldProblem) -> String? {
    if value == .null { return nil }
    guard let text = value.text else { throw FieldProblem(field: key, reason: "a string is needed") }
    return text
  }
}
