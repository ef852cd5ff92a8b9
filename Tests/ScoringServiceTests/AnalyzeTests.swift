import BelowTheLine
import ScoringService
import TestSupport
import Testing

/// What a caller of Perspective API sends and expects, field by field as version v1alpha1 names them.
struct AnalyzeTests {
  private static let text = "They set that fire themselves, a hidden cabal!"

  static let example = Array(
    #"""
    {"comment":{"text":"They set that fire themselves, a hidden cabal!","type":"PLAIN_TEXT"},
     "context":{"articleAndParentComment":{"article":{"text":"The ferry fire"},"parentComment":{"text":"Third fire."}}},
     "requestedAttributes":{"CONSPIRACY":{"scoreType":"PROBABILITY","scoreThreshold":0},"OFF_TOPIC":{}},
     "languages":["en"],"doNotStore":true,"clientToken":"t-1","sessionId":"s","communityId":"c","spanAnnotations":false}
    """#.utf8)

  private static func answer(_ request: String) throws -> JSONValue {
    try ScoringServiceTests.value(ScoringServiceTests.service().analyze(Array(request.utf8)))
  }

  private static func request(comment: String = #"{"text":"A hidden cabal!"}"#, context: String = "{}", attributes: String) -> String {
    #"{"comment":\#(comment),"context":\#(context),"requestedAttributes":\#(attributes)}"#
  }

  @Test func theAnswerHasItsFields() throws {
    let answer = try ScoringServiceTests.value(ScoringServiceTests.service().analyze(Self.example))
    #expect(answer["languages"] == .array(["en"]) && answer["clientToken"] == "t-1" && answer["unscored"] == nil)
    #expect(answer["attributeScores"]?.members.map(\.key) == ["CONSPIRACY", "OFF_TOPIC"])
    let score = try #require(answer["attributeScores"]?["CONSPIRACY"])
    #expect(score["summaryScore"]?["type"] == "PROBABILITY")
    #expect(0...1 ~= (try #require(score["summaryScore"]?["value"]?.double)))
    let span = try #require(score["spanScores"]?.elements.first)
    #expect(span["begin"]?.integer == 0 && span["end"]?.integer == Self.text.utf16.count && span["score"] == score["summaryScore"])
  }

  /// The score of a row of `POST /score`.
  private static func rowScore(_ records: [String], _ label: String) throws -> JSONValue? {
    let rows = try ScoringServiceTests.service().score(Array(records.joined(separator: "\n").utf8)).bytes.split(separator: 0x0A)
    return try ScoringServiceTests.value(#require(rows.last))["scores"]?[label]
  }

  @Test func contextIsRead() throws {
    let article = #"{"kind":"article","id":"1","body":"Eleven weeks without rain halve the wheat harvest in Orland."}"#
    let (first, second) = (
      #"{"id":"a","article_id":"1","text":"The wheat is knee high."}"#, #"{"id":"b","article_id":"1","text":"Dear bread."}"#
    )
    let comment = #"{"id":"c","article_id":"1","text":"The river is low too."}"#
    let reply = #"{"id":"c","article_id":"1","parent_id":"b","text":"The river is low too."}"#
    func value(_ context: String) throws -> JSONValue? {
      try Self.answer(Self.request(comment: #"{"text":"The river is low too."}"#, context: context, attributes: #"{"OFF_TOPIC":{}}"#))[
        "attributeScores"]?["OFF_TOPIC"]?["summaryScore"]?["value"]
    }
    let entry = #"{"text":"Eleven weeks without rain halve the wheat harvest in Orland."}"#
    #expect(try value(#"{"entries":[\#(entry)]}"#) == Self.rowScore([article, comment], "off_topic"))
    #expect(
      try value(#"{"entries":[\#(entry),{"text":"The wheat is knee high."},{"text":"Dear bread."}]}"#)
        == Self.rowScore([article, first, second, comment], "off_topic"))
    #expect(
      try value(#"{"articleAndParentComment":{"article":\#(entry),"parentComment":{"text":"Dear bread."}}}"#)
        == Self.rowScore([article, second, reply], "off_topic"))
  }

  @Test func whatCannotBeScoredIsTold() throws {
    let answer = try Self.answer(Self.request(attributes: #"{"OFF_TOPIC":{},"CONSPIRACY":{}}"#))
    #expect(answer["attributeScores"]?.members.map(\.key) == ["CONSPIRACY"])
    #expect(answer["unscored"]?.members.map(\.key) == ["OFF_TOPIC"])
  }

  @Test func scoresBelowTheThresholdAreLeftOut() throws {
    let answer = try Self.answer(Self.request(attributes: #"{"CONSPIRACY":{"scoreThreshold":1.1}}"#))
    #expect(answer["attributeScores"] == .object([]) && answer["unscored"] == nil)
  }

  @Test func numbersMayBeStrings() throws {
    let answer = try Self.answer(Self.request(attributes: #"{"CONSPIRACY":{"scoreThreshold":"1.1"}}"#))
    #expect(answer["attributeScores"] == .object([]))
  }

  @Test func anAttributeIsAnsweredOnce() throws {
    let answer = try Self.answer(Self.request(attributes: #"{"CONSPIRACY":{},"CONSPIRACY":{}}"#))
    #expect(answer["attributeScores"]?.members.map(\.key) == ["CONSPIRACY"])
  }

  @Test func manyEntriesAreNoContext() throws {
    let entries = Array(repeating: #"{"text":"a"}"#, count: ScoringService.mostRecords).joined(separator: ",")
    let request = Self.request(context: #"{"entries":[\#(entries)]}"#, attributes: #"{"CONSPIRACY":{}}"#)
    let error = #expect(throws: RequestError.self) { try ScoringServiceTests.service().analyze(Array(request.utf8)) }
    #expect(error?.kind == .contentTooLarge)
  }

  @Test func labelsAreNamedAsTheyAreToo() throws {
    let answer = try Self.answer(Self.request(attributes: #"{"conspiracy":{}}"#))
    #expect(answer["attributeScores"]?.members.map(\.key) == ["conspiracy"])
  }

  @Test func tagsOfHTMLAreNoWords() throws {
    let attributes = #"{"CONSPIRACY":{}}"#
    let plain = try Self.answer(Self.request(attributes: attributes))
    let tagged = try Self.answer(Self.request(comment: #"{"text":"<p>A hidden <b>cabal</b>!</p>","type":"HTML"}"#, attributes: attributes))
    #expect(plain == tagged)
  }

  @Test(
    "What is wrong is named",
    arguments: [
      ("", "no JSON"), ("[]", "comment.text is missing"), (#"{"comment":{"text":" \n"}}"#, "comment.text is empty"),
      (#"{"comment":{"text":7}}"#, "comment.text is no string"), (#"{"comment":"a"}"#, "comment is no object"),
      (#"{"comment":{"text":"\u00a0"}}"#, "comment.text is empty"),
      (#"{"comment":{"text":"a"},"context":{"entries":"b"},"requestedAttributes":{"CONSPIRACY":{}}}"#, "context.entries is no array"),
      (#"{"comment":{"text":"a"},"context":{"entries":["b"]},"requestedAttributes":{"CONSPIRACY":{}}}"#, "context.entries[0] is no object"),
      (#"{"comment":{"text":"a"},"requestedAttributes":{"CONSPIRACY":{"scoreThreshold":"high"}}}"#, "scoreThreshold is no number"),
      (#"{"comment":{"text":"a"}}"#, "CONSPIRACY, OFF_TOPIC"),
      (#"{"comment":{"text":"a"},"requestedAttributes":{"TOXICITY":{}}}"#, "TOXICITY"),
      (#"{"comment":{"text":"a"},"requestedAttributes":{"CONSPIRACY":{"scoreType":"PERCENTILE"}}}"#, "PERCENTILE"),
      (#"{"comment":{"text":"a"},"context":{"entries":[{"text":[]}]},"requestedAttributes":{"CONSPIRACY":{}}}"#, "context.entries[0].text"),
    ])
  func refusals(request: String, reason: String) throws {
    let error = #expect(throws: RequestError.self) { try ScoringServiceTests.service().analyze(Array(request.utf8)) }
    #expect(error?.kind == .badRequest && error?.reason.contains(reason) == true, "\(String(describing: error))")
  }
}
