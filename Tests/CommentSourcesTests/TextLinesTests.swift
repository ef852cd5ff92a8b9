import BelowTheLine
import TestSupport
import Testing

@testable import CommentSources

struct TextLinesTests {
  private static let texts: [String] = {
    var mutator = Mutator(seed: 11)
    let ends = [
      "\n", "\r", "\r\n", "\n\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}", "\u{A0}", "\u{2003}", "\t", " ", "\u{301}", "\u{A9}",
    ]
    let random = (0..<200).map { index in
      (0..<8).map { _ in
        String(decoding: mutator.text(length: mutator.generator.below(12)), as: UTF8.self) + ends[mutator.generator.below(ends.count)]
      }.joined()
    }
    return ["", "\n", "\r", "\r\n", "a", "a\n", "\na", "\u{E2}", "\u{2027}\u{202A}"] + random
  }()

  @Test func linesAreThoseOfTheStandardLibrary() {
    for text in Self.texts {
      #expect(TextLines.split(text, most: .max) == text.split(omittingEmptySubsequences: false) { $0.isNewline })
    }
  }

  @Test func wordsAreThoseOfTheStandardLibrary() {
    for text in Self.texts + ["one  two\tthree \u{1F} four\n", " a"] {
      #expect(text.words() == text.split { $0.isWhitespace })
      #expect(text.words(most: 3) == text.split(maxSplits: 2) { $0.isWhitespace })
    }
  }

  @Test func tooManyLinesOfAnyKindAreRefused() {
    for end in ["\n", "\r", "\r\n", "\u{B}", "\u{85}", "\u{2028}"] {
      let text = String(repeating: "," + end, count: 9)
      #expect(TextLines.split(text, most: 10)?.count == 10)
      #expect(TextLines.split(text + end, most: 10) == nil)
    }
  }
}
