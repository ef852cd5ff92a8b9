/// The sentences of a text, as far as full stops, question and exclamation marks tell: behind `.` `!` `?` `…`, and quotation marks after them,
/// where space follows.
///
///     Sentences.split("It was planned. They know it! Ask \u{201C}why now?\u{201D} Mr. A. will not tell you.")
///     // ["It was planned.", "They know it!", "Ask \u{201C}why now?\u{201D}", "will not tell you."]
package enum Sentences {
  /// What has fewer is left out: most often an abbreviation or a cry.
  private static let leastWords = 3

  /// - Returns: the sentences of three words and more.
  /// - Complexity: O(bytes).
  package static func split(_ text: String) -> [String] {
    var sentences: [String] = []
    var sentence = String.UnicodeScalarView()
    var (words, isInWord, ends) = (0, false, false)
    func end() {
      if words >= leastWords { sentences.append(String(sentence)) }
      sentence.removeAll()
      (words, isInWord, ends) = (0, false, false)
    }
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace {
        isInWord = false
        if ends { end() } else if !sentence.isEmpty { sentence.append(scalar) }
        continue
      }
      if !isInWord { words += 1 }
      isInWord = true
      sentence.append(scalar)
      ends = enders.contains(scalar) || ends && quotationMarks.contains(scalar)
    }
    end()
    return sentences
  }

  private static let enders: Set<Unicode.Scalar> = [".", "!", "?", "\u{2026}"]
  private static let quotationMarks: Set<Unicode.Scalar> = ["\"", "\u{201D}", "\u{201C}", "\u{BB}", "\u{AB}", "'", "\u{2019}"]
}
