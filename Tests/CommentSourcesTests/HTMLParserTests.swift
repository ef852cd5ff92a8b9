import BelowTheLine
import CommentSources
import Foundation
import TestSupport
import Testing

/// How markup is read, seen in the records that come out.
struct HTMLParserTests {
  @Test(arguments: [
    ("Ann &amp; Bob &lt;3", "Ann & Bob <3"), ("&#8220;x&#x201D; &eacute;&rsquo;", "“x” é’"),
    ("AT&T &c. &nosuch; &amp", "AT&T &c. &nosuch; &amp"),
    ("&#0;&#xD800;&#99999999999;&#;x", "x"), ("a&#65b&#x42", "aAbB"), ("a < b <3 <", "a < b <3 <"), ("a<b>b</b>c<i", "abc"),
    ("one</nothing> two</> three", "one two> three"), ("x<!-- -- > <b> -->y", "x y"), ("x<?php echo 1 ?>y<!DOCTYPE html>z", "xyz"),
    ("a\u{1}b\u{C}c\u{7F}", "abc\u{7F}"), ("5 &hearts; &Alpha;&omega; &euro;&permil;&lang;", "5 ♥ Αω €‰〈"),
  ])
  func aHeadingIsRead(html: String, text: String) throws {
    let (records, _) = try readAll("<body><h1>\(html)", format: .html)
    #expect(records.articles.first?.title?.replacing("  ", with: " ") == text)
  }

  @Test(arguments: [
    "property=og:title content='A &amp; B>C'", "CONTENT = \"A &amp; B>C\" Property=\"og:title\"/",
    "content='A &amp; B>C' content=no property='og:title' property", "\"junk\" =x content='A &amp; B>C'property=og:title",
  ])
  func attributesAreRead(attributes: String) throws {
    let (records, _) = try readAll("<meta \(attributes)><title>no</title>", format: .html)
    #expect(records.articles.first?.title == "A & B>C")
  }

  /// Whether each remark is an answer to the one before or its neighbour says where the element before it ended.
  @Test(arguments: [
    ("<ul><li id=comment-1>1<li id=comment-2>2<li id=comment-3>3</ul>", [0, 0, 0]),
    ("<ul><li id=comment-1>1<ul><li id=comment-2>2</ul><li id=comment-3>3</ul>", [0, 1, 0]),
    ("<table><tr id=comment-1><td>1<tr id=comment-2><td>2<tr id=comment-3><td>3</table>", [0, 0, 0]),
    ("<p id=comment-1>1<p id=comment-2>2<div id=comment-3>3", [0, 0, 0]),
    ("<div id=comment-1>1<b></i></div><div id=comment-2>2</b><div id=comment-3>3", [0, 0, 1]),
    ("<div id=comment-1>1<table><tr><td></div><div id=comment-2>2</table></div><div id=comment-3>3", [0, 1, 0]),
    ("<dl><dt><i id=comment-1>1</i><dd>x<dt><i id=comment-2>2</i><dd>y<dt><i id=comment-3>3</i></dl>", [0, 0, 0]),
    ("<dl><dd id=comment-1>1<dd id=comment-2>2<dd id=comment-3>3</dl>", [0, 0, 0]),
    ("<p id=comment-1>1<section id=comment-2>2<p></section><article id=comment-3>3", [0, 0, 0]),
    ("<p id=comment-1>1<wbr>x<p id=comment-2>2<embed>x<p id=comment-3>3", [0, 0, 0]),
  ])
  func tagsEndWhatTheyEnd(html: String, depths: [Int]) throws {
    let words = html.replacing(/\d(<|$)/) { " remark number\($0.output.0)" }
    let (records, _) = try readAll("<body><section>\(words)", format: .html)
    #expect(records.comments.map(\.depth) == depths)
  }

  @Test func scriptsAndWhatIsNeverClosedAreNoText() throws {
    for tail in [
      "<script>var x = '<h1>no</h1>'", "<style>h1 { }</h1><h1>no", "<!-- <h1>no</h1>", "<a href='><h1>no</h1>", "<h2 class=\"<h1>no",
    ] {
      let (records, _) = try readAll("<h1>Yes</h1>\(tail)", format: .html)
      #expect(records.articles.first?.title == "Yes", "\(tail)")
      #expect(records.articles.first?.body.contains("no") == false, "\(tail)")
    }
  }

  @Test func tenThousandMutatedPagesGiveAnArticleEach() throws {
    var mutator = Mutator(seed: 532)
    let page = Array(
      """
      <!DOCTYPE html><html><head><title>A &amp; B</title><meta property="og:title" content='x'></head><body class="post-1"><!-- c -->
      <div id=content><p>Some words &#8211; of an article.<br/>More<table><tr><td>cell<td>cell</table><script>if (a < b) {}</script>
      <ol><li id="comment-1"><cite>Ann</cite> says:<p>Yes&nbsp;!<ul><li id=comment-2>Bob, <time datetime=2012>July 3</time>: no</ul>
      <li id='comment-3'><select><option>a<option>b</select> é 漢字</ol></div><?php x ?></body></html>
      """.utf8)
    for _ in 0..<10_000 {
      let (records, _) = try readAll(mutator.mutate(mutator.mutate(page)), format: .html)
      #expect(records.articles.count == 1)
    }
  }

  @Test(arguments: [
    "<", "</", "&", "&#", "<a ", "<a b=", "<a b='", "<!", "<!-", "<!--", "<?", "<?x", "<!DOCTYPE ", "<b", "</b", "<b/", "<script",
    "<script>",
    "<p/>", "<option>", "<td>", "</p>", "<html>", "<body/>", "<title>", "<br ", "<a\u{0}", "x<i a", "<b></i>",
  ])
  func piecesRepeatedAreReadInOnePass(piece: String) throws {
    for count in [1, 2, 20_000] {
      let (records, _) = try readAll(String(repeating: piece, count: count), format: .html)
      #expect(records.articles.count == 1)
    }
  }
}
