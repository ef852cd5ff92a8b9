import Testing

@testable import BelowTheLine

@Suite("Searching bytes")
struct ByteSearchTests {
  @Test(
    "Bytes of a text are found wherever they stand",
    arguments: [
      ("", false), ("<", false), ("a<b", false), ("<<br", true), ("tea<br", true), ("<br>tea", true), ("<b<br", true), ("tea<b", false),
      ("té<br/>é", true),
    ])
  func finds(text: String, found: Bool) {
    #expect(text.contains(bytesOf: "<br") == found)
  }

  @Test("A character of several bytes is found, not one that begins alike")
  func severalBytes() {
    #expect("a\u{FFFD}b".contains(bytesOf: "\u{FFFD}"))
    #expect(!"a\u{FFFC}b\u{FF0D}".contains(bytesOf: "\u{FFFD}"))
  }
}
