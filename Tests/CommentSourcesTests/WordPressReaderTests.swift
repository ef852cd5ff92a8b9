import BelowTheLine
import CommentSources
import TestSupport
import Testing

struct WordPressReaderTests {
  @Test func itemsBecomeArticlesBeforeTheirComments() throws {
    let (records, rejections) = try readAll(try fixture("wordpress.xml"))
    #expect(rejections.isEmpty)
    #expect(
      withoutSources(records) == [
        .article(
          Article(
            id: "7", url: "https://skarvoy.example/ferry/", title: "Ferry & fire: what we know",
            body: "The morning ferry was towed back after a fire.\nNobody was hurt. The mark ]]> stands in the text.")),
        .comment(
          Comment(
            id: "31", articleID: "7", author: "Marit H", createdAt: "2024-05-06T07:12:00Z",
            text: "My aunt was on board.\nThe crew was calm & kind.", status: "approved")),
        .comment(
          Comment(
            id: "32", articleID: "7", parentID: "31", author: "Seagull", createdAt: "2024-05-06 09:40:10",
            text: "> The crew was calm\nWas it? See here", status: "pending")),
        .comment(
          Comment(
            id: "34", articleID: "7", author: "cheap watches", createdAt: "2024-05-06T08:30:00Z", text: "Great site, buy watches now",
            status: "spam")),
        .article(Article(id: "8", url: "https://skarvoy.example/timetable/", title: "Timetable", body: "")),
        .article(Article(id: "9", url: "https://skarvoy.example/dry/", title: "Dry spring", body: "Eleven weeks without rain.")),
        .comment(
          Comment(
            id: "41", articleID: "9", author: "Ola", createdAt: "2024-05-07T10:00:00Z", text: "Prices < last year & falling",
            status: "post-trashed")),
      ])
    #expect(records.comments.map(\.source?.line) == [28, 43, 63, 85])
    try expectRoundTrip(records)
  }

  @Test func pingbacksArePassedOverAndCounted() throws {
    #expect(try passedOver(try fixture("wordpress.xml")) == ["pingback"])
  }

  @Test(arguments: ["\u{1}", "\u{B}", "&", "&nbsp;", "AT&T", "<", "<3", "\u{FFFF}", "&#2;", "&#xFFFFFFFFFF;", "]", "<!", "</ "])
  func badCharactersInATextLoseNothing(bad: String) throws {
    let bytes = try fixture("wordpress.xml")
    let expected = try readAll(bytes).records.comments.map(\.id)
    for text in ["Prices ", "Great site", "Ferry ", "My aunt"] {
      let (records, rejections) = try readAll(bytes.replacing(text, by: text + bad))
      #expect(records.comments.map(\.id) == expected)
      #expect(rejections.isEmpty)
    }
    // What stands after the damage is read as before: here a reference.
    let after = try readAll(bytes.replacing("Prices ", by: "Prices \(bad) ")).records.comments.last
    #expect(after?.text.hasSuffix("< last year & falling") == true)
  }

  @Test func bytesThatAreNoUTF8AreMarkedAndTheRestStaysUTF8() throws {
    var bytes = try fixture("wordpress.xml").replacing("Great site", by: "Great s#te")
    let position = try #require(bytes.firstRange(of: Array("Great s#".utf8))).upperBound - 1
    bytes[position] = 0xE9
    let (records, rejections) = try readAll(bytes.replacing("Prices", by: "Prisør"))
    #expect(rejections.isEmpty)
    #expect(records.comments.map(\.text).dropFirst(2) == ["Great s\u{FFFD}te, buy watches now", "Prisør < last year & falling"])
  }

  @Test func latin1IsReadByItsDeclaration() throws {
    let text = String(decoding: try fixture("wordpress.xml"), as: UTF8.self)
    let bytes = text.replacing("UTF-8", with: "ISO-8859-1").replacing("Seagull", with: "S\u{F8}lv\u{80}").unicodeScalars.map {
      UInt8($0.value)
    }
    #expect(try readAll(bytes).records.comments.map(\.author).contains("Sølv€"))
    #expect(throws: InputError(source: "in", reason: "the encoding Big5 is not read; convert to UTF-8 first, for example with iconv")) {
      try readAll(text.replacing("UTF-8", with: "Big5"))
    }
  }

  @Test(arguments: [
    ("<wp:comment_content><![CDATA[My", "<wp:comment_kontent><![CDATA[My", "wp:comment_content", ["32", "34", "41"]),
    (
      "</wp:comment_content>\n\t\t\t<wp:comment_approved><![CDATA[1]]>", "<wp:comment_approved><![CDATA[1]]>", "wp:comment_content",
      ["32", "34", "41"]
    ),
    ("Prices &lt;", "Prices <b>rise</b>", "wp:comment_content", ["31", "32", "34"]),
  ])
  func aBrokenCommentIsRejectedWithItsField(old: String, new: String, field: String, ids: [String]) throws {
    let (records, rejections) = try readAll(try fixture("wordpress.xml").replacing(old, by: new))
    #expect(records.comments.map(\.id) == ids)
    #expect(records.articles.map(\.id) == ["7", "8", "9"])
    #expect(rejections.first?.field == field)
    #expect(rejections.first?.location.line != nil)
  }

  /// An end tag too many or too few shifts all that follow, and ends an item early or never: comments keep their article all the same.
  @Test(arguments: [
    ("<wp:comment_author><![CDATA[Marit", "<wp:comment_author></wp:meta><![CDATA[Marit"), ("</wp:comment_author_email>", ""),
    ("<wp:comment_date>", ""), ("</wp:comment_date_gmt>", "</wp:comment_date_gmt></wp:comment_date_gmt>"),
    ("</wp:comment>\n", "</wp:comment></wp:comment>\n"), ("</wp:comment>\n", "\n"), ("</item>", ""), ("</item>", "</item></item></item>"),
    ("<wp:comment>", "<wp:comment"), ("\t\t<wp:comment_approved>", "\t\twp:comment_approved>"),
  ])
  func damagedTagsCostOneFieldAtMost(old: String, new: String) throws {
    let (records, rejections) = try readAll(try fixture("wordpress.xml").replacing(old, by: new))
    #expect(records.comments.map(\.id) == ["31", "32", "34", "41"])
    #expect(records.comments.map(\.articleID) == ["7", "7", "7", "9"])
    #expect(records.comments.map(\.parentID) == [nil, "31", nil, nil])
    #expect(records.comments.map(\.text.count) == [47, 36, 27, 28])
    #expect(records.articles.map(\.id) == ["7", "8", "9"])
    #expect(rejections.allSatisfy { $0.reason.contains("breaks off") })
  }

  @Test(arguments: ["<itm>", "item>", "<item"])
  func anItemWithoutItsStartTagKeepsItsComments(tag: String) throws {
    let bytes = try fixture("wordpress.xml")
    let last = String(decoding: bytes, as: UTF8.self).replacing("<item>\n\t\t<title>Dry", with: tag + "\n\t\t<title>Dry")
    let (records, _) = try readAll(last)
    #expect(records.articles.map(\.title) == ["Ferry & fire: what we know", "Timetable", "Dry spring"])
    #expect(records.comments.map(\.articleID) == ["7", "7", "7", "9"])
    let first = try readAll(bytes.replacing("<item>\n", by: tag + "\n"))
    #expect(first.records.articles.map(\.id) == ["7", "8", "9"])
    #expect(first.records.comments.map(\.articleID) == ["7", "7", "7", "9"])
  }

  @Test func theRestOfATextBehindAStrayEndTagIsTold() throws {
    let (records, rejections) = try readAll(try fixture("wordpress.xml").replacing("Prices &lt;", by: "Prices</b> &lt;"))
    #expect(records.comments.map(\.id) == ["31", "32", "34"])
    #expect(rejections.first?.field == "wp:comment_content")
  }

  /// Where libxml2 gives up for good, the next record is read again.
  @Test func readingGoesOnAfterAFatalError() throws {
    let bytes = try fixture("wordpress.xml")
    // The root is closed in the middle: all that follows is beyond the document.
    let closed = try readAll(bytes.replacing("<wp:comment_id>32", by: "</wp:comment></item></channel></rss><wp:comment_id>32"))
    #expect(closed.records.comments.map(\.id) == ["31", "34", "41"])
    #expect(closed.records.articles.map(\.id) == ["7", "8", "9"])
    #expect(closed.rejections.contains { $0.reason.contains("reading goes on at the next record") })
    let warning = Array("PHP Warning: something in export.php on line 3\n".utf8)
    let late = try readAll(warning + bytes)
    #expect(late.records.comments.map(\.id) == ["31", "32", "34", "41"])
    #expect(late.rejections.map(\.location.line) == [1])
  }

  @Test func aDumpThatBreaksOffIsTold() throws {
    let bytes = try fixture("wordpress.xml")
    let end = try #require(bytes.firstRange(of: Array("buy watches".utf8))).lowerBound
    let (records, rejections) = try readAll(Array(bytes[..<end]))
    #expect(records.comments.map(\.id) == ["31", "32"])
    #expect(rejections.map(\.description) == ["in:67: the file breaks off inside <wp:comment_content>"])
  }

  @Test func deepNestingIsBounded() throws {
    let bytes = try fixture("wordpress.xml").replacing("<wp:comment_id>32", by: String(repeating: "<a>", count: 5000) + "<wp:comment_id>32")
    let (records, rejections) = try readAll(bytes)
    #expect(records.comments.map(\.id) == ["31", "34", "41"])
    #expect(rejections.count == 1)
    #expect(rejections.first?.reason.hasPrefix("more than 64 levels of elements at byte ") == true)
  }

  /// Entities that a file defines are not expanded, so none can blow up.
  @Test func entitiesOfAFileStandForNothing() throws {
    let type = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/hostname\">]>\n<rss version"
    let (records, rejections) = try readAll(
      try fixture("wordpress.xml").replacing("<rss version", by: type).replacing("Prices", by: "&b;&c;"))
    #expect(rejections.isEmpty)
    #expect(records.comments.last?.text == "&b;&c; < last year & falling")
  }

  /// Two thousand dumps with one item damaged: the items around it are read, or the damage is told.
  @Test func mutationsLoseNothingUntold() throws {
    let bytes = try fixture("wordpress.xml")
    let start = try #require(bytes.firstRange(of: Array("\t<item>".utf8))).lowerBound
    let end = try #require(bytes.firstRange(of: Array("</item>".utf8))).upperBound
    var mutator = Mutator(seed: 5)
    var intact = 0
    for _ in 0..<2500 {
      let damaged = mutator.mutate(Array(bytes[start..<end]))
      var (passed, rejected) = (0, 0)
      var comments: [String] = []
      try SourceReader(name: "in", bytes: bytes[..<start] + damaged + bytes[end...], format: .wordpress).read { event in
        switch event {
        case .record(.comment(let comment)): comments.append(comment.id)
        case .record(.article): break
        case .rejected: rejected += 1
        case .passedOver: passed += 1
        }
      }
      // Without damage to tell, as many comments come out as begin outside of texts; the last one is beyond the damaged bytes.
      let text = String(decoding: damaged, as: UTF8.self)
      let markup = text.split(separator: "<![CDATA[", omittingEmptySubsequences: false).enumerated().map { index, piece in
        index == 0 ? piece : piece.firstRange(of: "]]>").map { piece[$0.upperBound...] } ?? ""
      }
      let begun = markup.joined().split(separator: "<wp:comment>", omittingEmptySubsequences: false).count
      #expect(comments.count + passed >= begun || rejected > 0, "\(text)")
      #expect(comments.last == "41" || rejected > 0, "\(text)")
      intact += comments.last == "41" ? 1 : 0
    }
    #expect(intact > 2200)
  }

  @Test func mutatedFilesNeverCrash() throws {
    let bytes = try fixture("wordpress.xml")
    var mutator = Mutator(seed: 6)
    for _ in 0..<2000 { _ = try? readAll(mutator.mutate(bytes), format: .wordpress) }
  }

  /// Twenty megabytes pass through a few: no comment is kept once it is told.
  @Test func aLargeDumpIsReadAsAStream() throws {
    let bytes = try fixture("wordpress.xml")
    let start = try #require(bytes.firstRange(of: Array("\t<item>".utf8))).lowerBound
    let end = try #require(bytes.firstRange(of: Array("</channel>".utf8))).lowerBound
    let items = Array(bytes[start..<end])
    let copies = (20 << 20) / items.count
    var dump = Array(bytes[..<start])
    for _ in 0..<copies { dump += items }
    dump += Array(bytes[end...])
    var count = 0
    try SourceReader(name: "in", bytes: dump).read { event in
      switch event {
      case .record(.comment): count += 1
      case .record(.article), .passedOver: break
      case .rejected(let rejection): Issue.record("\(rejection)")
      }
    }
    #expect(count == 4 * copies)
  }
}
