public import BelowTheLine

/// A past decision, told by a field, as a label.
///
///     LabelRule("status=rejected:off_topic")
///     // status "rejected" → off_topic true; any other status → off_topic false; no status, or an empty one → no label
///
/// The field is `status` or one the source has beside the known ones. Where it holds several values, one of them is enough.
public struct LabelRule: Sendable, Equatable {
  public var field: String
  public var value: String
  public var label: String

  /// - Parameter text: `FIELD=VALUE:LABEL`. The value may hold colons, the field no `=`.
  public init?(_ text: String) {
    guard let equals = text.firstIndex(of: "="), let colon = text.lastIndex(of: ":"), equals < colon else { return nil }
    field = String(text[..<equals])
    let value = String(text[text.index(after: equals)..<colon])
    // As values are compared: without the blanks around them.
    self.value = value.filled ?? value
    label = String(text[text.index(after: colon)...])
    if field.isEmpty || label.isEmpty { return nil }
  }

  /// Adds the labels that follow from rules.
  ///
  /// Several rules for one label are alternatives: it is true where one of them holds. A label that the row has itself stays. A comment
  /// without a text, as dumps have it in place of a removed one, gets none: there is nothing to learn from it.
  public static func apply(_ rules: [LabelRule], to comment: inout Comment) {
    guard !rules.isEmpty, !comment.text.isEmpty else { return }
    var labels: [String: Bool] = [:]
    for rule in rules {
      guard let values = values(of: rule.field, in: comment) else { continue }
      labels[rule.label] = labels[rule.label] == true || values.contains(rule.value)
    }
    comment.labels.merge(labels) { own, _ in own }
  }

  private static func values(of field: String, in comment: Comment) -> [String]? {
    if field == "status", let status = comment.status { return status.filled.map { [$0] } }
    switch comment.extra[field] {
    case nil, .null: return nil
    case .array(let elements): return elements.compactMap { $0.text?.filled }
    case let value?: return value.text?.filled.map { [$0] }
    }
  }
}
