public import BelowTheLine

/// Lines of Prodigy for text classification: one a comment and label.
///
/// What nobody decided is `ignore`: Prodigy takes a line without an answer for an accepted one.
public enum ProdigyExport {
  /// - Parameter labels: those of the export; one that the comment has no score and no decision for is left out.
  /// - Returns: the number of lines.
  @discardableResult
  public static func append(_ item: QueueItem, labels: [String], to writer: inout JSONWriter) -> Int {
    let decided = item.labels
    let meta = JSONValue.object(ExchangeFields.identity(item) + ExchangeFields.context(item) + ExchangeFields.meta(item))
    var lines = 0
    for label in labels {
      let score = item.assessment?.probability(of: label)
      guard score != nil || decided[label] != nil || item.assessment == nil else { continue }
      var members = [JSONMember("text", .string(item.text)), JSONMember("meta", meta), JSONMember("label", .string(label))]
      if let score { members.append(JSONMember("score", .number(score.rounded4))) }
      members.append(JSONMember("answer", .string(decided[label].map { $0 ? "accept" : "reject" } ?? "ignore")))
      writer.value(.object(members))
      writer.newline()
      lines += 1
    }
    return lines
  }
}
