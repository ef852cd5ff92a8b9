import CommentSources
import TestSupport
import Testing

struct HTMLTextTests {
  @Test(arguments: [
    ("", ""), ("plain", "plain"), ("  two \n words ", "two words"), ("<p>One.</p><p>Two.</p>", "One.\nTwo."), ("a<br>b<br/>c", "a\nb\nc"),
    ("Ann &amp; Bob &lt;3 &#8220;x&#8221; &eacute;&nbsp;z", "Ann & Bob <3 “x” é z"), ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
    ("I <3 ferries", "I <3 ferries"), ("AT&T & more", "AT&T & more"),
    ("x<script>alert('<p>no</p>')</script>y<style>p{}</style>z", "xyz"), ("<a href=\"https://x.example\">the link</a>!", "the link!"),
    ("<ul><li>one<li>two</ul>after", "one\ntwo\nafter"), ("<pre>a\n  b</pre>c", "a\nb\nc"), ("b<b>o</b>ld", "bold"),
    ("<!-- not this -->this", "this"), ("a\u{0}b\u{1}c", "a b c"),
    ("<blockquote><p>theirs</p><p>again</p></blockquote>mine", "> theirs\n> again\nmine"),
    ("<div class=\"bbcode_quote\">Ann wrote: <blockquote>x</blockquote> y</div>z", "> Ann wrote:\n> x\n> y\nz"),
    ("<q cite=\"https://x.example\">theirs</q> mine <q>own</q>", "> theirs\nmine \"own\""), ("<p class=\"pullquote\">mine</p>", "mine"),
    ("<blockquote>never closed", "> never closed"), ("</p></blockquote>text", "text"), ("é 漢字 😀 <b>ß</b>", "é 漢字 😀 ß"),
  ])
  func plain(html: String, text: String) { #expect(HTMLText.plain(html) == text) }

  @Test func lineEndsAreKeptOnRequest() {
    #expect(HTMLText.plain("one\n\ntwo<b>\r\nthree</b>", keepsLineEnds: true) == "one\ntwo\nthree")
    #expect(HTMLText.plain("one\n\ntwo", keepsLineEnds: true) == "one\ntwo")
  }

  @Test func nestingCostsNoMoreThanItsLength() {
    let deep = String(repeating: "<b><blockquote>", count: 100_000) + "in the middle" + String(repeating: "</i>", count: 100_000)
    #expect(HTMLText.plain(deep) == "in the middle")
  }

  @Test func mutationsNeverCrash() {
    let html = Array("<div class='quote'>x &amp; y</div><p>One <a href=\"u\">two</a><br>three<ul><li>a<li>b</ul><q cite=x>é</q></p>".utf8)
    var mutator = Mutator(seed: 11)
    for _ in 0..<3000 {
      let text = HTMLText.plain(String(decoding: mutator.mutate(html), as: UTF8.self))
      #expect(!text.contains("\n\n"))
    }
  }
}
