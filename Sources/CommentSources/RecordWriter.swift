public import BelowTheLine

/// Writes records in the project's own format, one JSON object a line.
public enum RecordWriter {
  public static func append(_ record: Record, to writer: inout JSONWriter) {
    writer.beginObject()
    switch record {
    case .article(let article):
      writer.key("kind")
      writer.string("article")
      field("id", article.id, &writer)
      field("url", article.url, &writer)
      field("title", article.title, &writer)
      field("body", article.body, &writer)
      field("language", article.language, &writer)
    case .comment(let comment):
      writer.key("kind")
      writer.string("comment")
      field("id", comment.id, &writer)
      field("article_id", comment.articleID, &writer)
      field("parent_id", comment.parentID, &writer)
      field("author", comment.author, &writer)
      field("created_at", comment.createdAt, &writer)
      if let depth = comment.depth {
        writer.key("depth")
        writer.integer(depth)
      }
      field("text", comment.text, &writer)
      field("status", comment.status, &writer)
      if !comment.labels.isEmpty {
        writer.key("labels")
        writer.value(.object(comment.labels.sorted { $0.key < $1.key }.map { JSONMember($0.key, .bool($0.value)) }))
      }
      if comment.weight != 1 {
        writer.key("weight")
        writer.number(comment.weight)
      }
      if comment.isAuxiliary {
        writer.key("auxiliary")
        writer.bool(true)
      }
      for (key, value) in comment.extra.sorted(by: { $0.key < $1.key }) where key != "source" {
        writer.key(key)
        writer.value(value)
      }
      field("source", comment.extra["source"]?.text ?? comment.source?.name, &writer)
    }
    writer.endObject()
    writer.newline()
  }

  private static func field(_ name: String, _ value: String?, _ writer: inout JSONWriter) {
    guard let value else { return }
    writer.key(name)
    writer.string(value)
  }
}
