public import BelowTheLine

/// Reads what Label Studio exports as JSON: tasks with the annotations of people.
public enum LabelStudioImport {
  /// - Returns: the tasks of an export, each for ``decisions(in:)``.
  /// - Throws: ``QueueError`` where it is no such export.
  public static func tasks(_ json: JSONValue) throws -> [JSONValue] {
    guard case .array(let tasks) = json else { throw QueueError("an array of tasks is needed, as Label Studio exports it under JSON") }
    return tasks
  }

  /// Takes time linear in the size of the task.
  ///
  /// - Returns: one decision an annotation; those that were cancelled are left out.
  /// - Throws: ``QueueError`` that names the field where the task is not of such an export: what cannot be read must not pass for the
  ///   decision that no label holds.
  public static func decisions(in task: JSONValue) throws -> [ImportedDecision] {
    guard let data = task["data"], let id = data["comment_id"]?.text else {
      throw QueueError("field \"data.comment_id\": missing, or no text; only what btl exported can be brought back")
    }
    let annotations: [JSONValue]
    switch task["annotations"] {
    case nil, .null: annotations = []
    case .array(let elements): annotations = elements
    default: throw QueueError("field \"annotations\": an array is needed")
    }
    return try annotations.enumerated().filter { $1["was_cancelled"]?.bool != true }.map { index, annotation in
      guard case .array(let results)? = annotation["result"] else {
        throw QueueError("field \"annotations[\(index)].result\": an array is needed")
      }
      let choices = results.flatMap { $0["value"]?["choices"]?.elements ?? [] }.compactMap(\.text)
      return ImportedDecision(
        commentID: id, source: data["source"]?.text, text: data["text"]?.text,
        labels: Dictionary(choices.map { ($0, true) }) { first, _ in first }, moderator: moderator(annotation["completed_by"]),
        // An annotation that nobody spent time on came with the task.
        exportedModerator: (annotation["lead_time"] ?? .null) == .null ? task["meta"]?["moderator"]?.text : nil,
        time: (annotation["updated_at"] ?? annotation["created_at"])?.text.flatMap(time))
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
