import BelowTheLine
import CommentSources
import TestSupport
import Testing

/// Pages that say their comments in JSON-LD. Every word is invented.
struct LinkedDataTests {
  private func page(_ json: String, body: String = "<div id=app>Loading the kettle …</div>", type: String = "application/ld+json") -> String
  {
    "<!DOCTYPE html><html><head><title>Kettles</title><script type=\"\(type)\">\(json)</script></head><body>\(body)</body></html>"
  }

  private func read(_ html: String) throws -> (article: Article, comments: [Comment], rejections: [Rejection]) {
    let (records, rejections) = try readAll(Array(html.utf8), name: "p", format: .html)
    return (try #require(records.articles.first), records.comments, rejections)
  }

  @Test func commentsOfAnArticleAndTheirReplies() throws {
    let (article, comments, rejections) = try read(
      page(
        """
        {"@context":"https://schema.org","@type":"NewsArticle","headline":"Kettles &amp; lids","articleBody":"A lid was found.\\nIt fits.",
         "commentCount":4,"author":{"@type":"Person","name":"Desk"},
         "comment":[
          {"@type":"Comment","@id":"https://k.example/a#comment-12","author":{"@type":"Person","name":"Ann &amp; Bo"},
           "datePublished":"2024-05-06T09:12:00+02:00","text":"<p>It was <b>mine</b>.</p><p>1 &lt; 2</p>",
           "comment":{"@type":"Comment","url":"https://k.example/a#r7","author":"Cy","dateCreated":"2024-05-07","text":"No, mine.",
             "comment":[{"text":"Ours, then.","creator":[{"name":"Di"}]}]}},
          {"@type":["Thing","schema:Comment"],"identifier":41,"author":{"name":"Ed"},"description":"A kettle of fish."}]}
        """))
    #expect(rejections.isEmpty)
    #expect(article.title == "Kettles")
    #expect(article.body == "A lid was found.\nIt fits.")
    #expect(comments.map(\.id) == ["p#comment-12", "p#r7", "p#3", "p#comment-41"])
    #expect(comments.map(\.parentID) == [nil, "p#comment-12", "p#r7", nil])
    #expect(comments.map(\.depth) == [0, 1, 2, 0])
    #expect(comments.map(\.author) == ["Ann & Bo", "Cy", "Di", "Ed"])
    #expect(comments.map(\.createdAt) == ["2024-05-06T07:12:00Z", "2024-05-07", nil, nil])
    #expect(comments.map(\.text) == ["It was mine.\n1 < 2", "No, mine.", "Ours, then.", "A kettle of fish."])
  }

  @Test func answersOfAQuestionAndTheirComments() throws {
    let answer = ##"{"@type":"Answer","url":"/q#a1","text":"With vinegar.","author":{"name":"Flo"},"comment":{"text":"And salt."}}"##
    let (article, comments, _) = try read(
      page(
        """
        [{"@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","name":"Home"}]},
         {"@type":"QAPage","mainEntity":{"@type":"Question","name":"How to clean a kettle?","text":"It is black inside.",
          "comment":[{"text":"How black?"}],"acceptedAnswer":\(answer),"suggestedAnswer":[{"text":"Buy another."},\(answer)]}}]
        """))
    #expect(article.body == "It is black inside.")
    #expect(comments.map(\.text) == ["How black?", "With vinegar.", "And salt.", "Buy another."])
    #expect(comments.map(\.parentID) == [nil, nil, "p#a1", nil])
  }

  /// In a graph comments stand side by side and name each other, newer ones first perhaps.
  @Test func aGraphIsPutTogether() throws {
    let (article, comments, _) = try read(
      page(
        """
        {"@graph":[{"@type":"DiscussionForumPosting","@id":"#t","headline":"Lids","text":"Who has one?","comment":[{"@id":"#c1"},{"@id":"#c2"}]},
          {"@type":"Comment","@id":"#c3","parentItem":{"@type":"Comment","@id":"#c1","text":"I do."},"text":"Of what size?"},
          {"@type":"Comment","@id":"#c1","parentItem":{"@id":"#t"},"text":"I do.","comment":{"@id":"#c4"}},
          {"@type":"Comment","@id":"#c4","text":"Show it."},
          {"@type":"Comment","@id":"#c5","parentItem":{"@id":"#c6"},"text":"One."},
          {"@type":"Comment","@id":"#c6","parentItem":"#c5","text":"Two."}]}
        """))
    #expect(article.body == "Who has one?")
    #expect(comments.map(\.text) == ["Of what size?", "I do.", "Show it.", "One.", "Two."])
    #expect(comments.map(\.parentID) == ["p#comment-1", nil, "p#comment-1", nil, nil])
    #expect(comments.map(\.depth) == [1, 0, 1, 0, 0])
  }

  /// The markup or the data, whichever has more: a comment of both comes once.
  @Test func noCommentComesTwice() throws {
    let items = (1...3).map {
      "<li id=comment-\($0)><cite>Ann</cite> <time datetime='2024-05-0\($0)T10:00:00Z'>then</time><p>The lid number \($0) is blue."
    }
    let list = "<p>\(String(repeating: "The kettle was on the stove for an hour. ", count: 8))<ol class=commentlist>\(items.joined())</ol>"
    func data(_ count: Int) -> String {
      let comments = (0..<count).map { #"{"@type":"Comment","text":"The lid number \#($0 + 1) is blue."}"# }
      return #"{"@type":"Article","articleBody":"Not the stove.","comment":[\#(comments.joined(separator: ","))]}"#
    }
    for (count, expected) in [(2, 3), (3, 3), (4, 4)] {
      let (article, comments, _) = try read(page(data(count), body: list))
      #expect(comments.count == expected)
      #expect(article.body.hasPrefix("The kettle was on the stove"))
    }
    // Two scripts say the same.
    let one = ##"{"@type":"Comment","@id":"#c1","text":"Blue."}"##
    #expect(try read(page(one + "</script><script type=application/ld+json>" + one)).comments.count == 1)
  }

  @Test func whatIsBrokenIsToldWhereItNamesComments() throws {
    let comment = #"{"@type":"Comment","text":"Blue."}"#
    let broken = try read(page(#"{"@type":"Article","comment":[\#(comment),]}"#))
    #expect(broken.comments.isEmpty)
    #expect(broken.rejections.map(\.description) == ["p: JSON-LD that names comments cannot be read: a value was expected at byte 65"])
    #expect(broken.rejections.first?.raw.count == 67)
    #expect(try read(page(#"{"@type":"Article","headline":,}"#)).rejections.isEmpty)
    // The others are read; line ends in strings are forgiven.
    let other = page("{</script><script type='application/ld+json'>{\"@type\":\"Comment\",\"text\":\"Two\nlines.\"}")
    #expect(try read(other).comments.map(\.text) == ["Two lines."])
    // Deep or large without end.
    let deep = String(repeating: #"{"comment":"#, count: 100_000)
    #expect(try read(page(deep)).rejections.count == 1)
    let large = "[" + String(repeating: comment + ",", count: 300_000) + comment + "]"
    #expect(try read(page(large)).rejections.first?.reason.hasSuffix("more than 8 MiB at byte 0") == true)
  }

  @Test func whatIsNoDataOfThePageIsNotRead() throws {
    let comment = #"{"@type":"Comment","text":"Blue."}"#
    #expect(try read(page(comment, type: "application/json")).comments.isEmpty)
    #expect(try read("<p>x<!-- <script type=application/ld+json>\(comment)</script> -->").comments.isEmpty)
    #expect(try read("<p>x<template><script type=application/ld+json>\(comment)</script></template>").comments.isEmpty)
    #expect(try read("<p>x<script type=application/ld+json>\(comment)").comments.count == 1)
    #expect(try read("<p>x<script type=application/ld+json").comments.isEmpty)
  }

  @Test func mutatedDataNeverCrash() throws {
    var mutator = Mutator(seed: 81)
    let data = Array(
      page(
        ##"{"@graph":[{"@type":"Comment","@id":"#c1","parentItem":{"@id":"#c2"},"author":{"name":"A"},"text":"<p>a&amp;b","comment":[{"text":"x"}]}]}"##
      ).utf8)
    for _ in 0..<2000 { #expect(try readAll(mutator.mutate(data), format: .html).records.articles.count == 1) }
  }
}
