internal import BelowTheLine
internal import ModerationQueue

/// A comment of the queue as text: a line of a list, or a page to decide by. What strangers wrote is made harmless.
enum ItemText {
  static func json(_ item: QueueItem) -> [UInt8] {
    var writer = JSONWriter()
    item.append(to: &writer)
    writer.newline()
    return writer.bytes
  }

  static func line(_ item: QueueItem) -> String {
    let head =
      "#\(item.number)".padded(to: 9) + item.state.rawValue.padded(to: 10)
      + Terminal.clipped(scores(item, width: scoresWidth), to: scoresWidth).padded(to: scoresWidth + 2)
    let author = item.author.map { Terminal.harmless(clipped($0)) + ": " } ?? ""
    return head + Terminal.clipped(author + Terminal.harmless(clipped(item.text)), to: max(20, Terminal.width - head.count)) + "\n"
  }

  /// Which comment it is, below what was done with it.
  static func name(_ item: QueueItem) -> String {
    let name = "  id \(Terminal.harmless(clipped(item.id))): \(Terminal.harmless(clipped(item.text)))"
    return Terminal.styled(Terminal.clipped(name, to: Terminal.width), .dim) + "\n"
  }

  /// More of a text than a line shows, and little enough to look through.
  private static func clipped(_ text: String) -> String { String(text.unicodeScalars.prefix(400)) }

  private static let scoresWidth = max(34, Terminal.width / 3)

  /// Where they do not fit, those that were flagged and the highest come first.
  private static func scores(_ item: QueueItem, width: Int) -> String {
    guard let assessment = item.assessment else { return "not scored" }
    func text(_ scores: [Assessment.Score]) -> String {
      scores.map { "\(Terminal.harmless($0.label)) \(percent($0.probability))\($0.isFlagged ? " ⚑" : "")" }.joined(separator: "  ")
    }
    let all = text(assessment.scores)
    func rank(_ score: Assessment.Score) -> Double { (score.isFlagged ? 1 : 0) + (score.probability ?? -1) }
    return all.count <= width ? all : text(assessment.scores.sorted { rank($0) > rank($1) })
  }

  private static func percent(_ probability: Double?) -> String { probability.map { "\(Int(($0 * 100).rounded()))%" } ?? "–" }

  /// - Parameters:
  ///   - log: every entry about the item, oldest first.
  ///   - textLimit: of a longer text only so many characters are shown, and how many more there are.
  static func page(_ item: QueueItem, log: [Decision], textLimit: Int? = nil) -> String {
    var item = item
    var omitted = ""
    if let textLimit, item.text.unicodeScalars.count > textLimit {
      omitted = "\n… (\((item.text.unicodeScalars.count - textLimit).grouped) more characters)"
      item.text = String(item.text.unicodeScalars.prefix(textLimit))
    }
    var lines: [String] = []
    func field(_ name: String, _ text: String) {
      lines.append(Terminal.styled(name.padded(to: 12), .dim) + Terminal.harmless(text))
    }
    lines.append(Terminal.styled("#\(item.number)", .bold) + "  \(Terminal.harmless(item.source)) \(Terminal.harmless(item.id))")
    if let article = item.article {
      field("article", [article.title, article.url].compactMap { $0 }.joined(separator: "  ").filled ?? article.id)
      if let opening = article.opening?.filled { field("", Terminal.clipped(opening, to: 300)) }
    }
    if let parent = item.parent {
      let text = parent.text.map { Terminal.clipped($0, to: 500) } ?? "(not in the store)"
      field("in reply to", (parent.author.map { $0 + ": " } ?? "") + text)
    }
    field("author", [item.author, item.createdAt].compactMap { $0 }.joined(separator: ", ").filled ?? "(not known)")
    if item.revision > 1 { field("revision", "\(item.revision): the author changed the text") }
    field("state", item.state.rawValue + (item.decision.map { " by \($0.moderator), \($0.time)" } ?? ""))
    for (index, decision) in log.enumerated() { field(index == 0 ? "log" : "", DecisionText.account(decision, on: item)) }
    guard let assessment = item.assessment else {
      lines += ["", Terminal.visible(item.text) + omitted, "", "not scored", ""]
      return lines.joined(separator: "\n") + "\n"
    }
    lines += ["", marked(item) + omitted, ""]
    for score in assessment.scores {
      let words = score.spans.filter { $0.share > 0 }.sorted { $0.share > $1.share }.prefix(6).map { Terminal.harmless(item.text(of: $0)) }
      // One above 1 flags nothing.
      let threshold = score.threshold > 1 ? "no threshold" : "threshold \(percent(score.threshold))"
      let probability =
        score.probability == nil ? "no score" : percent(score.probability) + (score.isFlagged ? " ⚑" : "") + " (\(threshold))"
      lines.append(
        "\(Terminal.harmless(score.label)): \(probability)" + (words.isEmpty ? "" : "; for it: " + words.joined(separator: ", ")))
    }
    return lines.joined(separator: "\n") + "\n\n"
  }

  /// The text with its weighty parts coloured, on a terminal: red speaks for a flag, green against it.
  static func marked(_ item: QueueItem) -> String {
    TextPieces.of(item).map { piece in
      let text = Terminal.visible(piece.text)
      return piece.share == 0 ? text : Terminal.styled(text, piece.share > 0 ? .red : .green)
    }.joined()
  }
}

extension String {
  /// nil where there is nothing but white space.
  fileprivate var filled: String? { allSatisfy(\.isWhitespace) ? nil : self }
}
