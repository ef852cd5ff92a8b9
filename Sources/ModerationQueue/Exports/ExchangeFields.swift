internal import BelowTheLine

/// What goes along with a text into another tool, so that what comes back finds its comment, and a person there sees the context.
enum ExchangeFields {
  /// By these an import finds the comment. Tools use `id` for numbers of their own.
  static func identity(_ item: QueueItem) -> [JSONMember] {
    [
      JSONMember("comment_id", .string(item.id)), JSONMember("source", .string(item.source)),
      JSONMember("revision", .integer(item.revision)),
    ]
  }

  static func context(_ item: QueueItem) -> [JSONMember] {
    members([
      ("article_id", item.article?.id), ("article_title", item.article?.title), ("article_url", item.article?.url),
      ("parent_text", item.parent?.text), ("author", item.author), ("created_at", item.createdAt),
    ])
  }

  static func meta(_ item: QueueItem) -> [JSONMember] {
    var fields = [JSONMember("number", .integer(item.number)), JSONMember("state", .string(item.state.rawValue))]
    for score in item.assessment?.scores ?? [] {
      fields.append(JSONMember("score_" + score.label, score.probability.map { .number($0.rounded4) } ?? .null))
    }
    return fields + members([("moderator", item.decision?.moderator), ("reason", item.decision?.reason), ("note", item.decision?.note)])
  }

  private static func members(_ fields: [(String, String?)]) -> [JSONMember] {
    fields.compactMap { name, value in value.map { JSONMember(name, .string($0)) } }
  }
}

extension Double {
  var rounded4: Double { (self * 10_000).rounded() / 10_000 }

  /// With four decimals.
  var decimals: String {
    var writer = JSONWriter()
    writer.fixed4(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
