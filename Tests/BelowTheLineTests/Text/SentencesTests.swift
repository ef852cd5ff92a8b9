import BelowTheLine
import Testing

struct SentencesTests {
  @Test(arguments: [
    (
      "It was planned. They all know it! And who asks “why now?” Nobody here does",
      ["It was planned.", "They all know it!", "And who asks “why now?”", "Nobody here does"]
    ),
    (
      "3.5 % is not much… is it really?!  Yes. So what now.\n\nNew line, no stop",
      ["3.5 % is not much…", "is it really?!", "So what now.", "New line, no stop"]
    ),
    ("One sentence of five words", ["One sentence of five words"]),
    ("Two words. No more.", []), ("", []), (" \n ", []), ("... !!! ???", []),
  ])
  func endsAreMarksBeforeSpace(text: String, sentences: [String]) {
    #expect(Sentences.split(text) == sentences)
  }
}
