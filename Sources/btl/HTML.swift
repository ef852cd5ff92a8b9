/// For pages that are written, not read.
enum HTML {
  /// Text of strangers as text: no markup, no control or bidirectional characters.
  ///
  /// - Complexity: O(bytes).
  static func escaped(_ text: String) -> String {
    // Bytes: a String copies itself, or looks at its end, for each character that is appended.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": bytes += "&amp;".utf8
      case "<": bytes += "&lt;".utf8
      case ">": bytes += "&gt;".utf8
      case "\"": bytes += "&quot;".utf8
      case "'": bytes += "&#39;".utf8
      case "\n", " "..."~": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      default: bytes += String(Terminal.harmless(scalar)).utf8
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
