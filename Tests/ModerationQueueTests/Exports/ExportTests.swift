import BelowTheLine
import ModerationQueue
import TestSupport
import Testing

struct ExportTests {
  /// One rejected, one approved against the model, the rest open.
  private func decided() throws -> TemporaryStore {
    let temporary = try TemporaryStore()
    try temporary.store.decide(
      4, DecisionRequest(moderator: "anna", action: .reject, labels: ["off_topic": true, "conspiracy": false], reason: "off_topic"))
    try temporary.store.decide(3, DecisionRequest(moderator: "bert", action: .approve, labels: ["conspiracy": false]))
    return temporary
  }

  private func written(_ temporary: TemporaryStore, _ append: (QueueItem, inout JSONWriter) throws -> Void) throws -> [JSONValue] {
    var values: [JSONValue] = []
    try temporary.store.forEachItem { item in
      var writer = JSONWriter()
      try append(item, &writer)
      for line in String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n") {
        values.append(try JSONScanner.parse(String(line)))
      }
    }
    return values
  }

  @Test func objectsHoldEverything() throws {
    let values = try written(decided()) { $0.append(to: &$1) }
    #expect(values.count == 24)
    #expect(values[3]["labels"] == .object([JSONMember("conspiracy", .bool(false)), JSONMember("off_topic", .bool(true))]))
    #expect(values[3]["decision"]?["reason"]?.text == "off_topic")
    #expect(values[3]["scores"]?["conspiracy"]?.double == 0.1)
    #expect(values[2]["reasons"]?["conspiracy"]?["tokens"]?.elements.first?["text"]?.text == "They")
    #expect(values[0]["decision"] == nil)
  }

  @Test func rowsHaveTheColumnsOfTheHeader() throws {
    let store = try decided().store
    let export = CSVExport(labels: try store.labels())
    let rows = try store.items().map(export.row)
    #expect(rows.allSatisfy { $0.count == export.header.count })
    let column = try #require(export.header.firstIndex(of: "label_off_topic"))
    #expect(rows[3][column] == "yes")
    #expect(rows[0][column] == "")
  }

  @Test func labelStudioHasPredictionsAndAnnotations() throws {
    let tasks = try written(decided()) { LabelStudioExport.append($0, to: &$1) }
    #expect(tasks[3]["annotations"]?.elements.first?["result"]?.elements.first?["value"]?["choices"] == .array(["off_topic"]))
    // Decided, and nothing holds.
    #expect(tasks[2]["annotations"]?.elements.first?["result"] == .array([]))
    #expect(tasks[0]["annotations"] == .array([]))
    #expect(tasks[2]["predictions"]?.elements.first?["model_version"]?.text == "m1")
    let ids = tasks.flatMap { ($0["annotations"]?.elements ?? []) + ($0["predictions"]?.elements ?? []) }
      .flatMap { $0["result"]?.elements ?? [] }.compactMap { $0["id"]?.text }
    #expect(Set(ids).count == ids.count)
    #expect(ids.count == 7)
  }

  @Test func doccanoAndProdigy() throws {
    let temporary = try decided()
    let documents = try written(temporary) { DoccanoExport.append($0, to: &$1) }
    #expect(documents.map { $0["label"]?.elements.count } == documents.indices.map { $0 == 3 ? 1 : 0 })
    let answers = try written(temporary) { ProdigyExport.append($0, labels: ["conspiracy", "off_topic"], to: &$1) }
    #expect(answers.count == 48)
    #expect(answers.filter { $0["answer"] == "accept" }.map { $0["label"]?.text } == ["off_topic"])
    #expect(answers.count { $0["answer"] == "reject" } == 2)
    #expect(answers.count { $0["answer"] == "ignore" } == 45)
  }

  @Test func noScoreWithholdsACommentInCoral() throws {
    let temporary = try decided()
    let export = CoralExport(reasons: try temporary.store.reasons())
    let replies = try written(temporary) { export.append($0, to: &$1) }
    #expect(replies.count { $0["status"] == "NONE" } == 22)
    #expect(replies[3]["status"] == "REJECTED")
    #expect(replies[3]["rejectionReason"]?["code"] == "IRRELEVANT_CONTENT")
    #expect(replies[2]["status"] == "APPROVED")
    #expect(replies[2]["actions"]?.elements.first?["actionType"] == "FLAG")
  }

  @Test func onlyRejectionsNeedAStatement() throws {
    let temporary = try decided()
    let export = DSAExport(reasons: try temporary.store.reasons(), countries: ["DE"], ground: "rules")
    let statements = try written(temporary) { export.append($0, to: &$1) }
    #expect(statements.count == 1)
    #expect(statements[0]["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED")
    #expect(statements[0]["automated_detection"] == "No")
    #expect(statements[0]["territorial_scope"] == .array(["DE"]))
  }

  @Test func aRejectionKeepsItsReasonWhateverFollows() throws {
    let temporary = try TemporaryStore(filled: false)
    let store = temporary.store
    _ = try store.add([.comment(Comment(id: "1", text: "t"), source: "s", assessment: nil)])
    try store.decide(1, DecisionRequest(moderator: "anna", action: .approve))
    try store.decide(1, DecisionRequest(moderator: "anna", action: .undo))
    try store.decide(1, DecisionRequest(moderator: "anna", action: .reject, reason: "hate", note: "slur"))
    let (dsa, coral) = (
      DSAExport(reasons: try store.reasons(), countries: ["DE"], ground: "rules"), CoralExport(reasons: try store.reasons())
    )
    let statement = try written(temporary) { dsa.append($0, to: &$1) }
    let reply = try written(temporary) { coral.append($0, to: &$1) }
    #expect(statement[0]["category"] != "STATEMENT_CATEGORY_OTHER_VIOLATION_TC")
    try store.decide(1, DecisionRequest(moderator: "anna", action: .label, labels: ["conspiracy": false]))
    try store.decide(1, DecisionRequest(moderator: "author", action: .appeal))
    try store.decide(1, DecisionRequest(moderator: "boss", action: .uphold))
    #expect(try written(temporary) { dsa.append($0, to: &$1) } == statement)
    #expect(try written(temporary) { coral.append($0, to: &$1) } == reply)
    #expect(try store.items()[0].ruling?.sequence == 3)
  }

  @Test(arguments: [("2024-03-01T00:30:00+02:00", "2024-03-01"), ("yesterday", nil), ("2024-02-30", nil), (nil, nil)])
  func noDateIsInventedForAStatement(createdAt: String?, date: String?) throws {
    let temporary = try TemporaryStore(filled: false)
    _ = try temporary.store.add([.comment(Comment(id: "1", createdAt: createdAt, text: "t"), source: "s", assessment: nil)])
    try temporary.store.decide(1, DecisionRequest(moderator: "anna", action: .reject))
    let export = DSAExport(reasons: try temporary.store.reasons(), countries: ["DE"], ground: "rules")
    #expect(try written(temporary) { export.append($0, to: &$1) }[0]["content_date"] == date.map(JSONValue.string) ?? .null)
  }

  @Test func everyReasonHasACategoryThatTheDatabaseTakes() {
    #expect(ReasonCode.builtIn.allSatisfy { ReasonCode.dsaCategories.contains($0.dsaCategory) })
    #expect(Set(ReasonCode.dsaCategories).count == 16)
  }

  @Test func trainingRecordsComeAfterTheirArticleAndOverruledOnesWeighMore() throws {
    let temporary = try decided()
    var export = TrainingExport(overruledWeight: 3)
    var selection = Selection()
    selection.isDecided = true
    var records: [Record] = []
    try temporary.store.forEachItem(selection) { records += try export.records($0, body: temporary.store.articleBody) }
    guard case .article(let article) = records[0], case .comment(let overruled) = records[1], case .comment(let other) = records[2] else {
      Issue.record("\(records)")
      return
    }
    #expect(article == Samples.articles[0])
    #expect(overruled.weight == 3)
    #expect(overruled.labels == ["conspiracy": false])
    #expect(other.weight == 3)
    #expect(other.labels == ["conspiracy": false, "off_topic": true])
  }
}
