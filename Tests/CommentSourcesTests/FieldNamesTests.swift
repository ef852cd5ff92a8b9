import BelowTheLine
import CommentSources
import TestSupport
import Testing

struct FieldNamesTests {
  private func read(_ text: String, _ fields: FieldNames) throws -> (records: [Record], rejections: [Rejection]) {
    var records: [Record] = []
    var rejections: [Rejection] = []
    try SourceReader(name: "in", bytes: Array(text.utf8), fields: fields).read { event in
      switch event {
      case .record(let record): records.append(record)
      case .rejected(let rejection): rejections.append(rejection)
      case .passedOver: break
      }
    }
    return (records, rejections)
  }

  private static let names = FieldNames(
    text: "data.body", id: "key", article: "data.story", parent: "up", author: "who.name", time: "at",
    labels: ["off_topic": "flags.ot", "toxic": "tox"])

  @Test func pathsLeadIntoObjects() throws {
    let (records, rejections) = try read(
      """
      {"key":5,"data":{"body":"Hi","story":"s1"},"up":null,"who":{"name":"Ann"},"at":"2024","flags":{"ot":"no"},"tox":0.5,"text":"other","kind":"t1"}
      {"key":"6","data.body":"dotted","tox":0.49,"status":"ok"}
      {"key":"7","data":{"story":"s1"}}
      {"key":"8","data":{"body":["x"]}}
      {"key":"9","data":{"body":"x"},"tox":"perhaps"}
      {"kind":"article","id":"s1","body":"An article stays one."}
      """, Self.names)
    #expect(
      rejections.map(\.description) == [
        "in:3: field \"data.body\": missing; only objects with a text are comments", "in:4: field \"data.body\": a string is needed",
        "in:5: field \"tox\": \"perhaps\" is neither yes nor no, nor a number",
      ])
    #expect(records.articles == [Article(id: "s1", body: "An article stays one.")])
    let comments = records.comments
    #expect(comments.map(\.id) == ["5", "6"])
    #expect(comments.map(\.text) == ["Hi", "dotted"])
    #expect(comments.map(\.articleID) == ["s1", nil])
    #expect(comments.map(\.author) == ["Ann", nil])
    #expect(comments.map(\.createdAt) == ["2024", nil])
    #expect(comments.map(\.labels) == [["off_topic": false, "toxic": true], ["toxic": false]])
    #expect(comments[0].extra["source_text"] == "other")
    #expect(comments[0].extra["source_kind"] == "t1")
    #expect(comments[1].status == "ok")
    try expectRoundTrip(records)
  }

  @Test func columnsByName() throws {
    let fields = FieldNames(text: "Remark", id: "No", author: "text", labels: ["toxic": "toxicity", "any": "toxicity", "off_topic": "ot"])
    let (records, rejections) = try read("No,Remark,text,toxicity,ot,kind\n1,Hi,Ann,0.5,,x\n2,Ho,Bob,0.4999,yes,\n3,Hu,,much,,\n", fields)
    #expect(
      withoutSources(records) == [
        .comment(
          Comment(
            id: "1", author: "Ann", text: "Hi", labels: ["toxic": true, "any": true],
            extra: ["source_kind": "x"])),
        .comment(
          Comment(
            id: "2", author: "Bob", text: "Ho", labels: ["toxic": false, "any": false, "off_topic": true],
            extra: ["source_kind": ""])),
      ])
    #expect(rejections.map(\.description) == ["in:4: field \"any\": \"much\" is neither yes nor no, nor a number"])
    try expectRoundTrip(records)
  }

  @Test func aColumnThatIsNotThereIsAnError() {
    #expect(throws: InputError(source: "in", reason: "no column is named \"words\": the header names id, text")) {
      try SourceReader(name: "in", bytes: Array("id,text\n1,a\n".utf8), format: .csv, fields: FieldNames(text: "words")).read { _ in }
    }
    #expect(throws: InputError.self) { try read("id,text\n1,a\n", FieldNames(labels: ["a": "b"])) }
    // Not the first line of a page, though none of its columns is known to hold texts.
    #expect(throws: InputError.self) { try read("key,remark\n1,a\n", FieldNames(text: "remarks")) }
  }

  @Test func namesOverrideTheFormat() throws {
    let line = #"{"id":"k1","link_id":"t3_p9","body":"Hi","selftext":"x"}"#
    #expect(try read(line, FieldNames()).records.comments.map(\.id) == ["t1_k1"])
    #expect(try read(line, FieldNames(text: "body")).records.comments.map(\.id) == ["k1"])
  }

  @Test func corporaNeedNoNames() throws {
    let comments = try readAll(
      "article_id,comment_counter,comment_author,timestamp,post_time,comment_text,TotalVotes,posVotes,negVotes\n"
        + "55,55_1,Ann,1325574000000,2012-01-03,\"Who pays, then?\",3,2,1\n")
    #expect(comments.rejections.isEmpty)
    #expect(
      withoutSources(comments.records) == [
        .comment(
          Comment(
            id: "55_1", articleID: "55", author: "Ann", createdAt: "1325574000000", text: "Who pays, then?",
            extra: ["post_time": "2012-01-03", "TotalVotes": "3", "posVotes": "2", "negVotes": "1"]))
      ])
    let articles = try readAll(
      "article_id,title,article_url,author,published_date,article_text\n"
        + "55,Ferry,https://x.example/f,Desk,2012-01-03,\"<p>It burnt.</p><p>Nobody was hurt.</p>\"\n,No id,,,,text\n")
    #expect(
      articles.records == [.article(Article(id: "55", url: "https://x.example/f", title: "Ferry", body: "It burnt.\nNobody was hurt."))])
    #expect(
      articles.rejections.map(\.description) == [
        "in:3: field \"article_id\": missing; an article needs one, its comments name it as article_id"
      ])
    let civil = try read("text,toxicity,insult\nHi there,0.8,0.1\n", FieldNames(labels: ["toxic": "toxicity", "insult": "insult"]))
    #expect(civil.records.comments.map(\.labels) == [["toxic": true, "insult": false]])
  }

  @Test func mutatedRowsLoseNothing() throws {
    let rows = Array("1,Hi,Ann,0.5,\n2,Ho,Bob,0.4,yes\r\n3,Hu,Cyd,1,no\n".utf8)
    let fields = FieldNames(text: "Remark", labels: ["toxic": "tox", "off_topic": "ot"])
    var mutator = Mutator(seed: 15)
    for _ in 0..<2500 {
      let mutated = mutator.mutate(rows).filter { $0 != UInt8(ascii: "\"") }
      let (records, rejections) = try read("No,Remark,who,tox,ot\n" + String(decoding: mutated, as: UTF8.self), fields)
      #expect(records.count + rejections.count == mutated.split(separator: 0x0A).count { !$0.isEmpty && $0 != [0x0D] })
    }
  }

  /// Whatever the columns are called, what is read is written so that it reads back the same.
  @Test func anyTableMakesARoundTrip() throws {
    let table = Array("text,kind,labels,status,source,weight,id\none,article,x,ok,web,5,1\ntwo,comment,,,,2,\n".utf8)
    try expectRoundTrip(try readAll(table, format: .csv).records)
    var mutator = Mutator(seed: 16)
    var read = 0
    for _ in 0..<2000 {
      guard let records = try? readAll(mutator.mutate(table), format: .csv).records else { continue }
      try expectRoundTrip(records)
      read += records.count
    }
    #expect(read > 1500)
  }

  @Test func aStatusIsAWordAndAnythingElseIsKept() throws {
    let (records, rejections) = try readAll(#"{"text":"a","status":"spam"}\#n{"text":"b","status":["x"]}\#n{"text":"c","status":null}"#)
    #expect(rejections.isEmpty)
    #expect(records.comments.map(\.status) == ["spam", nil, nil])
    #expect(records.comments[1].extra["status"] == .array(["x"]))
    #expect(records.comments.map { $0.group(by: "status") } == ["spam", nil, nil])
    try expectRoundTrip(records)
  }

  private struct Case: Sendable {
    var rule: String
    var status: String?
    var extra: [String: JSONValue] = [:]
    var label: Bool?
  }

  private static let cases = [
    Case(rule: "status=rejected:x", status: "rejected", label: true), Case(rule: "status=rejected:x", status: "approved", label: false),
    Case(rule: "status=rejected:x", label: nil), Case(rule: "flair=a:b:x", extra: ["flair": "a:b"], label: true),
    Case(rule: "tags=two:x", extra: ["tags": .array(["one", "two"])], label: true),
    Case(rule: "tags=three:x", extra: ["tags": .array(["one"])], label: false), Case(rule: "score=5:x", extra: ["score": 5], label: true),
    Case(rule: "score=5:x", extra: ["score": .null], label: nil),
    Case(rule: "flair= a :x", extra: ["flair": "a "], label: true),
    // An empty cell is no decision.
    Case(rule: "status=rejected:x", status: "", label: nil), Case(rule: "state=rejected:x", extra: ["state": " "], label: nil),
  ]

  @Test(arguments: cases)
  private func aPastDecisionBecomesALabel(example: Case) throws {
    let rule = try #require(LabelRule(example.rule))
    var comment = Comment(id: "1", text: "x", status: example.status, extra: example.extra)
    LabelRule.apply([rule], to: &comment)
    #expect(comment.labels["x"] == example.label)
    #expect(comment.labels.count == (example.label == nil ? 0 : 1))
    var empty = Comment(id: "1", text: "", status: example.status, extra: example.extra)
    LabelRule.apply([rule], to: &empty)
    #expect(empty.labels.isEmpty)
  }

  @Test func rulesForOneLabelAreAlternativesAndTheRowsOwnLabelStays() throws {
    let rules = try ["status=removed:x", "status=spam:x", "status=spam:own"].map { try #require(LabelRule($0)) }
    for (status, label) in [("removed", true), ("spam", true), ("fine", false)] {
      var comment = Comment(id: "1", text: "x", status: status, labels: ["own": status == "fine"])
      LabelRule.apply(rules, to: &comment)
      #expect(comment.labels == ["x": label, "own": status == "fine"])
    }
  }

  @Test(arguments: ["", "status", "status=x", "=x:y", "status=x:", "a:b=c"])
  func aRuleThatIsNoneIsNil(text: String) { #expect(LabelRule(text) == nil) }
}
