internal import ArgumentParser
internal import BelowTheLine

struct ModelCard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Shows a model's card: labels, training data, options, thresholds, figures.",
    discussion: """
      EXAMPLES
        btl model                       the model inside btl
        btl model site.safetensors --json

      The digest of the data (xxh64) is that of the comments' ids, texts, labels and weights; articles and threads are \
      not in it.
      """)

  @Argument(help: "A model file; the model inside btl where none is given.", completion: .file())
  var model: String?

  @Flag(help: "Print the card as JSON.")
  var json = false

  func run() throws {
    var option = ModelOption()
    option.model = model
    let model = try option.load()
    let out = try Output(path: nil)
    if json {
      var writer = JSONWriter()
      writer.value(.object(model.card.members + [JSONMember("digest", .string(model.digest))]))
      writer.newline()
      try out.write(writer.bytes)
      return try out.finish()
    }
    try out.write(line: "Model \(model.digest)")
    for section in ["created_by", "data", "relevance", "options", "features"] {
      guard let value = model.card[section] else { continue }
      try out.write(line: "\(section): " + Self.summary(value))
    }
    for label in model.card["labels"]?.elements ?? [] {
      try out.write(line: "")
      try out.write(line: Terminal.styled(Terminal.harmless(label["label"]?.text ?? ""), .bold))
      for member in label.members where !["label", "cross_validated", "thresholds"].contains(member.key) {
        try out.write(line: "  \(member.key): " + Self.summary(member.value))
      }
      for point in label["thresholds"]?.elements ?? [] {
        let target = point["target"]?.text ?? "–"
        guard point["is_reached"]?.bool ?? true else {
          try out.write(line: "  threshold for \(target): not reached, flags nothing")
          continue
        }
        let figures = ["precision", "recall", "flagged"].map { "\($0) \(point[$0]?["value"]?.double.map(\.figure) ?? "–")" }
        try out.write(
          line: "  threshold \(point["threshold"]?.double.map(\.figure) ?? "–") for \(target): "
            + figures.joined(separator: ", "))
      }
      // By the first threshold comments are flagged.
      let hasThreshold = label["thresholds"]?.elements.first?["is_reached"]?.bool ?? true
      for figure in label["cross_validated"]?.members ?? [] {
        guard let value = figure.value["value"]?.double, hasThreshold || !Metrics.decisions.contains(figure.key) else { continue }
        let interval = (figure.value["interval95"]?.elements ?? []).compactMap(\.double)
        let length = label["cross_validated"]?["baselines"]?["length"]?[figure.key]?.double
        try out.write(
          line: "  " + figure.key.padded(to: 18) + value.figure
            + (interval.count == 2 ? "  (\(interval[0].figure) – \(interval[1].figure))" : "")
            + (length.map { "  length alone \($0.figure)" } ?? ""))
      }
    }
    try out.finish()
  }

  private static func summary(_ value: JSONValue) -> String {
    switch value {
    case .object(let members): members.map { "\(Terminal.harmless($0.key)) \(summary($0.value))" }.joined(separator: ", ")
    case .array(let elements): elements.map(summary).joined(separator: " ")
    default: value.text.map { Terminal.harmless($0) } ?? "–"
    }
  }
}
