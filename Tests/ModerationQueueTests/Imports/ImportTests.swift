import BelowTheLine
import ModerationQueue
import Testing

struct ImportTests {
  private func store(labelStudio: Bool = true) throws -> (TemporaryStore, [QueueItem]) {
    let temporary = try TemporaryStore()
    return (temporary, try temporary.store.items())
  }

  private func task(_ item: QueueItem, _ choices: String, by person: String) throws -> JSONValue {
    var writer = JSONWriter()
    LabelStudioExport.append(item, to: &writer)
    let data = try #require(try JSONScanner.parse(String(decoding: writer.bytes, as: UTF8.self))["data"])
    let result = choices.isEmpty ? "[]" : #"[{"id":"x","type":"choices","value":{"choices":[\#(choices)]}}]"#
    return try JSONScanner.parse(
      #"{"id":5,"data":\#(JSONWriter.text(data)),"annotations":[{"completed_by":\#(person),"was_cancelled":false,"#
        + #""updated_at":"2026-11-20T10:00:00.123456Z","result":\#(result)}]}"#)
  }

  @Test func labelStudioComesBack() throws {
    let (temporary, items) = try store()
    let tasks = try [
      task(items[3], #""off_topic""#, by: #"{"id":3,"email":"anna@example.org"}"#), task(items[4], "", by: "7"),
    ]
    let decisions = try tasks.flatMap(LabelStudioImport.decisions)
    #expect(decisions.map(\.moderator) == ["anna@example.org", "label-studio-7"])
    #expect(decisions.map(\.time) == ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"])
    #expect(try temporary.store.add(decisions, as: "x").decided == 2)
    #expect(try temporary.store.items(numbers: [4])[0].labels == ["off_topic": true, "conspiracy": false])
    #expect(try temporary.store.items(numbers: [5])[0].labels == ["off_topic": false, "conspiracy": false])
    // What is to become of the comment is still open.
    #expect(try temporary.store.items(numbers: [4])[0].state == .pending)
    #expect(try temporary.store.add(decisions, as: "x").unchanged == 2)
    #expect(try temporary.store.verify().problems == [])
  }

  @Test func somebodyElseHasASecondOpinion() throws {
    let (temporary, items) = try store()
    try temporary.store.decide(4, DecisionRequest(moderator: "carla", action: .approve, labels: ["off_topic": false]))
    let decisions = try LabelStudioImport.decisions(in: task(items[3], #""off_topic""#, by: "7"))
    #expect(try temporary.store.add(decisions, as: "x").opinions == 1)
    #expect(try temporary.store.items(numbers: [4])[0].labels == ["off_topic": false])
  }

  @Test func doccanoComesBack() throws {
    let (temporary, items) = try store()
    var writer = JSONWriter()
    DoccanoExport.append(items[3], to: &writer)
    let line = try JSONScanner.parse(
      String(decoding: writer.bytes, as: UTF8.self).replacing(#""label":[]"#, with: #""label":["off_topic"],"id":99"#))
    let decision = try #require(try DoccanoImport.decision(line))
    #expect(try temporary.store.add([decision], as: "anna").decided == 1)
    #expect(try temporary.store.items(numbers: [4])[0].labels == ["off_topic": true, "conspiracy": false])
    let empty = try JSONScanner.parse(#"{"id":1,"text":"t","label":[],"comment_id":"c1"}"#)
    #expect(try DoccanoImport.decision(empty) == nil)
    #expect(try DoccanoImport.decision(empty, emptyIsNo: true)?.labels == [:])
  }

  /// What a tool was told of, and nobody touched there, comes back as nobody's decision.
  @Test func whatWasNotEditedChangesNothing() throws {
    let (temporary, _) = try store()
    try temporary.store.decide(4, DecisionRequest(moderator: "bert", action: .approve, labels: ["conspiracy": true]))
    try temporary.store.decide(5, DecisionRequest(moderator: "bert", action: .approve, labels: ["conspiracy": false]))
    let items = try temporary.store.items(numbers: [4, 5])
    var decisions: [ImportedDecision] = []
    for item in items {
      var writer = JSONWriter()
      LabelStudioExport.append(item, to: &writer)
      decisions += try LabelStudioImport.decisions(in: try JSONScanner.parse(String(decoding: writer.bytes, as: UTF8.self)))
      writer.removeAll()
      DoccanoExport.append(item, to: &writer)
      let line = try JSONScanner.parse(String(decoding: writer.bytes, as: UTF8.self))
      decisions += [try DoccanoImport.decision(line, emptyIsNo: true)].compactMap(\.self)
    }
    #expect(decisions.count == 4)
    #expect(try temporary.store.add(decisions, as: "anna").unchanged == 4)
    #expect(try temporary.store.add(decisions, as: "bert").unchanged == 4)
    // Who spent time on it has said the same.
    decisions[0].exportedModerator = nil
    #expect(try temporary.store.add([decisions[0]], as: "anna").opinions == 1)
  }

  /// A row of a table that anna had decided, as the queue exports it.
  private func row(_ labels: [String: Bool]) -> ImportedDecision {
    ImportedDecision(commentID: "c1", labels: labels, isPartial: true, exportedModerator: "anna", reason: "off_topic", note: "anna's words")
  }

  @Test func whatIsEditedInATableIsDecidedByWhoeverImportsIt() throws {
    let store = try TemporaryStore().store
    try store.decide(
      2, DecisionRequest(moderator: "anna", action: .reject, labels: ["off_topic": true], reason: "off_topic", note: "anna's words"))
    #expect(try store.add([row(["off_topic": true])], as: "carla").unchanged == 1)
    #expect(try store.add([row(["off_topic": false])], as: "carla").opinions == 1)
    #expect(try store.add([row(["off_topic": false])], as: "carla").unchanged == 1)
    let entries = try store.decisions(on: 2)
    #expect(entries.map(\.moderator) == ["anna", "carla"])
    #expect(entries.map(\.note) == ["anna's words", nil])
    #expect(try store.items(numbers: [2])[0].labels == ["off_topic": true])
  }

  @Test func whatTheLogHasIsNotImportedAgainAfterSomebodyDecidedOtherwise() throws {
    let store = try TemporaryStore().store
    try store.decide(2, DecisionRequest(moderator: "anna", action: .label, labels: ["off_topic": true]))
    let own = ImportedDecision(commentID: "c2", labels: ["off_topic": true])
    #expect(try store.add([own], as: "bert").decided == 1)
    try store.decide(2, DecisionRequest(moderator: "carla", action: .label, labels: ["off_topic": false]))
    try store.decide(3, DecisionRequest(moderator: "bert", action: .label, labels: ["off_topic": false]))
    #expect(try store.add([row(["off_topic": true]), own], as: "bert").unchanged == 2)
    #expect(try store.items(numbers: [2, 3]).map(\.labels["off_topic"]) == [false, false])
  }

  @Test func whoSaysTheSameAtALaterTimeHasDecidedAnew() throws {
    let store = try TemporaryStore().store
    func add(_ value: Bool, _ time: String) throws -> ImportCounts {
      try store.add([ImportedDecision(commentID: "c1", labels: ["off_topic": value], isPartial: true, time: time)], as: "anna")
    }
    #expect(try add(true, "2026-11-20T10:00:00Z").decided == 1)
    #expect(try add(false, "2026-11-20T11:00:00Z").decided == 1)
    #expect(try add(true, "2026-11-20T10:00:00Z").unchanged == 1)
    #expect(try add(true, "2026-11-20T12:00:00Z").decided == 1)
    #expect(try add(true, "2026-11-20T13:00:00Z").unchanged == 1)
  }

  @Test func whatDoesNotFitIsTold() throws {
    let (temporary, _) = try store()
    let counts = try temporary.store.add(
      [
        ImportedDecision(commentID: "nowhere", labels: [:]),
        ImportedDecision(commentID: "c1", text: "another text", labels: [:]),
      ], as: "anna")
    #expect(counts.problems.count == 2)
    #expect(counts.decided == 0)
    #expect(throws: QueueError.self) { try LabelStudioImport.tasks(.object([])) }
    #expect(throws: QueueError.self) { try LabelStudioImport.decisions(in: .object([])) }
  }

  @Test(arguments: [#"[{"result":"off_topic"}]"#, #"[{"completed_by":7}]"#, #""off_topic""#])
  func anAnnotationThatCannotBeReadIsNoDecisionThatNoLabelHolds(annotations: String) throws {
    let task = try JSONScanner.parse(#"{"data":{"comment_id":"c1"},"annotations":\#(annotations)}"#)
    #expect(throws: QueueError.self) { try LabelStudioImport.decisions(in: task) }
  }

  @Test(arguments: [#"[[0,3,"off_topic"]]"#, #""off_topic""#, "[null]"])
  func labelsOfDoccanoThatAreNoneAreNoDecisionThatNoLabelHolds(labels: String) throws {
    let line = try JSONScanner.parse(#"{"comment_id":"c1","label":\#(labels)}"#)
    #expect(throws: QueueError.self) { try DoccanoImport.decision(line, emptyIsNo: true) }
  }
}
