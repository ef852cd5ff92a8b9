/// For pages that are written, not read.
enum HTML {
  /// Text of strangers as text: no markup, no control or bidirectional characters.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n": result.append(scalar)
      default: result.append(contentsOf: Terminal.harmless(String(scalar)).unicodeScalars)
      }
    }
    return String(result)
  }
}
