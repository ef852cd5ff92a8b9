public import BelowTheLine

/// Reads a line of doccano's JSONL export. Metadata stands beside the text, or in `meta`.
public enum DoccanoImport {
  /// - Parameter emptyIsNo: whether no label means that none holds; doccano writes the same for what nobody has looked at.
  /// - Returns: nil for a text without a label.
  /// - Throws: ``QueueError`` that names the field where the line is not of such an export.
  public static func decision(_ json: JSONValue, emptyIsNo: Bool = false) throws -> ImportedDecision? {
    func field(_ name: String) -> String? { (json[name] ?? json["meta"]?[name] ?? json["metadata"]?[name])?.text }
    guard let id = field("comment_id") else {
      throw QueueError("field \"comment_id\": missing, or no text; only what btl exported can be brought back")
    }
    let given = json["label"] ?? json["labels"] ?? .null
    let labels = given.elements.compactMap(\.text)
    guard given == .null || given == .array(given.elements) && labels.count == given.elements.count else {
      throw QueueError("field \"\(json["label"] == nil ? "labels" : "label")\": an array of names is needed")
    }
    if labels.isEmpty, !emptyIsNo { return nil }
    return ImportedDecision(
      commentID: id, source: field("source"), text: json["text"]?.text, labels: Dictionary(labels.map { ($0, true) }) { first, _ in first },
      moderator: field("username"), exportedModerator: field("moderator"))
  }
}
