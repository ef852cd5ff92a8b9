import BelowTheLine
import CommentSources
import Foundation
import TestSupport
import Testing

/// The example pages of TrainingData, each with the records expected of it.
struct PageFixtureTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("TrainingData/pages")

  private static func expected(_ name: String) throws -> [JSONValue] {
    let file = folder.appendingPathComponent(name.prefix { $0 != "." } + ".expected.jsonl")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { try JSONScanner.parse(String($0)) }
  }

  private static func words(_ text: String) -> [String: Int] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.reduce(into: [:]) { $0[String($1), default: 0] += 1 }
  }

  @Test(arguments: [
    "harbour-tunnel.txt", "school-heating.txt", "festival-noise.txt", "interview-glaciologist.txt", "winners-list.txt", "bakery-review.txt",
    "wordpress.html", "schema-org.html", "jsonld.html", "disqus-like.html", "handmade.html", "blogger.html", "no-comments.html",
    "comments-closed.html",
  ])
  func everyCommentComesOutWithItsAuthor(name: String) throws {
    let expected = try Self.expected(name)
    let (records, rejections) = try readAll([UInt8](Data(contentsOf: Self.folder.appendingPathComponent(name))), name: name)
    #expect(rejections.isEmpty)
    #expect(records.comments.map(\.author) == expected.dropFirst().map { $0["author"]?.text })
    #expect(records.comments.map(\.text) == expected.dropFirst().map { $0["text"]?.text })
    if name.hasSuffix(".html") {
      let parents = expected.dropFirst().map { $0["parent"]?.integer.map { records.comments[$0 - 1].id } }
      #expect(records.comments.map(\.parentID) == parents)
    }
  }

  @Test(arguments: [
    "wordpress.html", "schema-org.html", "jsonld.html", "disqus-like.html", "blogger.html", "no-comments.html", "harbour-tunnel.txt",
  ])
  func theArticleIsThereAndLittleElse(name: String) throws {
    let expected = Self.words(try Self.expected(name)[0]["body"]?.text ?? "")
    let (records, _) = try readAll([UInt8](Data(contentsOf: Self.folder.appendingPathComponent(name))), name: name)
    let found = Self.words(try #require(records.articles.first).body)
    let shared = expected.reduce(0) { $0 + min($1.value, found[$1.key] ?? 0) }
    let f1 = 2 * Double(shared) / Double(expected.values.reduce(0, +) + found.values.reduce(0, +))
    #expect(f1 > 0.9, "\(name): \(f1)")
  }

  /// Who comes back to a page finds its comments under the ids they had, whatever came and went.
  @Test func commentsAreKnownByTheNumbersOfThePage() throws {
    let page = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent("wordpress.html")))
    let comments = try readAll(page, name: "page").records.comments
    #expect(comments.map(\.id).prefix(3) == ["page#comment-2201", "page#comment-2202", "page#comment-2205"])
    #expect(comments[1].parentID == "page#comment-2201")
    // Another one comes first.
    let other = #"<li id="comment-99" class="comment"><cite>Ann</cite><p>I was here before you all, and I shall say so.</li>"#
    let later = try readAll(page.replacing(#"<ol class="commentlist">"#, by: #"<ol class="commentlist">"# + other), name: "page").records
      .comments
    #expect(later.count == comments.count + 1)
    #expect(later.first { $0.id == "page#comment-2205" }?.text == comments[2].text)
  }

  /// `datetime="2022-05-14T21:40:00+01:00">14 May 2022 at 9:40 pm`
  @Test func timesForMachinesComeBeforeThoseForPeople() throws {
    let page = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent("wordpress.html")))
    #expect(try readAll(page).records.comments.first?.createdAt == "2022-05-14T20:40:00Z")
  }

  /// Python: `datetime.fromisoformat(value).astimezone(timezone.utc)`
  @Test(arguments: [
    ("2024-01-01T00:30:00+02:00", "2023-12-31T22:30:00Z"), ("2024-02-29T23:30:00-0130", "2024-03-01T01:00:00Z"),
    ("2023-12-31 23:59:59.5-05:00", "2024-01-01T04:59:59Z"), ("2023-03-01T00:00:00Z", "2023-03-01T00:00:00Z"),
    ("2022-05-14T21:40:00", "yesterday"), ("2022-02-14T21:40:00+99:00", "yesterday"), ("2022-13-14T21:40:00+01:00", "yesterday"),
    ("+01:00", "yesterday"), ("", "yesterday"),
  ])
  func timesAreBroughtToUTC(value: String, time: String) throws {
    let items = (1...3).map { "<li id=comment-\($0)><cite>Ann</cite> <time datetime='\(value)'>yesterday</time><p>A remark number \($0)." }
    let page = "<html><body><p>An article of some words.<ol class=commentlist>\(items.joined())</ol>"
    #expect(try readAll(page, format: .html).records.comments.first?.createdAt == time)
  }

  /// Behind the last comment of a list of Blogger's no other one begins, which would end it.
  @Test func theLastCommentOfBloggerKeepsItsTime() throws {
    let items = (1...3).map {
      """
      <dt class="comment-author" id="c\($0)"><a href="#">Ann</a> said...</dt>
      <dd class="comment-body"><p>The kettle whistled \($0) times before anybody came.</p></dd>
      <dd class="comment-footer"><span class="comment-timestamp"><a href="#c\($0)">August 1\($0), 2015 at 7:03 AM</a></span></dd>
      """
    }
    let page = "<html><body><p>An article of some words.<div id=comments><dl id=comments-block>\(items.joined())</dl></div>"
    let comments = try readAll(page, format: .html).records.comments
    #expect(comments.map(\.createdAt) == (1...3).map { "August 1\($0), 2015 at 7:03 AM" })
    #expect(comments.map(\.text) == (1...3).map { "The kettle whistled \($0) times before anybody came." })
  }

  private static let remarks = ["The kettle has no lid, and nobody knows why.", "Ask at the depot on Monday.", "Then it is in the cellar."]
  private static let names = ["Marlo Finch", "tin_whistle", "Odette Krahe"]

  /// Three comments as some systems write them: `NAME`, `TEXT`, `NUMBER`, and `REPLIES` where the next one answers this one.
  @Test(arguments: [
    // Names, times and links that only style sets apart.
    """
    <div class=comment id=comment-3NUMBER><div><b class=fn>NAME</b><span class=says>says:</span></div>
    <time datetime="2024-05-01T10:00:00Z">May 1, 2024</time><p>TEXT</p><a>Like (2)</a><a>Reply</a><a>Share</a>REPLIES</div>
    """,
    // The name stands in the middle of its line.
    """
    <div class=comment><p class=tagline><a>[–]</a><a class="author may-blank">NAME</a> <span>NUMBER points</span>
    <time datetime="2024-05-01T10:00:00Z">1 year ago</time> <a>(1 child)</a></p><p>TEXT</p><ul><li><a>embed</a><li><a>save</a><li><a>reply</a></ul>
    <div class=child>REPLIES</div></div>
    """,
    // An empty anchor stands before each, the answers behind it in an element of their own.
    """
    <a id=findComment-3NUMBER></a><a id=comment-3NUMBER></a><article class=comment><p class=comment__author><span>NAME</span></p>
    <p class=comment__time>Wed, 05/01/2024 - 10:00</p><p>TEXT</p><a>Reply</a></article><div class=indented>REPLIES</div>
    """,
    // schema.org's answers.
    """
    <div itemscope itemtype="https://schema.org/Answer"><p itemprop=text>TEXT</p><span>answered May 1, 2024 at 10:00</span>
    <div itemprop=author><a>NAME</a></div>REPLIES</div>
    """,
  ])
  func commentsOfManySystemsComeWhole(form: String) throws {
    var list = ""
    for index in [1, 0] {
      list = form.replacing("NAME", with: Self.names[index]).replacing("TEXT", with: Self.remarks[index]).replacing(
        "NUMBER", with: "\(index)"
      )
      .replacing("REPLIES", with: list)
    }
    list += form.replacing("NAME", with: Self.names[2]).replacing("TEXT", with: Self.remarks[2]).replacing("NUMBER", with: "2")
      .replacing("REPLIES", with: "")
    let page = "<html><body><article><p>An article of some words, and then of some more.</article><div id=comments>\(list)</div>"
    let comments = try readAll(page, format: .html).records.comments
    #expect(comments.map(\.text) == Self.remarks)
    #expect(comments.map(\.author) == Self.names)
    #expect(comments.map { $0.createdAt != nil } == [true, true, true])
    #expect(comments.map(\.parentID) == [nil, comments.first?.id, nil])
  }

  /// Forums name a post's text for what can be quoted of it, and give every answer a subject.
  @Test func whatCanBeQuotedIsNoQuotation() throws {
    let posts = (0..<4).map {
      """
      <li id=post_7\($0)><div class=userinfo><a class=username>Ann \($0)</a><dl><dt>Join Date<dd>Mar 2005<dt>Posts<dd>1,20\($0)</dl></div>
      <span class=date>05-01-2024, 10:00 AM</span><h2>Re: Kettles</h2><blockquote class="postcontent restore">The lid number \($0) is blue.</blockquote>
      <a>Reply With Quote</a></li>
      """
    }
    let comments = try readAll("<html><body><ol>\(posts.joined())</ol>", format: .html).records.comments
    #expect(comments.map(\.text) == (1..<4).map { "The lid number \($0) is blue." })
    #expect(comments.map(\.author) == (1..<4).map { "Ann \($0)" })
  }

  /// Blogger numbers comments with 64 bits, which no `Int` holds at times; others with more.
  @Test(arguments: ["8030192837465019283", "18446744073709551610", "1844674407370955161600"])
  func longNumbersAreToldApart(number: String) throws {
    let numbers = (0..<3).map { number.dropLast() + "\($0)" }
    let items = numbers.map {
      "<li id=comment-\($0)><cite>Ann</cite> <time datetime='2024-05-01T10:00:00Z'>then</time><p>The lid of the kettle is blue.</p></li>"
    }
    let page = "<html><body><p>An article of some words.<ol class=commentlist>\(items.joined())</ol>"
    #expect(try readAll(Array(page.utf8), name: "p", format: .html).records.comments.map(\.id) == numbers.map { "p#comment-\($0)" })
  }

  @Test func mutatedPagesGiveAnArticleAndNeverCrash() throws {
    var mutator = Mutator(seed: 66)
    for name in ["wordpress.html", "jsonld.html", "broken.html", "forum.html"] {
      let page = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
      for _ in 0..<150 {
        let (records, _) = try readAll(mutator.mutate(mutator.mutate(page)), format: .html)
        #expect(records.articles.count == 1)
      }
    }
    for _ in 0..<500 {
      let (records, _) = try readAll(mutator.text(length: 200), format: .html)
      #expect(records.articles.count == 1)
    }
  }

  /// Nesting without end, and attributes without end.
  @Test(arguments: ["<div>", "<b>", "<table><tr><td>", "<li id=comment-1>", "<blockquote class=comment>", "<!--", "<a href='"])
  func hostileRepetitionIsBounded(piece: String) throws {
    let (records, _) = try readAll(String(repeating: piece + "x ", count: 20_000), format: .html)
    #expect(records.articles.count == 1)
  }

  /// One pass: this took minutes when every anchor was compared with every other.
  @Test func manyAnchorsAreReadInOnePass() throws {
    let anchors = (0..<20_000).map { "<div><a name=\"comment-\($0)\"></a></div><p>Some words of a remark, number \($0)." }
    let (records, _) = try readAll("<body><div>" + anchors.joined(), format: .html)
    #expect(records.comments.count == 20_000)
  }

  // MARK: Encodings

  private func title(_ bytes: [UInt8]) throws -> String? { try readAll(bytes, format: .html).records.articles.first?.title }

  @Test func encodingsAreDeclaredMarkedOrDetected() throws {
    let text = "<html><head>CHARSET<title>Gr\u{F6}\u{DF}e \u{2013} 5 \u{20AC}</title></head><body><p>x</p></body></html>"
    func page(_ charset: String) -> String { text.replacing("CHARSET", with: charset.isEmpty ? "" : "<meta charset=\"\(charset)\">") }
    let windows1252 = { (page: String) -> [UInt8] in
      page.unicodeScalars.map { $0 == "\u{2013}" ? 0x96 : $0 == "\u{20AC}" ? 0x80 : UInt8(truncatingIfNeeded: $0.value) }
    }
    let expected = "Größe – 5 €"
    #expect(try title(Array(page("utf-8").utf8)) == expected)
    #expect(try title(Array(page("").utf8)) == expected)
    #expect(try title([0xEF, 0xBB, 0xBF] + Array(page("").utf8)) == expected)
    #expect(try title(windows1252(page("windows-1252"))) == expected)
    #expect(try title(windows1252(page("iso-8859-1"))) == expected)
    #expect(try title(windows1252(page(""))) == expected)
    // Declared wrongly, as so often.
    #expect(try title(Array(page("iso-8859-1").utf8)) == expected)
    var utf16: [UInt8] = [0xFF, 0xFE]
    for unit in page("").utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    #expect(try title(utf16) == expected)
    let koi8 = Array("<html><head><meta charset=koi8-r><title>".utf8) + [0xEB, 0xCF, 0xD4] + Array("</title></head></html>".utf8)
    #expect(try title(koi8) == "Кот")
  }

  // MARK: Archives

  private func record(_ type: String, _ uri: String, _ block: String, contentType: String = "application/http; msgtype=response") -> [UInt8]
  {
    Array(
      ("WARC/1.0\r\nWARC-Type: \(type)\r\nWARC-Target-URI: \(uri)\r\nContent-Type: \(contentType)\r\nContent-Length: \(block.utf8.count)\r\n\r\n"
        + block + "\r\n\r\n").utf8)
  }

  @Test func archivesGiveTheirPagesOneByOne() throws {
    let page = try String(contentsOf: Self.folder.appendingPathComponent("wordpress.html"), encoding: .utf8)
    let text = try String(contentsOf: Self.folder.appendingPathComponent("harbour-tunnel.txt"), encoding: .utf8)
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(page.utf8.count, radix: 16))\r\n\(page)\r\n0\r\n\r\n"
    let archive =
      record("warcinfo", "", "software: x", contentType: "application/warc-fields")
      + record("response", "https://a.example/1", "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page)
      + record("response", "https://a.example/2", "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>no")
      + record("response", "https://a.example/3", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nPNG")
      + record("response", "https://a.example/4", chunked) + record("conversion", "https://a.example/5", text, contentType: "text/plain")
    let (records, rejections) = try readAll(archive)
    #expect(rejections.isEmpty)
    #expect(records.articles.map(\.id) == ["https://a.example/1", "https://a.example/4", "https://a.example/5"])
    #expect(records.articles.map(\.url) == records.articles.map(\.id))
    #expect(records.comments.count == 8 + 8 + 9)
  }

  @Test func aBrokenRecordIsRejectedAndTheRestGoesOn() throws {
    let good = record("conversion", "https://a.example/1", "Some text", contentType: "text/plain")
    let (records, rejections) = try readAll(
      good + Array("WARC/1.0\r\nnonsense\r\n\r\nlost\r\n\r\n".utf8) + good
        + Array("WARC/1.0\r\nContent-Length: 99\r\nWARC-Type: conversion\r\n\r\nshort".utf8))
    #expect(records.articles.count == 2)
    #expect(
      rejections.map(\.description) == [
        "in: field \"Content-Length\": the WARC record at byte \(good.count) has no valid header",
        "in: the WARC record at byte \(2 * good.count + 30) breaks off",
      ])
  }

  private func response(_ header: String, _ body: [UInt8]) -> [UInt8] {
    let message = Array("HTTP/1.1 200 OK\r\n\(header)\r\n\r\n".utf8) + body
    return Array("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: u\r\nContent-Length: \(message.count)\r\n\r\n".utf8) + message
      + Array("\r\n\r\n".utf8)
  }

  @Test(arguments: [
    "Content-Type: Text/HTML", "X-Long: a\r\n b\r\nContent-Type: text/html", "no colon\r\nContent-Type: text/html",
    "Content-Type: text/html\r\nContent-Encoding: br",
  ])
  func headersAreReadAsServersWriteThem(header: String) throws {
    #expect(try readAll(response(header, Array("<title>A page</title>".utf8))).records.articles.first?.title == "A page")
  }

  @Test func theCharsetOfTheHeaderOutdoesThePage() throws {
    // "Кот" in windows-1251; the page says otherwise.
    let page = Array("<html><meta charset=utf-8><title>".utf8) + [0xCA, 0xEE, 0xF2] + Array("</title>".utf8)
    #expect(try readAll(response("Content-Type: text/html; charset=Windows-1251", page)).records.articles.first?.title == "Кот")
    let script = Array("<script charset=\"utf-8\"></script><meta charset=windows-1251><title>".utf8) + page.suffix(11)
    #expect(try readAll(Array("<html>".utf8) + script).records.articles.first?.title == "Кот")
    #expect(try readAll("<html><meta charset=utf-16><title>A page</title>").records.articles.first?.title == "A page")
  }

  /// Python: `"镕".encode("gbk")`, which GB2312 lacks, and `"①".encode("cp932")`, which Shift JIS lacks.
  @Test(arguments: [("gb2312", [0xE9, 0x46] as [UInt8], "镕"), ("shift_jis", [0x87, 0x40], "①")])
  func declaredEncodingsAreReadAsBrowsersDo(charset: String, bytes: [UInt8], title: String) throws {
    let page = Array("<html><meta charset=\(charset)><title>".utf8) + bytes + Array("</title>".utf8)
    #expect(try readAll(page).records.articles.first?.title == title)
  }

  /// As many errors as bytes.
  @Test func bytesOfNoCharacterCostNoMoreThanOthers() throws {
    let page = Array("<html><meta charset=shift_jis><p>".utf8) + [UInt8](repeating: 0xFF, count: 400_000)
    #expect(try readAll(page).records.articles.first?.body.unicodeScalars.allSatisfy { $0 == "\u{FFFD}" } == true)
  }

  @Test(arguments: [
    ("Content-Type: text/html", [0x1F, 0x8B, 0x08, 0x00, 0x00] as [UInt8]), ("Content-Encoding: deflate", [0x78, 0x9C, 0x01, 0x00]),
  ])
  func aPageThatCannotBeUnpackedIsRejected(header: String, body: [UInt8]) throws {
    let (records, rejections) = try readAll(response(header, body) + response("", Array("<title>Next</title>".utf8)))
    #expect(records.articles.map(\.title) == ["Next"])
    #expect(rejections.count == 1)
  }

  @Test func aRecordLosesNoneBehindIt() throws {
    let good = record("conversion", "https://a.example/1", "Some text", contentType: "text/plain")
    let cut = Array("WARC/1.0\r\nWARC-Type: conversion\r\n".utf8)
    let tooLong = Array("WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 50\r\n\r\nshort\r\n\r\n".utf8)
    for bad in [cut, tooLong] {
      let (records, rejections) = try readAll(good + bad + good)
      #expect(records.articles.count == 2)
      #expect(rejections.count == 1)
    }
  }

  /// A record that says its block is as long as it is not.
  private func record(_ type: String, _ block: String, claiming length: Int) throws -> [UInt8] {
    try record(type, "https://a.example/2", block).replacing("Length: \(block.utf8.count)", by: "Length: \(length)")
  }

  @Test(arguments: ["request", "conversion", "response", "metadata"]) func aLengthThatIsTooLargeCostsOneRecord(type: String) throws {
    let good = record("conversion", "https://a.example/1", "Some text", contentType: "text/plain")
    let behind = good + good + good
    for more in [6, 7, 100, good.count + 9, 2 * good.count + 9, 9000, 90_000_000] {
      let block = "HTTP/1.1 200 OK\r\n\r\n<p>Hello"
      let bad = try record(type, block, claiming: block.utf8.count + more)
      let (records, rejections) = try readAll(good + bad + behind)
      #expect(records.articles.count == 4, "\(more)")
      #expect(
        rejections.map(\.description) == [
          "in: field \"Content-Length\": the WARC record at byte \(good.count) is said to be longer than it is"
        ])
      #expect(rejections.first?.raw == bad)
    }
  }

  @Test func aLengthThatIsTooSmallCostsNothing() throws {
    let good = record("conversion", "https://a.example/1", "Some text", contentType: "text/plain")
    for length in [0, 3, 9] {
      let (records, rejections) = try readAll(good + (try record("conversion", "Some text here", claiming: length)) + good)
      #expect(records.articles.map(\.body) == ["Some text", "Some text here", "Some text"])
      #expect(rejections.isEmpty)
    }
  }

  @Test func archivesWhoseLineEndsWereChangedAreRead() throws {
    let response = record("response", "https://a.example/1", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>A page</title>")
    let request = record("request", "https://a.example/1", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    let (records, rejections) = try readAll((request + response + request + response).filter { $0 != 0x0D })
    #expect(records.articles.map(\.title) == ["A page", "A page"])
    #expect(rejections.isEmpty)
  }

  @Test func whatIsNoRecordIsRejected() throws {
    let good = record("conversion", "https://a.example/1", "Some text", contentType: "text/plain")
    let bad = try good.replacing("WARC/1.0", by: "WXRC/1.0")
    let (records, rejections) = try readAll(good + bad + good + Array("rest\n".utf8))
    #expect(records.articles.count == 2)
    #expect(
      rejections.map(\.reason) == [
        "what stands at byte \(good.count) is no WARC record", "what stands at byte \(3 * good.count) is no WARC record",
      ])
    #expect(rejections.first?.raw == bad)
  }

  /// One letter wrong, where a reader looks for what a record is.
  @Test(
    arguments: [
      ("HTTP/1.1", "HTXP/1.1", nil), ("200 OK", "2O0 OK", nil), ("WARC-Type", "WARX-Type", nil),
      ("response", "respXnse", "WARC record of unknown type"), ("application/http", "applicatioX/http", "WARC response that is not HTTP"),
      ("text/html", "text/hXml", "media type other than HTML"), ("200 OK", "404 OK", "HTTP status other than 200"),
      ("WARC-Type: response", "WARC-Type: request", "WARC request"),
    ] as [(String, String, String?)])
  func noRecordVanishes(text: String, other: String, kind: String?) throws {
    let good = record("response", "https://a.example/1", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>A page</title>")
    let archive = try good + good.replacing(text, by: other) + good
    let (records, rejections) = try readAll(archive)
    #expect(records.articles.count == 2)
    #expect(rejections.count == (kind == nil ? 1 : 0))
    #expect(rejections.allSatisfy { $0.raw.starts(with: "WARC/1.0".utf8) })
    #expect(try passedOver(archive) == (kind.map { [$0] } ?? []))
  }

  /// Each record claims to be as long as all that follow.
  @Test(.timeLimit(.minutes(1))) func lengthsThatAreTooLargeCostNoTime() throws {
    let bad = Array("WARC/1.0\r\nContent-Length: 30000000\r\nWARC-Type: request\r\n\r\n".utf8)
    let archive = [[UInt8]](repeating: bad, count: 100_000).flatMap { $0 }
    #expect(try readAll(archive).rejections.count == 100_000)
  }

  @Test func mutatedArchivesNeverCrash() throws {
    var mutator = Mutator(seed: 99)
    let archive =
      record("response", "https://a.example/1", "HTTP/1.1 200 OK\r\n\r\n<p>Hello you")
      + record("conversion", "u", "text", contentType: "text/plain")
    for _ in 0..<3000 { _ = try readAll(mutator.mutate(archive), format: .warc) }
  }
}
