/// A table of the queue for spreadsheets: one row a comment, the same columns for every comment of one export.
public struct CSVExport: Sendable {
  private let labels: [String]

  /// - Parameter labels: each has a column for its score and one for the decision.
  public init(labels: [String]) { self.labels = labels }

  public var header: [String] {
    ["number", "source", "id", "revision", "state", "article_id", "article_title", "article_url", "parent_id", "parent_text", "author"]
      + ["created_at", "added_at", "text"] + labels.map { "score_" + $0 } + ["flags"] + labels.map { "label_" + $0 }
      + ["action", "moderator", "decided_at", "reason", "note"]
  }

  /// The cells of a row, as text without any quoting.
  public func row(_ item: QueueItem) -> [String] {
    let decided = item.labels
    let decision = item.decision
    var cells = [String(item.number), item.source, item.id, String(item.revision), item.state.rawValue]
    cells += texts(item.article?.id, item.article?.title, item.article?.url, item.parent?.id, item.parent?.text, item.author)
    cells += texts(item.createdAt, item.addedAt, item.text)
    cells += labels.map { item.assessment?.probability(of: $0)?.decimals ?? "" }
    cells.append((item.assessment?.flags ?? []).joined(separator: " "))
    cells += labels.map { label in decided[label].map { $0 ? "yes" : "no" } ?? "" }
    let reason = decision?.reason ?? (item.state == .rejected ? item.ruling?.reason : nil)
    return cells + texts(decision?.action.rawValue, decision?.moderator, decision?.time, reason, decision?.note)
  }

  private func texts(_ texts: String?...) -> [String] { texts.map { $0 ?? "" } }
}
