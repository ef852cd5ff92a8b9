public import BelowTheLine

/// Decisions as labelled records that `btl train` takes, each article before its comments.
///
/// Comments that nobody decided come without labels where they are exported at all: they teach nothing, but show the thread.
public struct TrainingExport {
  private let overruledWeight: Double
  /// The source that an id of an article is of; other sources with the same id get one of their own.
  private var sources: [String: String] = [:]
  private var written: Set<String> = []

  /// - Parameter overruledWeight: of rows where a person decided otherwise than the model had flagged, or an appeal overturned a decision.
  public init(overruledWeight: Double = 1) { self.overruledWeight = overruledWeight }

  /// - Parameter body: the text of an article, asked for once.
  public mutating func records(_ item: QueueItem, body: (QueueItem) throws -> String?) rethrows -> [Record] {
    var records: [Record] = []
    let articleID = item.article.map { id(of: $0.id, in: item.source) }
    if let article = item.article, let articleID, written.insert(articleID).inserted, let body = try body(item) {
      records.append(.article(Article(id: articleID, url: article.url, title: article.title, body: body, language: article.language)))
    }
    let isOverruled = !item.overruledLabels.isEmpty || item.ruling?.action == .overturn
    records.append(
      .comment(
        Comment(
          id: item.id, articleID: articleID, parentID: item.parent?.id, author: item.author, createdAt: item.createdAt, text: item.text,
          labels: item.labels, weight: isOverruled ? overruledWeight : 1, extra: ["source": .string(item.source)])))
    return records
  }

  private mutating func id(of article: String, in source: String) -> String {
    if sources[article] == nil { sources[article] = source }
    return sources[article] == source ? article : source + " " + article
  }
}
