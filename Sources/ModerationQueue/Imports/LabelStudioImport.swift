public import BelowTheLine

/// Reads what Label Studio exports as JSON: tasks with the annotations of people.
public enum LabelStudioImport {
  /// - Parameter json: an array of tasks.
  /// - Returns: one decision an annotation; those that were cancelled are left out.
  /// - Throws: ``QueueError`` where it is no such export.
  public static func decisions(_ json: JSONValue) throws -> [ImportedDecision] {
    guard case .array(let tasks) = json else { throw QueueError("an array of tasks is needed, as Label Studio exports it under JSON") }
    return try tasks.enumerated().flatMap { index, task in
      guard let data = task["data"], let id = data["comment_id"]?.text else {
        throw QueueError("task \(index + 1) has no data.comment_id; only what btl exported can be brought back")
      }
      return (task["annotations"]?.elements ?? []).filter { $0["was_cancelled"]?.bool != true }.map { annotation in
        let choices = (annotation["result"]?.elements ?? []).flatMap { $0["value"]?["choices"]?.elements ?? [] }.compactMap(\.text)
        return ImportedDecision(
          commentID: id, source: data["source"]?.text, text: data["text"]?.text,
          labels: Dictionary(choices.map { ($0, true) }) { first, _ in first }, moderator: moderator(annotation["completed_by"]),
          time: (annotation["updated_at"] ?? annotation["created_at"])?.text.flatMap(time))
      }
    }
  }

  /// An export names a person by number, or in full.
  private static func moderator(_ value: JSONValue?) -> String? {
    value?["email"]?.text ?? (value?["id"] ?? value)?.integer.map { "label-studio-\($0)" }
  }

  /// `2026-11-21T07:35:39.123456Z` without the fraction; nil for what is no time in UTC.
  private static func time(_ text: String) -> String? {
    guard text.hasSuffix("Z"), text.utf8.count >= 20 else { return nil }
    let seconds = text.prefix(19)
    let isTime = zip(seconds, "0000-00-00T00:00:00").allSatisfy { $1 == "0" ? $0.isASCII && $0.isNumber : $0 == $1 }
    return isTime ? seconds + "Z" : nil
  }
}
