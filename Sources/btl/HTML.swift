/// For pages that are written, not read.
enum HTML {
  /// Text of strangers as text: no markup, no control or bidirectional characters.
  ///
  /// - Complexity: O(bytes).
  static func escaped(_ text: String) -> String {
    // Not a UnicodeScalarView: its append(contentsOf:) copies all that is there, each time.
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n": result += "\n"
      default: result.append(Character(Terminal.harmless(scalar)))
      }
    }
    return result
  }
}
