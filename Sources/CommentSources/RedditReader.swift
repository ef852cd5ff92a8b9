internal import BelowTheLine

/// Reddit dumps (Pushshift, Arctic Shift): one comment or submission a line, mixed as they come.
///
///     {"id":"k1","link_id":"t3_p9","parent_id":"t1_k0","author":"ann","body":"…","created_utc":1676541600,"subreddit":"ferries"}
///     {"id":"p9","title":"…","selftext":"…","url":"…","subreddit":"ferries"}
///
/// A submission is an article; ids carry Reddit's prefixes, `t1_` for comments and `t3_` for submissions, as the references to them do.
/// Status is `deleted` (by its author), `removed`, or another word of `_meta.removal_type`, and none for a comment that stands: a dump
/// taken early does not know. `[deleted]` and `[removed]` are no one's words: the text is then empty.
enum RedditReader {
  /// Whether a line's object has the fields that no other dump has together.
  static func looksLikeDump(_ object: JSONValue) -> Bool {
    let isComment = object["body"] != nil && object["link_id"] != nil
    let isSubmission = object["title"] != nil && object["selftext"] != nil
    return (isComment || isSubmission) && object["id"] != nil && object["kind"] == nil && object["text"] == nil
  }

  struct Format: LineFormat {
    func makeReader() -> CommentLineReader { CommentLineReader(fields: lineFields) }
    var idPrefix: String { commentPrefix }
    var keepsAllFields: Bool { false }
    var takesLinesAsTheyStand: Bool { false }
    func isPlain(_ comment: inout CommentLine, _ line: Span<UInt8>) -> Bool { RedditReader.isPlain(&comment, line) }
    func isWhole(_ text: Span<UInt8>) -> Bool { RedditReader.isWhole(text) }

    func record(_ members: [JSONMember], _ location: SourceLocation) throws(JSONLinesReader.FieldProblem) -> Record {
      try RedditReader.record(members, location)
    }
  }

  private static func record(_ members: [JSONMember], _ location: SourceLocation) throws(JSONLinesReader.FieldProblem) -> Record {
    let object = JSONValue.object(members)
    if object["body"] != nil { return .comment(try comment(object, location)) }
    if object["title"] != nil { return .article(try article(object)) }
    throw JSONLinesReader.FieldProblem(field: "body", reason: "missing, and there is no title either: no comment and no submission")
  }

  // MARK: Lines where they stand

  /// What scoring a comment takes. Others are passed over as they are here.
  private static let lineFields: [(String, CommentLine.Key)] = [
    ("body", .text), ("id", .id), ("link_id", .articleID), ("parent_id", .parentID), ("author", .author), ("removal_reason", .removal),
    ("removal_type", .removal), ("_meta", .removal),
  ]
  private static let commentPrefix = "t1_"

  /// Whether ids are such that no more is to be thought of than a prefix. The submission is no parent, and is taken out.
  private static func isPlain(_ comment: inout CommentLine, _ line: Span<UInt8>) -> Bool {
    func isPlain(_ range: Range<Int>?) -> Bool {
      guard let range else { return true }
      return !range.isEmpty && range.allSatisfy { 0x21...0x7E ~= line[$0] }
    }
    func isPrefixed(_ range: Range<Int>?, _ kind: Unicode.Scalar) -> Bool {
      guard let range, range.count >= 3 else { return false }
      let start = range.lowerBound
      return line[start] == UInt8(ascii: "t") && line[start + 1] == UInt8(ascii: kind) && line[start + 2] == UInt8(ascii: "_")
    }
    guard isPlain(comment.id), isPlain(comment.articleID), isPlain(comment.parentID), !isPrefixed(comment.id, "1"),
      comment.articleID == nil || isPrefixed(comment.articleID, "3")
    else { return false }
    if !isPrefixed(comment.parentID, "1") { comment.remove(.parentID) }
    return true
  }

  /// Whether a text has no quotation, no entity, and is no placeholder.
  private static func isWhole(_ text: Span<UInt8>) -> Bool {
    text.withUnsafeBufferPointer { text in
      ByteSearch.index(of: UInt8(ascii: "&"), in: text) == nil && ByteSearch.index(of: UInt8(ascii: ">"), in: text) == nil
        && !(text.first == UInt8(ascii: "[") && text.count == 9)
    }
  }

  // MARK: Records

  private static func comment(_ object: JSONValue, _ location: SourceLocation) throws(JSONLinesReader.FieldProblem) -> Comment {
    guard case .string(let body)? = object["body"] else {
      throw JSONLinesReader.FieldProblem(field: "body", reason: "a string is needed")
    }
    var comment = Comment(id: location.description, text: "", source: location)
    if let id = try text("id", object) { comment.id = prefixed(id, commentPrefix) }
    comment.articleID = try text("link_id", object).map { prefixed($0, "t3_") }
    // Everything else answers the submission itself.
    if let parent = try text("parent_id", object), parent.hasPrefix(commentPrefix) { comment.parentID = parent }
    comment.author = try text("author", object).flatMap { $0 == "[deleted]" ? nil : $0 }
    comment.createdAt = time(object["created_utc"])
    comment.status = status(object, body: body)
    comment.text = isPlaceholder(body) ? "" : Markdown.withMarkedQuotes(decoded(body))
    for field in ["subreddit", "score", "removal_reason", "permalink"] {
      if let value = object[field], value != .null { comment.extra[field] = value }
    }
    return comment
  }

  private static func article(_ object: JSONValue) throws(JSONLinesReader.FieldProblem) -> Article {
    guard let id = try text("id", object) else {
      throw JSONLinesReader.FieldProblem(field: "id", reason: "missing; a submission needs one, its comments name it as link_id")
    }
    let selftext = try text("selftext", object) ?? ""
    let address = try text("url", object)
    let permalink = try text("permalink", object)
    return Article(
      id: prefixed(id, "t3_"), url: address ?? permalink, title: try text("title", object).map(decoded),
      body: isPlaceholder(selftext) ? "" : decoded(selftext))
  }

  private static func status(_ object: JSONValue, body: String) -> String? {
    if let removal = (object["_meta"]?["removal_type"] ?? object["removal_type"])?.text { return removal }
    switch body {
    case "[deleted]": return "deleted"
    case "[removed]": return "removed"
    default: return object["removal_reason"]?.text.map { _ in "removed" }
    }
  }

  private static func isPlaceholder(_ body: String) -> Bool { body == "[deleted]" || body == "[removed]" }

  private static func prefixed(_ id: String, _ prefix: String) -> String { id.hasPrefix(prefix) ? id : prefix + id }

  private static func text(_ field: String, _ object: JSONValue) throws(JSONLinesReader.FieldProblem) -> String? {
    guard let value = object[field] else { return nil }
    return try JSONLinesReader.text(field, value)?.filled
  }

  /// Seconds since 1970, as a number or, in old dumps, as a text of digits.
  private static func time(_ value: JSONValue?) -> String? {
    guard let text = value?.text else { return nil }
    return Double(text).flatMap { Instant(seconds: $0).utc } ?? text
  }

  /// Reddit escapes these three, and only these, in the text it hands out.
  private static func decoded(_ text: String) -> String {
    guard text.contains(ascii: "&") else { return text }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let entity = bytes[index] == UInt8(ascii: "&") ? entities.first { bytes[index...].starts(with: $0.name) } : nil
      decoded.append(entity?.character ?? bytes[index])
      index += entity?.name.count ?? 1
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static let entities = [
    (name: Array("&gt;".utf8), character: UInt8(ascii: ">")), (name: Array("&lt;".utf8), character: UInt8(ascii: "<")),
    (name: Array("&amp;".utf8), character: UInt8(ascii: "&")),
  ]
}
