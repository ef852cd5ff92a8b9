internal import BelowTheLine

/// Quotes in Markdown, as Reddit and Discourse have them.
enum Markdown {
  /// With every quoted line beginning with `> `, so that all readers mark quotes alike.
  ///
  ///     Markdown.withMarkedQuotes(">so they say\n\nWho says?")  // "> so they say\n\nWho says?"
  ///
  /// `>!` hides a text and quotes none.
  static func withMarkedQuotes(_ text: String) -> String {
    guard text.contains(ascii: ">") else { return text }
    let (space, mark) = (UInt8(ascii: " "), UInt8(ascii: ">"))
    var marked: [UInt8] = []
    marked.reserveCapacity(text.utf8.count + 16)
    for line in Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false) {
      if line.startIndex > 0 { marked.append(0x0A) }
      let quote = line.drop { $0 == space }
      if quote.first == mark, quote.dropFirst().first != UInt8(ascii: "!") {
        marked += [mark, space]
        marked += quote.drop { $0 == mark || $0 == space }
      } else {
        marked += line
      }
      // The ends of all lines are alike.
      if marked.last == 0x0D, line.endIndex < text.utf8.count { marked.removeLast() }
    }
    return String(decoding: marked, as: UTF8.self)
  }

  /// With what stands between `[quote="ann, post:2"]` and `[/quote]` in lines that begin with `> `.
  static func withMarkedQuoteTags(_ text: String) -> String {
    guard text.contains(bytesOf: "[quote") else { return text }
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
