internal import BelowTheLine

/// The project's own record format: one JSON object a line, articles before their comments.
enum JSONLinesReader {
  static func read(_ lines: LineReader, name: String, _ emit: (SourceEvent) throws -> Void) throws {
    var lines = lines
    while let line = try lines.next() {
      let location = SourceLocation(name: name, line: lines.line)
      switch line {
      case .tooLong:
        try emit(.rejected(Rejection(location, reason: "the line is longer than \(LineReader.maximumLength >> 20) MiB", raw: [])))
      case .bytes(var bytes):
        if lines.line == 1, bytes.starts(with: utf8ByteOrderMark) { bytes.removeFirst(3) }
        guard bytes.contains(where: { $0 > 0x20 }) else { continue }
        do {
          try emit(.record(try record(bytes.span, location)))
        } catch let problem as FieldProblem {
          try emit(.rejected(Rejection(location, field: problem.field, reason: problem.reason, raw: bytes)))
        }
      }
    }
  }

  /// Why an object is no record.
  struct FieldProblem: Error {
    var field: String?
    var reason: String
  }

  static func record(_ bytes: Span<UInt8>, _ location: SourceLocation) throws(FieldProblem) -> Record {
    var fields: [(key: String, value: JSONValue)] = []
    do throws(JSONError) {
      var scanner = JSONScanner()
      try scanner.beginObject(in: bytes)
      var isFirst = true
      while let key = try scanner.nextKey(in: bytes, isFirst: isFirst) {
        fields.append((key, try scanner.value(in: bytes)))
        isFirst = false
      }
      try scanner.expectEnd(in: bytes)
    } catch {
      throw FieldProblem(field: nil, reason: "no valid JSON object: \(error)")
    }
    switch fields.last(where: { $0.key == "kind" })?.value {
    case nil, .null, .string("comment"): return .comment(try comment(fields, location))
    case .string("article"): return .article(try article(fields))
    case let other?: throw FieldProblem(field: "kind", reason: "\(JSONWriter.text(other)) is neither \"article\" nor \"comment\"")
    }
  }

  private static func comment(_ fields: [(key: String, value: JSONValue)], _ location: SourceLocation) throws(FieldProblem) -> Comment {
    var comment = Comment(id: location.description, text: "", source: location)
    var hasText = false
    for (key, value) in fields {
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
      case "weight":
        guard let weight = value.double, weight >= 0, weight.isFinite else {
          throw FieldProblem(field: key, reason: "a number of 0 or more is needed")
        }
        comment.weight = weight
      default: comment.extra[key] = value
      }
    }
    guard hasText else { throw FieldProblem(field: "text", reason: "missing; only objects with a text are comments") }
    return comment
  }

  private static func article(_ fields: [(key: String, value: JSONValue)]) throws(FieldProblem) -> Article {
    var article = Article(id: "", body: "")
    for (key, value) in fields {
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

  private static func text(_ key: String, _ value: JSONValue) throws(FieldProblem) -> String? {
    if value == .null { return nil }
    guard let text = value.text else { throw FieldProblem(field: key, reason: "a string is needed") }
    return text
  }
}
