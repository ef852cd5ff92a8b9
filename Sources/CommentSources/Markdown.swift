/// Quotes in Markdown, as Reddit and Discourse have them.
enum Markdown {
  /// With every quoted line beginning with `> `, so that all readers mark quotes alike.
  ///
  ///     Markdown.withMarkedQuotes(">so they say\n\nWho says?")  // "> so they say\n\nWho says?"
  ///
  /// `>!` hides a text and quotes none.
  static func withMarkedQuotes(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: ">")) else { return text }
    return lines(text).map { line in
      var rest = line.drop { $0 == " " }
      guard rest.first == ">", !rest.hasPrefix(">!") else { return String(line) }
      rest = rest.drop { $0 == ">" || $0 == " " }
      return "> \(rest)"
    }.joined(separator: "\n")
  }

  /// With what stands between `[quote="ann, post:2"]` and `[/quote]` in lines that begin with `> `.
  static func withMarkedQuoteTags(_ text: String) -> String {
    guard text.contains("[quote") else { return text }
    var output: [String] = []
    var depth = 0
    for line in lines(text) {
      var rest = line
      var isFirst = true
      // Tags may stand within a line.
      while isFirst || !rest.isEmpty {
        isFirst = false
        let begin = rest.firstRange(of: "[quote").flatMap { start in
          rest[start.upperBound...].firstIndex(of: "]").map { start.lowerBound..<rest.index(after: $0) }
        }
        let end = rest.firstRange(of: "[/quote]")
        let tag = [begin, end].compactMap { $0 }.min { $0.lowerBound < $1.lowerBound }
        let piece = rest[..<(tag?.lowerBound ?? rest.endIndex)]
        if tag == nil || !piece.isEmpty { output.append(depth > 0 ? "> \(piece)" : String(piece)) }
        guard let tag else { break }
        depth = tag == begin ? depth + 1 : max(0, depth - 1)
        rest = rest[tag.upperBound...]
      }
    }
    return output.joined(separator: "\n")
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }
}
