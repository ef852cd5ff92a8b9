import BelowTheLine
import CommentSources
import TestSupport
import Testing

struct DisqusReaderTests {
  @Test func threadsBecomeArticlesAndPostsComments() throws {
    let (records, rejections) = try readAll(try fixture("disqus.xml"))
    #expect(rejections.isEmpty)
    #expect(
      withoutSources(records) == [
        .article(
          Article(id: "70", url: "https://skarvoy.example/ferry/", title: "Ferry & fire", body: "The ferry was towed back.")),
        .article(Article(id: "71", url: "https://skarvoy.example/dry/", title: "Dry spring", body: "")),
        .comment(
          Comment(
            id: "901", articleID: "70", author: "Marit H", createdAt: "2024-05-06T07:12:00Z",
            text: "My aunt was on board.\nShe is fine.", status: "approved")),
        .comment(
          Comment(
            id: "902", articleID: "70", parentID: "901", author: "seagull", createdAt: "2024-05-06T07:20:00Z", text: "Glad to hear it!",
            status: "deleted")),
        .comment(
          Comment(
            id: "903", articleID: "71", author: "Barrels", createdAt: "2024-05-06T07:30:00Z", text: "Buy rain barrels here",
            status: "spam")),
      ])
    try expectRoundTrip(records)
  }

  @Test(arguments: [
    ("<thread dsq:id=\"70\">", "<thread>", "in:8: field \"dsq:id\": missing; a thread needs one, its posts name it"),
    (
      "<message><![CDATA[<p>Glad to hear it!</p>]]></message>", "<massage>x</massage>",
      "in:42: field \"message\": missing; a post needs a text"
    ),
    (
      "<![CDATA[<p>Glad to hear it!</p>]]>", "<p>Glad</p> to hear it!",
      "in:42: field \"message\": it holds elements; its markup is not escaped"
    ),
  ])
  func aBrokenRecordIsRejectedWithItsField(old: String, new: String, message: String) throws {
    let (records, rejections) = try readAll(try fixture("disqus.xml").replacing(old, by: new))
    #expect(records.count == 4)
    #expect(rejections.map(\.description) == [message])
  }

  @Test func readingGoesOnAtTheNextPost() throws {
    let bytes = try fixture("disqus.xml").replacing("<![CDATA[<p>Glad", by: "</message></post></disqus><x><![CDATA[<p>Glad")
    let (records, rejections) = try readAll(bytes)
    #expect(records.comments.map(\.id).contains("901"))
    #expect(records.comments.map(\.id).contains("903"))
    #expect(!rejections.isEmpty)
  }

  /// An end tag too many or too few shifts all that follow.
  @Test(arguments: [
    ("<createdAt>2024-05-06T07:12", "2024-05-06T07:12"), ("</createdAt>\n<isDeleted>false", "\n<isDeleted>false"),
    ("<name>Marit", "</x><name>Marit"), ("<![CDATA[<p>My", "My"), ("</post>\n", "\n"), ("</post>\n", "</post></post>\n"),
  ])
  func damagedTagsCostOneFieldAtMost(old: String, new: String) throws {
    let (records, rejections) = try readAll(try fixture("disqus.xml").replacing(old, by: new))
    #expect(records.comments.map(\.id) == ["901", "902", "903"])
    #expect(records.comments.map(\.articleID) == ["70", "70", "71"])
    #expect(records.comments.map(\.parentID) == [nil, "901", nil])
    #expect(records.comments.map(\.author) == ["Marit H", "seagull", "Barrels"])
    #expect(rejections.allSatisfy { $0.reason.contains("breaks off") })
  }

  @Test func aPostWithoutItsStartTagIsNotTakenForTheOneBefore() throws {
    let (records, _) = try readAll(try fixture("disqus.xml").replacing("<post dsq:id=\"902\">", by: "<pst dsq:id=\"902\">"))
    #expect(records.comments.map(\.text) == ["My aunt was on board.\nShe is fine.", "Glad to hear it!", "Buy rain barrels here"])
    #expect(records.comments.map(\.id)[0] == "901" && records.comments.map(\.id)[2] == "903")
  }

  /// Two thousand dumps with one post damaged: the others are read, or the damage is told.
  @Test func mutationsLoseNothingUntold() throws {
    let bytes = try fixture("disqus.xml")
    let start = try #require(bytes.firstRange(of: Array("<post dsq:id=\"902\">".utf8))).lowerBound
    let end = try #require(bytes.firstRange(of: Array("<post dsq:id=\"903\">".utf8))).lowerBound
    var mutator = Mutator(seed: 9)
    var intact = 0
    for _ in 0..<2500 {
      let damaged = mutator.mutate(Array(bytes[start..<end]))
      let (records, rejections) = try readAll(Array(bytes[..<start]) + damaged + Array(bytes[end...]), format: .disqus)
      let ids = records.comments.map(\.id)
      #expect(ids.first == "901")
      #expect(records.articles.prefix(2).map(\.id) == ["70", "71"])
      #expect(ids.contains("903") || !rejections.isEmpty, "\(String(decoding: damaged, as: UTF8.self))")
      intact += ids.contains("903") ? 1 : 0
    }
    #expect(intact > 2200)
  }

  @Test func mutatedFilesNeverCrash() throws {
    let bytes = try fixture("disqus.xml")
    var mutator = Mutator(seed: 10)
    for _ in 0..<2000 { _ = try? readAll(mutator.mutate(bytes), format: .disqus) }
  }
}
