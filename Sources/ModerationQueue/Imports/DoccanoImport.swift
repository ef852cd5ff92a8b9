public import BelowTheLine

/// Reads a line of doccano's JSONL export. Metadata stands beside the text, or in `meta`.
public enum DoccanoImport {
  /// - Parameter emptyIsNo: whether no label means that none holds; doccano writes the same for what nobody has looked at.
  /// - Returns: nil for a text without a label.
  /// - Throws: ``QueueError`` where the line is not of such an export.
  public static func decision(_ json: JSONValue, emptyIsNo: Bool = false) throws -> ImportedDecision? {
    func field(_ name: String) -> String? { (json[name] ?? json["meta"]?[name] ?? json["metadata"]?[name])?.text }
    guard let id = field("comment_id") else { throw QueueError("comment_id is missing; only what btl exported can be brought back") }
    let labels = (json["label"] ?? json["labels"])?.elements.compactMap(\.text) ?? []
    if labels.isEmpty, !emptyIsNo { return nil }
    return ImportedDecision(
      commentID: id, source: field("source"), text: json["text"]?.text, labels: Dictionary(labels.map { ($0, true) }) { first, _ in first },
      moderator: field("username"))
  }
}
