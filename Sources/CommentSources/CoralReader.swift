internal import BelowTheLine

/// Coral's collections as MongoDB exports them: comments and stories, one object a line, in one file or several.
///
///     {"id":"s1","url":"…","metadata":{"title":"…"}}
///     {"id":"c1","storyID":"s1","parentID":null,"authorID":"u1","revisions":[{"id":"r1","body":"<p>…</p>"}],"status":"NONE"}
///
/// The text is that of the last revision. The status is Coral's, in small letters, or `deleted`. Extended JSON is understood.
/// A story has no body: what `--articles` brings under the same id has.
enum CoralReader {
  static func looksLikeDump(_ object: JSONValue) -> Bool { isComment(object) || isStory(object) }

  private static func isComment(_ object: JSONValue) -> Bool { object["storyID"] != nil && object["text"] == nil }

  private static func isStory(_ object: JSONValue) -> Bool {
    guard case .object? = object["metadata"], case .string? = object["url"] else { return false }
    return object["text"] == nil && object["kind"] == nil && object["body"] == nil
  }

  static func read(_ lines: LineReader, name: String, _ emit: (SourceEvent) throws -> Void) throws {
    try JSONLinesReader.forEachObject(lines, name: name, emit) { members, location throws(JSONLinesReader.FieldProblem) in
      let object = JSONValue.object(members)
      if isComment(object) || object["revisions"] != nil { return .comment(try comment(object, location)) }
      if object["url"] != nil || object["metadata"] != nil { return .article(try story(object)) }
      throw JSONLinesReader.FieldProblem(field: "storyID", reason: "missing, and there is no url either: no comment and no story")
    }
  }

  private static func comment(_ object: JSONValue, _ location: SourceLocation) throws(JSONLinesReader.FieldProblem) -> Comment {
    var comment = Comment(id: id(object) ?? location.description, text: "", source: location)
    comment.articleID = plain(object["storyID"])
    comment.parentID = plain(object["parentID"])
    comment.author = plain(object["authorID"])
    comment.createdAt = time(object["createdAt"])
    comment.status = plain(object["status"])?.lowercased()
    let revision = object["revisions"]?.elements.last
    if time(object["deletedAt"]) != nil {
      // Coral empties the text of what its author deletes.
      comment.status = "deleted"
    } else if revision?["body"]?.text == nil {
      throw JSONLinesReader.FieldProblem(field: "revisions", reason: "the last one has no body")
    }
    comment.text = HTMLText.plain(revision?["body"]?.text ?? "")
    if let score = revision?["metadata"]?["perspective"]?["score"], score.double != nil { comment.extra["perspective"] = score }
    let tags = object["tags"]?.elements.compactMap { $0["type"]?.text ?? $0.text } ?? []
    if !tags.isEmpty { comment.extra["tags"] = .array(tags.map { .string($0) }) }
    return comment
  }

  private static func story(_ object: JSONValue) throws(JSONLinesReader.FieldProblem) -> Article {
    guard let id = id(object) else {
      throw JSONLinesReader.FieldProblem(field: "id", reason: "missing; a story needs one, its comments name it as storyID")
    }
    return Article(id: id, url: plain(object["url"]), title: plain(object["metadata"]?["title"]), body: "")
  }

  private static func id(_ object: JSONValue) -> String? { plain(object["id"]) ?? plain(object["_id"]) }

  /// A text, or the one inside `{"$oid":…}` and the like.
  private static func plain(_ value: JSONValue?) -> String? {
    if let member = value?.members.first, member.key.hasPrefix("$") { return plain(member.value) }
    return value?.text?.filled
  }

  /// `"2023-02-16T10:00:00Z"`, `{"$date":"…"}`, `{"$date":1676541600000}` or `{"$date":{"$numberLong":"1676541600000"}}`.
  private static func time(_ value: JSONValue?) -> String? {
    guard let text = plain(value) else { return nil }
    if let utc = Timestamps.utc(text) { return utc }
    return Double(text).flatMap { Instant(seconds: $0 / 1000).utc } ?? text
  }
}
