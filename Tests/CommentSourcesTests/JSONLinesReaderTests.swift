import BelowTheLine
import CommentSources
import TestSupport
import Testing

// Swift Testing has a Comment and a SourceLocation of its own.
typealias Comment = BelowTheLine.Comment
typealias SourceLocation = BelowTheLine.SourceLocation

/// Everything an input gave: records, and what was said of the rest.
func readAll(_ bytes: [UInt8], name: String = "in", format: SourceFormat? = nil) throws -> (records: [Record], rejections: [Rejection]) {
  var records: [Record] = []
  var rejections: [Rejection] = []
  try SourceReader(name: name, bytes: bytes, format: format).read { event in
    switch event {
    case .record(let record): records.append(record)
    case .rejected(let rejection): rejections.append(rejection)
    case .passedOver: break
    }
  }
  return (records, rejections)
}

func readAll(_ text: String, format: SourceFormat? = nil) throws -> (records: [Record], rejections: [Rejection]) {
  try readAll(Array(text.utf8), format: format)
}

extension [Record] {
  var comments: [Comment] { compactMap { if case .comment(let comment) = $0 { comment } else { nil } } }
  var articles: [Article] { compactMap { if case .article(let article) = $0 { article } else { nil } } }
}

struct JSONLinesReaderTests {
  /// A plain line is read in place; a depth makes the careful reader take it.
  @Test(arguments: [
    #"{"id":"1","text":"x"}"#,
    #"{"text":"x"}"#,
    #"{"text":""}"#,
    #"{"kind":"comment","id":null,"article_id":"a","parent_id":"p","author":"Ann","created_at":"2023","text":"Hi \u00e9 \ud83d\ude00","status":"spam"}"#,
    #"{"id":"é","author":"A \u00e9","text":"größer\n\"so\"","labels":{"a":true,"b":false,"c":null,"d":1,"e":0},"weight":2.5}"#,
    #"{"id":"1","text":"x","labels":null,"weight":0}"#,
    #"{ "id" : "1" , "text" : "x" , "labels" : { "a" : true } , "weight" : 3 }"#,
    #"{"id":"1","text":"x","labels":{"a":true,"a":false}}"#,
    #"{"id":1,"text":"\ud800"}"#,
    #"{"id":"1","text":"x","weight":0.1}"#,
    #"{"id":"1","text":"x","weight":999999999.5}"#,
    #"{"id":"1","text":"x","weight":1000000000}"#,
  ])
  func aPlainLineReadsLikeAnyOther(line: String) throws {
    let careful = String(line.dropLast()) + #","depth":null}"#
    let (plain, rejections) = try readAll(line, format: .jsonLines)
    #expect(rejections.isEmpty)
    #expect(plain == (try readAll(careful, format: .jsonLines)).records)
    #expect(plain.count == 1)
  }

  @Test func readsArticlesAndComments() throws {
    let (records, rejections) = try readAll(
      """
      {"kind":"article","id":"a1","url":"https://x.example/1","title":"T","body":"B","language":"en","more":[1]}
      {"kind":"comment","id":7,"article_id":"a1","parent_id":null,"author":"Ann","created_at":"2023-02-16T10:00:00Z","text":"Hi \\u00e9","labels":{"off_topic":true,"conspiracy":false,"spam":null},"weight":2.5,"stars":3}

      {"text":"only a text"}
      """)
    #expect(rejections.isEmpty)
    #expect(records.articles == [Article(id: "a1", url: "https://x.example/1", title: "T", body: "B", language: "en")])
    #expect(
      records.comments == [
        Comment(
          id: "7", articleID: "a1", author: "Ann", createdAt: "2023-02-16T10:00:00Z", text: "Hi é",
          labels: ["off_topic": true, "conspiracy": false], weight: 2.5, source: SourceLocation(name: "in", line: 2), extra: ["stars": 3]),
        Comment(id: "in:4", text: "only a text", source: SourceLocation(name: "in", line: 4)),
      ])
  }

  @Test func numbersOfManyDigitsAreKeptAsTheyAreWritten() throws {
    let (records, rejections) = try readAll(#"{"id":18446744073709551615,"parent_id":18446744073709551614,"text":"x","stars":1e999}"#)
    #expect(rejections.isEmpty)
    #expect(records.comments.map(\.id) == ["18446744073709551615"])
    #expect(records.comments.map(\.parentID) == ["18446744073709551614"])
    #expect(records.comments.map { $0.extra["stars"] } == [.numeral("1e999")])
  }

  @Test(arguments: [
    (#"{"id":"1"}"#, "in:2: field \"text\": missing; only objects with a text are comments"),
    (
      #"{"id":"1","title":"A ferry","comment":"Late as ever","content":{"html":"Late as ever, I"},"url":"x"}"#,
      "in:2: field \"text\": missing; only objects with a text are comments; --text-field content.html names what looks like one"
    ),
    (
      #"{"title":"A ferry","tags":["a"],"answers":[{"text":"x"}],"comments":[{"text":"x"},{"text":"y"}]}"#,
      "in:2: field \"text\": missing; only objects with a text are comments; jq -c '.comments[]' takes out those of \"comments\""
    ),
    (#"{"a'b":"no name to type"}"#, "in:2: field \"text\": missing; only objects with a text are comments"),
    (#"{"text":5}"#, "in:2: field \"text\": a string is needed"),
    (#"{"text":"x","weight":-1}"#, "in:2: field \"weight\": a number of 0 or more is needed"),
    (#"{"text":"x","weight":1000000001}"#, "in:2: field \"weight\": it is above 1000000000"),
    (#"{"text":"x","weight":1e78}"#, "in:2: field \"weight\": it is above 1000000000"),
    (#"{"text":"x","auxiliary":1}"#, "in:2: field \"auxiliary\": true or false is needed"),
    (#"{"text":"x","labels":{"a":"maybe"}}"#, "in:2: field \"labels.a\": true, false or null is needed"),
    (#"{"text":"x","labels":[]}"#, "in:2: field \"labels\": an object such as {\"off_topic\":true} is needed"),
    (#"{"kind":"article","body":"x"}"#, "in:2: field \"id\": missing; an article needs one, its comments name it as article_id"),
    (#"{"kind":"post","text":"x"}"#, "in:2: field \"kind\": \"post\" is neither \"article\" nor \"comment\""),
    (#"{"text":"x""#, "in:2: no valid JSON object: the value breaks off at byte 11"),
    ("[1]", "in:2: no valid JSON object: an object was expected at byte 0"),
  ])
  func setsABadRecordAsideAndGoesOn(line: String, message: String) throws {
    let (records, rejections) = try readAll("{\"text\":\"before\"}\n\(line)\n{\"text\":\"after\"}\n")
    #expect(records.comments.map(\.text) == ["before", "after"])
    #expect(rejections.map(\.description) == [message])
    #expect(rejections.first?.raw == Array(line.utf8))
  }

  @Test func acceptsAByteOrderMarkAndCRLF() throws {
    let (records, rejections) = try readAll([0xEF, 0xBB, 0xBF] + Array("{\"text\":\"a\"}\r\n{\"text\":\"b\"}\r\n".utf8))
    #expect(records.comments.map(\.text) == ["a", "b"])
    #expect(rejections.isEmpty)
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    var records = Samples.records
    records.append(
      .comment(
        Comment(
          id: "x\"\\\n", text: "\u{1}\u{7F} 😀 \u{2028}", weight: 0.5, isAuxiliary: true, depth: 2,
          extra: ["f": 1.5, "g": .array([true, .null])])))
    var writer = JSONWriter()
    for record in records { RecordWriter.append(record, to: &writer) }
    let (read, rejections) = try readAll(writer.bytes)
    #expect(rejections.isEmpty)
    #expect(read.articles == records.articles)
    let comments = read.comments.map { comment in
      var comment = comment
      comment.source = nil
      return comment
    }
    #expect(comments == records.comments)
  }

  /// Ten thousand mutated files: every line is a record or a rejection, and nothing crashes.
  @Test func mutationsLoseNothing() throws {
    var writer = JSONWriter()
    for record in Samples.records.prefix(5) { RecordWriter.append(record, to: &writer) }
    var mutator = Mutator(seed: 77)
    for _ in 0..<10_000 {
      let bytes = mutator.mutate(writer.bytes)
      let (records, rejections) = try readAll(bytes, format: .jsonLines)
      let lines = bytes.split(separator: 0x0A).count { $0.contains { $0 > 0x20 } }
      #expect(records.count + rejections.count == lines)
    }
  }

  @Test func aLineBeyondTheLimitIsPassedOver() throws {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: (16 << 20) + 10)
    let (records, rejections) = try readAll(Array("{\"text\":\"a\"}\n".utf8) + long + Array("\n{\"text\":\"b\"}".utf8))
    #expect(records.comments.map(\.text) == ["a", "b"])
    #expect(rejections.map(\.description) == ["in:2: the line is longer than 16 MiB"])
  }

  @Test func decisionsThatRecurMeanTheSameAndOthersAreNotTakenForThem() throws {
    let long = (0..<200).map { "\"label\($0)\":true" }.joined(separator: ",")
    let written: [(String, [String: Bool])] = [
      (#"{"a":true}"#, ["a": true]), (#"{"a":0}"#, ["a": false]), (#"{"b":true}"#, ["b": true]), (#"{ "a": true }"#, ["a": true]),
      ("null", [:]), ("{}", [:]), (#"{"a":null,"b":1}"#, ["b": true]), (#"{"b":1,"a":false}"#, ["a": false, "b": true]),
      (#"{"c":true}"#, ["c": true]), (#"{"d":true}"#, ["d": true]),
      ("{\(long)}", Dictionary(uniqueKeysWithValues: (0..<200).map { ("label\($0)", true) })),
    ]
    // More than are remembered, each several times and in changing order.
    let order = (0..<5 * written.count).map { $0 * 7 % written.count }
    let lines = order.map { #"{"text":"x","labels":"# + written[$0].0 + "}\n" }.joined()
    let read = try readAll(lines, format: .jsonLines)
    #expect(read.rejections.isEmpty)
    let labels = read.records.map { if case .comment(let comment) = $0 { comment.labels } else { ["no comment": true] } }
    #expect(labels == order.map { written[$0].1 })
  }
}
