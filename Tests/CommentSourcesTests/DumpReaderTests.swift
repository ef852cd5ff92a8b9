import BelowTheLine
import CommentSources
import TestSupport
import Testing

/// Dumps of one object, row or line a record.
struct DumpReaderTests {
  @Test func redditCommentsAndSubmissionsMixed() throws {
    let (records, rejections) = try readAll(try fixture("reddit.jsonl"))
    #expect(rejections.isEmpty)
    let place: [String: JSONValue] = ["subreddit": "ferries"]
    func with(_ more: [String: JSONValue]) -> [String: JSONValue] { place.merging(more) { $1 } }
    #expect(
      withoutSources(records) == [
        .article(Article(id: "t3_p9", url: "https://reddit.example/r/ferries/p9", title: "Ferry & fire", body: "What do we know?")),
        .comment(
          Comment(
            id: "t1_k1", articleID: "t3_p9", author: "marit_h", createdAt: "2024-05-06T07:12:00Z", text: "My aunt was on board <3",
            extra: with(["score": 12]))),
        .comment(
          Comment(
            id: "t1_k2", articleID: "t3_p9", parentID: "t1_k1", author: "seagull", createdAt: "2024-05-06T07:13:40Z",
            text: "> My aunt was on board\n\nGlad to hear it & all the best\n\n>!hidden!<", extra: with(["score": -3]))),
        .comment(
          Comment(
            id: "t1_k3", articleID: "t3_p9", parentID: "t1_k2", createdAt: "2024-05-06T07:15:20Z", text: "", status: "removed",
            extra: with(["score": 1]))),
        .comment(
          Comment(
            id: "t1_k4", articleID: "t3_p9", parentID: "t1_k2", author: "barrels", createdAt: "2024-05-06T07:17:00Z",
            text: "Buy rain barrels", status: "removed by reddit", extra: with(["score": 0]))),
        .comment(
          Comment(
            id: "t1_k5", articleID: "t3_p9", author: "olaf", createdAt: "2024-05-06T07:18:40Z", text: "They burn them for the insurance",
            status: "removed", extra: with(["removal_reason": "moderator"]))),
      ])
    try expectRoundTrip(records)
  }

  @Test func aFirstLineLongerThanWhatIsLookedAtTellsTheFormat() throws {
    let submission = #"{"id":"p","title":"T","selftext":"\#(String(repeating: "long ", count: 20_000))","url":"u"}"#
    let comment = #"{"id":"k","link_id":"t3_p","body":"Who pays?"}"#
    #expect(try readAll("\(submission)\n\(comment)\n").records.comments.map(\.articleID) == ["t3_p"])
  }

  @Test func coralStoriesAndComments() throws {
    let (records, rejections) = try readAll(try fixture("coral.jsonl"))
    #expect(rejections.isEmpty)
    #expect(
      withoutSources(records) == [
        .article(Article(id: "s1", url: "https://skarvoy.example/ferry/", title: "Ferry and fire", body: "")),
        .comment(
          Comment(
            id: "c1", articleID: "s1", author: "u1", createdAt: "2024-05-06T07:12:00.000Z", text: "My aunt was on board.\nShe is fine.",
            status: "none", extra: ["perspective": 0.0625, "tags": .array(["FEATURED"])])),
        .comment(
          Comment(
            id: "c2", articleID: "s1", parentID: "c1", author: "u2", createdAt: "2024-05-06T07:13:40Z", text: "> She is fine.\nIs she?",
            status: "system_withheld")),
        .comment(Comment(id: "c3", articleID: "s1", parentID: "c1", createdAt: "2024-05-06T07:15:20Z", text: "", status: "deleted")),
        .comment(
          Comment(
            id: "650000000000000000000005", articleID: "s1", author: "u3", createdAt: "2024-05-06T07:30:00Z", text: "Buy rain barrels",
            status: "rejected")),
      ])
    try expectRoundTrip(records)
  }

  @Test func discourseTopicsBecomeArticles() throws {
    let (records, rejections) = try readAll(try fixture("discourse.csv"))
    #expect(rejections.isEmpty)
    #expect(
      records.articles == [
        Article(id: "61", url: "https://forum.example/t/ferry-and-fire/61", title: "Ferry, and fire", body: ""),
        Article(id: "70", url: "https://forum.example/t/dry-spring/70", title: "Dry spring", body: ""),
      ])
    #expect(records.comments.map(\.id) == ["61/4", "70/1", "61/9"])
    #expect(records.comments.map(\.articleID) == ["61", "70", "61"])
    #expect(records.comments.map(\.text) == ["> Who pays?\n\nThe company does.", "> no rain\nEleven weeks now", "Thanks!"])
    #expect(records.comments.map(\.createdAt) == ["2024-05-06T07:12:00Z", "2024-05-07T10:00:00Z", "2024-05-08T10:00:00Z"])
    try expectRoundTrip(records)
  }

  @Test func fastTextLabelsAreTrueOrUnknown() throws {
    let (records, rejections) = try readAll("__label__off_topic __label__spam buy it  here\r\n__label__ok fine\n\nno label\n__label__ok\n")
    #expect(
      withoutSources(records) == [
        .comment(
          Comment(
            id: "in:1", text: "buy it  here", labels: ["off_topic": true, "spam": true], extra: ["label": .array(["off_topic", "spam"])])),
        .comment(Comment(id: "in:2", text: "fine", labels: ["ok": true], extra: ["label": "ok"])),
        .comment(Comment(id: "in:4", text: "no label")),
      ])
    #expect(rejections.map(\.description) == ["in:5: field \"text\": no text follows the labels"])
    try expectRoundTrip(records)
  }

  @Test(arguments: [
    (
      SourceFormat.reddit, #"{"id":"x","author":"a"}"#,
      "in:1: field \"body\": missing, and there is no title either: no comment and no submission"
    ),
    (.reddit, #"{"body":7,"link_id":"t3_a"}"#, "in:1: field \"body\": a string is needed"),
    (.reddit, #"{"title":"t","selftext":""}"#, "in:1: field \"id\": missing; a submission needs one, its comments name it as link_id"),
    (.coral, #"{"id":"x"}"#, "in:1: field \"storyID\": missing, and there is no url either: no comment and no story"),
    (.coral, #"{"id":"x","storyID":"s","revisions":[]}"#, "in:1: field \"revisions\": the last one has no body"),
    (.coral, #"{"url":"u","metadata":{}}"#, "in:1: field \"id\": missing; a story needs one, its comments name it as storyID"),
    (.reddit, "{", "in:1: no valid JSON object: the value breaks off at byte 1"),
  ])
  func aBadObjectIsRejectedWithItsFieldAndTheRestGoesOn(format: SourceFormat, line: String, message: String) throws {
    let good =
      format == .reddit
      ? #"{"id":"g","body":"good","link_id":"t3_p"}"# : #"{"id":"g","storyID":"s","revisions":[{"body":"good"}],"status":"NONE"}"#
    let (records, rejections) = try readAll("\(line)\n\(good)\n", format: format)
    #expect(records.comments.map(\.text) == ["good"])
    #expect(rejections.map(\.description) == [message])
    // Found out by content as well, with the damage in the first line.
    #expect(try readAll("{\n\(good)\n").records.comments.map(\.text) == ["good"])
  }

  @Test func longNumbersOfDiscourseAreToldApart() throws {
    let rows = (0..<3).map {
      "T,c,Kettle \($0),0,0,https://d.example/t/lids/1844674407370955161\($0)/1844674407370955161\($0),2024-01-01 10:00:00 UTC"
    }
    let text = (["topic_title,category,post,like_count,reply_count,url,created_at"] + rows).joined(separator: "\n")
    let (records, rejections) = try readAll(text)
    #expect(rejections.isEmpty)
    #expect(Set(records.articles.map(\.id)).count == 3)
    #expect(records.comments.map(\.id).last == "18446744073709551612/18446744073709551612")
  }

  @Test func aDiscoursePostWithoutAnAddressIsRejected() throws {
    let (records, rejections) = try readAll("topic_title,post,url\nFerry,One,https://forum.example/t/ferry/61/4\nFerry,Two,nowhere\n")
    #expect(records.comments.map(\.text) == ["One"])
    #expect(rejections.map(\.description) == ["in:3: field \"url\": no address of a post, such as https://forum.example/t/name/61/4"])
  }

  /// Every line is a record or a rejection, whatever is done to it.
  @Test(arguments: [("reddit.jsonl", SourceFormat.reddit), ("coral.jsonl", .coral)])
  func mutationsLoseNothing(name: String, format: SourceFormat) throws {
    let bytes = try fixture(name)
    var mutator = Mutator(seed: 12)
    for _ in 0..<2500 {
      let mutated = mutator.mutate(bytes)
      let (records, rejections) = try readAll(mutated, format: format)
      let lines = mutated.split(separator: 0x0A).count { $0.contains { $0 > 0x20 } }
      #expect(records.count + rejections.count == lines)
    }
  }

  @Test func mutatedFastTextLosesNothing() throws {
    let bytes = Array("__label__a __label__b one two\n__label__a three\nfour\n__label__\u{E9} five six\n".utf8)
    var mutator = Mutator(seed: 13)
    for _ in 0..<2500 {
      let mutated = mutator.mutate(bytes)
      let (records, rejections) = try readAll(mutated, format: .fastText)
      #expect(records.count + rejections.count == mutated.split(separator: 0x0A).count { $0.contains { $0 > 0x20 } })
    }
  }

  /// With the header left whole, each of the three rows is told one way or the other, unless a quotation mark joins two.
  @Test func mutatedDiscourseArchivesLoseNothing() throws {
    let bytes = try fixture("discourse.csv")
    let start = try #require(bytes.firstIndex(of: 0x0A)) + 1
    let rows = bytes[start...].filter { $0 != UInt8(ascii: "\"") }
    var mutator = Mutator(seed: 14)
    for _ in 0..<2500 {
      let mutated = mutator.mutate(Array(rows)).filter { $0 != UInt8(ascii: "\"") }
      let (records, rejections) = try readAll(bytes[..<start] + mutated, format: .discourse)
      let lines = mutated.split(separator: 0x0A).count { !$0.isEmpty && $0 != [0x0D] }
      #expect(records.comments.count + rejections.count == lines)
      _ = try? readAll(mutator.mutate(bytes), format: .discourse)
    }
  }

  @Test func aLargeDumpIsReadAsAStream() throws {
    let bytes = try fixture("reddit.jsonl")
    let copies = (20 << 20) / bytes.count
    var dump: [UInt8] = []
    for _ in 0..<copies { dump += bytes }
    var count = 0
    try SourceReader(name: "in", bytes: dump).read { event in if case .record = event { count += 1 } }
    #expect(count == 6 * copies)
  }

  @Test(arguments: [
    ("0", "1970-01-01T00:00:00Z"), ("-1", "1969-12-31T23:59:59Z"), ("951782400", "2000-02-29T00:00:00Z"),
    ("951868799.9", "2000-02-29T23:59:59Z"), ("951868800", "2000-03-01T00:00:00Z"), ("4107542400", "2100-03-01T00:00:00Z"),
    ("1704067199", "2023-12-31T23:59:59Z"), ("253402300799", "9999-12-31T23:59:59Z"), ("-62135596799", "0001-01-01T00:00:01Z"),
    ("253402300800", "253402300800"), ("\"1714979520\"", "2024-05-06T07:12:00Z"), ("\"yesterday\"", "yesterday"), ("\"nan\"", "nan"),
  ])
  func secondsBecomeTimes(seconds: String, time: String) throws {
    let line = "{\"id\":\"a\",\"body\":\"x\",\"link_id\":\"t3_p\",\"created_utc\":\(seconds)}"
    #expect(try readAll(line).records.comments.map(\.createdAt) == [time])
  }

  @Test(arguments: [
    ("2024-05-06 07:12:00 UTC", "2024-05-06T07:12:00Z"), ("2024-05-06T07:12:00Z", "2024-05-06T07:12:00Z"),
    ("2024-05-06 07:12:00.25", "2024-05-06T07:12:00.25Z"), ("2024-13-06 07:12:00", "2024-13-06 07:12:00"),
    ("2024-05-06 07:12", "2024-05-06 07:12"), ("0000-00-00 00:00:00", "0000-00-00 00:00:00"),
    ("2024-05-06T07:12:00+02:00", "2024-05-06T05:12:00Z"), ("2024-05-06T07:12:00+Z", "2024-05-06T07:12:00+Z"),
  ])
  func aFullDateIsWrittenAsRFC3339AndAnythingElseAsItStands(text: String, time: String) throws {
    let dump = "topic_title,post,url,created_at\nFerry,One,https://forum.example/t/ferry/61/4,\(text)\n"
    #expect(try readAll(dump).records.comments.map(\.createdAt) == [time])
  }

  @Test(arguments: [
    ("one [quote]two[/quote] three", "one \n> two\n three"),
    ("[quote=\"\"a\"\"]x\n[quote]y[/quote]\nz[/quote]\nmine", "> x\n> y\n> z\nmine"),
    ("[quote]never closed\nmore", "> never closed\n> more"), ("x[/quote]y", "x[/quote]y"), ("[quote", "[quote"), (">> twice", "> twice"),
    (">!hidden!<", ">!hidden!<"), ("a > b", "a > b"),
  ])
  func quotesAreMarked(post: String, text: String) throws {
    let dump = "topic_title,post,url\nFerry,\"\(post)\",https://forum.example/t/ferry/61/4\n"
    #expect(try readAll(dump).records.comments.map(\.text) == [text])
  }
}
