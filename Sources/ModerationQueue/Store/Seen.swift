internal import BelowTheLine

/// What the model had said when a decision was made, as the log keeps it.
struct Seen {
  var model: String
  /// Of the labels that had a score.
  var scores: [String: Double]
  var flags: Set<String>

  init?(json: String) {
    guard let value = try? JSONScanner.parse(json) else { return nil }
    model = value["model"]?.text ?? ""
    scores = [:]
    for member in value["scores"]?.members ?? [] { scores[member.key] = member.value.double }
    flags = Set((value["flags"]?.elements ?? []).compactMap(\.text))
  }
}
