internal import BelowTheLine

/// Discourse's archive of a user's posts, a CSV file.
///
///     topic_title,category,post,like_count,reply_count,url,created_at
///     "Ferry","Harbour","Who pays?",3,1,https://forum.example/t/ferry/61/4,2024-05-06 07:12:00 UTC
///
/// Each topic becomes an article when its first post comes, with a title and no body. A post's id is topic and number, `61/4`, for the
/// number alone recurs in every topic. `[quote]` and Markdown quotes are marked alike.
enum DiscourseReader {
  static func looksLikeArchive(_ header: [String]) -> Bool {
    header.contains("topic_title") && header.contains("url") && (header.contains("post") || header.contains("post_raw"))
  }

  static func read(_ input: ByteInput, head: [UInt8], _ emit: (SourceEvent) throws -> Void) throws {
    var columns: [String: Int] = [:]
    var known: Set<String> = []
    try CSVReader.forEachRow(input, head: head, emit) { header throws(InputError) in
      guard looksLikeArchive(header) else {
        throw InputError(source: input.name, reason: "the header names no topic_title, url and post, as Discourse's archive does")
      }
      for (index, name) in header.enumerated() { columns[name] = columns[name] ?? index }
    } row: { fields, location throws(JSONLinesReader.FieldProblem) in
      func field(_ name: String) -> String? { columns[name].flatMap { fields[$0].filled } }
      guard let url = field("url"), let place = place(url) else {
        throw JSONLinesReader.FieldProblem(field: "url", reason: "no address of a post, such as https://forum.example/t/name/61/4")
      }
      let created = field("created_at")
      var comment = Comment(
        id: "\(place.topic)/\(place.number)", articleID: place.topic, createdAt: created.flatMap(Timestamps.utc) ?? created,
        text: Markdown.withMarkedQuotes(Markdown.withMarkedQuoteTags(field("post_raw") ?? field("post") ?? "")), source: location)
      for name in ["category", "categories", "like_count", "reply_count", "url"] {
        if let value = field(name) { comment.extra[name] = .string(value) }
      }
      guard known.insert(place.topic).inserted else { return [.comment(comment)] }
      return [.article(Article(id: place.topic, url: place.url, title: field("topic_title"), body: "")), .comment(comment)]
    }
  }

  /// `…/t/name/61/4` is post 4 of topic 61; without a number it is the first post.
  private static func place(_ url: String) -> (topic: String, number: String, url: String)? {
    let path = url.prefix { $0 != "?" && $0 != "#" }
    let parts = path.split(separator: "/")
    guard let start = parts.lastIndex(of: "t") else { return nil }
    let numbers = parts[(start + 1)...].drop { !isNumber($0) }
    guard let topic = numbers.first, numbers.count <= 2 else { return nil }
    let number = numbers.dropFirst().first ?? "1"
    guard isNumber(number) else { return nil }
    return (String(topic), String(number), String(path[..<topic.endIndex]))
  }

  private static func isNumber(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy { 0x30...0x39 ~= $0 } }
}
