import BelowTheLine
import Foundation
import TestSupport
import Testing

/// The queue as people and programs use it from the command line.
struct QueueCommandTests {
  private static let page = "TrainingData/pages/harbour-tunnel.txt"

  /// A store in a folder that goes when the test goes.
  private struct Desk {
    let folder: TemporaryFolder
    var store: String { folder.file("q.sqlite").path }

    init() throws {
      folder = try TemporaryFolder()
      let result = try Command.run("queue", "add", QueueCommandTests.page, "--store", store)
      #expect(result.status == 0, "\(result.errors)")
    }

    func queue(_ arguments: String...) throws -> Command.Result {
      try Command.run(["queue"] + arguments + ["--store", store])
    }
  }

  @Test func addingAgainChangesNothing() throws {
    let desk = try Desk()
    let again = try desk.queue("add", Self.page, "--json")
    #expect(again.status == 0)
    #expect(again.lines.last == #"{"comments":9,"added":0,"revised":0,"rescored":0,"unchanged":9}"#)
  }

  @Test func whatIsDecidedIsExportedAsLabelledRecordsAndVerified() throws {
    let desk = try Desk()
    let decided = try desk.queue(
      "decide", "4", "--as", "anna", "--action", "reject", "--label", "conspiracy=yes,off_topic=no", "--reason", "conspiracy", "--json")
    #expect(decided.status == 0, "\(decided.errors)")
    let entry = try JSONScanner.parse(try #require(decided.lines.first))
    #expect(entry["state"]?.text == "rejected")
    let records = try desk.queue("export", "--to", "training").lines.map { try JSONScanner.parse($0) }
    #expect(records.map { $0["kind"]?.text } == ["article", "comment"])
    #expect(records.last?["labels"]?["conspiracy"]?.bool == true)
    let verified = try desk.queue("verify", "--expect", try #require(entry["digest"]?.text))
    #expect(verified.status == 0, "\(verified.output)")
    #expect(try desk.queue("verify", "--expect", String(repeating: "0", count: 63) + "1").status == 1)
  }

  @Test func aNewLabelIsTold() throws {
    let desk = try Desk()
    let arguments = ["--as", "anna", "--action", "reject", "--label"]
    func errors(_ id: String, _ labels: String) throws -> String {
      try Command.run(["queue", "decide", id, "--store", desk.store] + arguments + [labels]).errors
    }
    #expect(try errors("1", "off_topic=yes,conspiracy=no") == "")
    let note = "btl: of_topic is a new label: no model scored it here, and nobody had decided it before\n"
    #expect(try errors("2", "of_topic=yes,conspiracy=no") == note)
    #expect(try errors("3", "of_topic=yes") == "")
    // Nothing came of it, so nothing is new.
    #expect(try !errors("1", "insult=yes").contains("new label"))
    #expect(try errors("4", "insult=yes").contains("insult is a new label"))
  }

  @Test func whatCannotFollowIsToldAndTheRestIsDecided() throws {
    let desk = try Desk()
    #expect(try desk.queue("decide", "1", "--as", "anna", "--action", "approve").status == 0)
    let result = try desk.queue("decide", "1", "2", "--as", "bert", "--action", "reject")
    #expect(result.status == 1)
    #expect(result.errors.contains("#1 is approved by anna"))
    #expect(result.output.hasPrefix("#2 rejected"))
  }

  @Test func aClaimIsForOnePerson() throws {
    let desk = try Desk()
    let first = try desk.queue("next", "--as", "anna", "--count", "5", "--json").lines
    let second = try desk.queue("next", "--as", "bert", "--count", "5", "--json").lines
    #expect(first.count == 5)
    #expect(second.count == 4)
    #expect(try desk.queue("next", "--as", "carla").errors.contains("nothing is pending that nobody has claimed"))
  }

  @Test(arguments: ["jsonl", "csv", "html", "label-studio", "doccano", "prodigy", "coral"])
  func everyFormatHasEveryComment(format: String) throws {
    let desk = try Desk()
    let result = try desk.queue("export", "--to", format)
    #expect(result.status == 0)
    #expect(result.errors.contains("9 comments exported"))
    #expect(result.output.contains("cousin") || format == "coral")
  }

  @Test func thePageOrdersCommentsByInstants() throws {
    let folder = try TemporaryFolder()
    let times = ["2024-03-01T00:30:00+02:00", "2024-02-29T23:00:00Z"]
    let dump = try folder.file("d.jsonl", times.map { #"{"text":"t","created_at":"\#($0)"}"# + "\n" }.joined())
    let store = folder.file("q.sqlite").path
    #expect(try Command.run("queue", "add", dump, "--store", store, "--unscored").status == 0)
    let page = try Command.run("queue", "export", "--to", "html", "--store", store).output
    #expect(page.matches(of: /data-t="(.*?)"/).compactMap { Double($0.1) } == [1_709_245_800, 1_709_247_600])
  }

  @Test func givenScoresAreKept() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("scored.jsonl", #"{"id":"a","text":"about time","scores":{"off_topic":0.875},"model":"elsewhere"}"# + "\n")
    let store = folder.file("q.sqlite").path
    #expect(try Command.run("queue", "add", dump, "--store", store).status == 0)
    let item = try JSONScanner.parse(try Command.run("queue", "list", "--store", store, "--json").output)
    #expect(item["scores"]?.members.map(\.key) == ["off_topic"])
    #expect(item["scores"]?["off_topic"]?.double == 0.875)
    #expect(item["model"]?.text == "elsewhere")
  }

  /// However the models differ that comments were scored with.
  @Test func aKeyMeansOneLabelThroughout() throws {
    let folder = try TemporaryFolder()
    let store = folder.file("q.sqlite").path
    let dump = try folder.file(
      "dump.jsonl",
      """
      {"id":"x1","text":"one","scores":{"conspiracy":0.5}}
      {"id":"x2","text":"two","scores":{"chatter":0.5,"conspiracy":0.4}}
      """)
    #expect(try Command.run("queue", "add", dump, "--store", store).status == 0)
    let session = try Command.run("review", "--store", store, "--as", "ivy", "--order", "age", input: "2a2a?q")
    #expect(session.output.contains("2 conspiracy: yes"))
    let training = try Command.run("queue", "export", "--store", store, "--to", "training").lines
    #expect(try training.map { try JSONScanner.parse($0)["labels"]?["conspiracy"]?.bool } == [true, true])
    #expect(!training.joined().contains("chatter"))
  }

  @Test func whatFlaggedACommentIsSeenInTheList() throws {
    let folder = try TemporaryFolder()
    let store = folder.file("q.sqlite").path
    let scores = #""a_first_label":0.01,"another_label":0.02,"the_last":0.9"#
    let dump = try folder.file("dump.jsonl", #"{"id":"x1","text":"one","scores":{\#(scores)},"thresholds":{"the_last":0.5}}"# + "\n")
    #expect(try Command.run("queue", "add", dump, "--store", store).status == 0)
    #expect(try Command.run("queue", "list", "--store", store).output.contains("the_last 90% ⚑  another"))
  }

  @Test(arguments: ["list", "stats", "verify"])
  func anEmptyFileIsNoStore(command: String) throws {
    let folder = try TemporaryFolder()
    let store = try folder.file("q.sqlite", "")
    let result = try Command.run("queue", command, "--store", store)
    #expect(result.status == 2)
    #expect(result.errors.contains("q.sqlite: the file is empty, and no store"))
    #expect(try Data(contentsOf: folder.file("q.sqlite")).isEmpty)
  }

  @Test func aNoteHoldsNoControlCharacters() throws {
    let desk = try Desk()
    _ = try desk.queue("decide", "1", "--as", "anna", "--action", "approve", "--note", "half\u{1B}[D é\u{7F}\nsecond line")
    #expect(try desk.queue("export", "--to", "jsonl").output.contains(#""note":"half[D é\nsecond line""#))
  }

  @Test func reviewTakesKeysFromAPipe() throws {
    let desk = try Desk()
    let session = try Command.run("review", "--store", desk.store, "--as", "anna", "--order", "age", input: "1ruasaq")
    #expect(session.status == 0, "\(session.errors)")
    #expect(session.output.contains("anna: 2 decided"))
    let log = try desk.queue("list", "--by", "anna", "--json").lines.map { try JSONScanner.parse($0) }
    #expect(log.map { $0["state"]?.text } == ["approved", "approved"])
    #expect(try desk.queue("verify").output.hasPrefix("9 comments, 4 decisions: in order"))
  }

  @Test func whatReviewShowsOfALabelIsWhatItWrites() throws {
    let desk = try Desk()
    #expect(try desk.queue("decide", "1", "--as", "bert", "--action", "label", "--label", "off_topic=yes,off_topic=no").status == 2)
    #expect(try desk.queue("decide", "1", "--as", "bert", "--action", "label", "--label", "off_topic=yes").status == 0)
    let session = try Command.run("review", "--store", desk.store, "--as", "anna", "--order", "age", input: "22aq")
    #expect(session.output.contains("2 off_topic: open"))
    let item = try JSONScanner.parse(try #require(try desk.queue("list", "--by", "anna", "--json").lines.first))
    #expect(item["labels"] == .object([]))
  }

  @Test func whoDecidesAnAppealSeesWhatWasSaid() throws {
    let desk = try Desk()
    _ = try desk.queue("decide", "1", "--as", "anna", "--action", "reject", "--reason", "spam", "--note", "buys followers")
    _ = try desk.queue("decide", "1", "--as", "reader", "--action", "appeal", "--note", "I\u{1B}[2J do not")
    let session = try Command.run("review", "--store", desk.store, "--as", "bert", "--state", "appealed", input: "h")
    #expect(session.output.contains("reject by anna") && session.output.contains("reason spam; note: buys followers"))
    #expect(session.output.contains("note: I[2J do not"))
    #expect(session.output.contains("h uphold  o overturn"))
    #expect(try desk.queue("list", "--by", "bert").output.contains("rejected"))
    #expect(try Command.run("review", "--help").output.contains("h uphold     o overturn"))
  }

  @Test func whatIsDecidedIsNamed() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("d.jsonl", #"{"id":"2","text":"first"}"# + "\n" + #"{"id":"1","text":"sec\u001bond"}"# + "\n")
    let store = folder.file("q.sqlite").path
    #expect(try Command.run("queue", "add", dump, "--store", store, "--unscored").status == 0)
    func decide(_ name: String) throws -> Command.Result {
      try Command.run("queue", "decide", name, "--store", store, "--as", "anna", "--action", "approve")
    }
    let ambiguous = try decide("1")
    #expect(ambiguous.status == 2)
    #expect(ambiguous.errors.contains("1 may be #1 (id:2 of \(dump)) or #2 (id:1 of \(dump))"))
    let decided = try decide("id:1")
    #expect(decided.lines.first?.hasPrefix("#2 approved") == true)
    #expect(decided.lines.last == "  id 1: sec\u{FFFD}ond")
  }

  @Test(arguments: [#"{"conspiracy":7,"toxic":0.5}"#, #"{"conspiracy":0.5,"toxic":"x"}"#, #"{"conspiracy":-0.1}"#])
  func scoresThatAreNoneAreRejected(scores: String) throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file(
      "d.jsonl", #"{"id":"a","text":"t","scores":\#(scores)}"# + "\n" + #"{"id":"b","text":"t","scores":{"toxic":null,"x":1}}"# + "\n")
    let store = folder.file("q.sqlite").path
    let added = try Command.run("queue", "add", dump, "--store", store, "--max-rejects", "0", "--rejects", folder.file("r").path)
    #expect(added.status == 1)
    #expect(added.errors.contains("2 records in: 1 comments queued, 0 articles, 1 rejected"))
    let rejected = try JSONScanner.parse(try String(contentsOf: folder.file("r"), encoding: .utf8))
    #expect(rejected["field"]?.text?.hasPrefix("scores.") == true)
    #expect(rejected["line"]?.integer == 1)
    #expect(try Command.run("queue", "list", "--store", store, "--json").lines.count == 1)
  }

  @Test func aPipeWillDoWhereEveryRecordBringsItsScores() throws {
    let store = try TemporaryFolder()
    func add(_ record: String) throws -> Command.Result {
      try Command.run("queue", "add", "-", "--store", store.file("q.sqlite").path, "--thread", "whole", input: record + "\n")
    }
    #expect(try add(#"{"id":"a","text":"t","scores":{"toxic":0.5}}"#).status == 0)
    let refused = try add(#"{"id":"b","text":"t"}"#)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("can be read only once"))
  }

  @Test(arguments: ["label-studio", "doccano", "csv"])
  func anImportThatCannotBeReadIsStatus1(format: String) throws {
    let result = try Desk().queue("import", "/nonexistent", "--from", format, "--as", "anna")
    #expect(result.status == 1)
    #expect(result.errors.contains("/nonexistent: "))
  }

  @Test(arguments: [
    (
      "label-studio", ": task 1: field \"data.comment_id\": ",
      #"[{"data":{"text":"t"}},{"data":{"comment_id":"a"},"annotations":[{"result":[]}]},{"data":{"comment_id":"b"}},"#
        + #"{"data":{"comment_id":"gone"},"annotations":[{"result":[]}]}]"#
    ),
    (
      "doccano", ":1: field \"comment_id\": ",
      #"{"label":["x"]}"# + "\n" + #"{"comment_id":"a","label":["x"]}"# + "\n" + #"{"comment_id":"b","label":[]}"# + "\n"
        + #"{"comment_id":"gone","label":["x"]}"#
    ),
    ("csv", ":2: field \"x\": ", "id,text,label_x\na,t,maybe\na,t,yes\nb,t,\ngone,t,no\n"),
  ])
  func aBadRecordIsSetAsideAndTheRestComesBack(format: String, problem: String, text: String) throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("d.jsonl", #"{"id":"a","text":"t"}"# + "\n" + #"{"id":"b","text":"t"}"# + "\n")
    let store = folder.file("q.sqlite").path
    #expect(try Command.run("queue", "add", dump, "--store", store, "--unscored").status == 0)
    let file = try folder.file("import", text)
    let rejects = folder.file("rejects").path
    let result = try Command.run("queue", "import", file, "--from", format, "--store", store, "--as", "anna", "--rejects", rejects)
    #expect(result.status == 1)
    #expect(result.errors.contains(file + problem), "\(result.errors)")
    let kept = try String(contentsOfFile: rejects, encoding: .utf8).split(separator: "\n").map { try JSONScanner.parse(String($0)) }
    #expect(kept.count == 2)
    for rejected in kept {
      #expect(rejected["source"]?.text == file && rejected["reason"]?.text?.isEmpty == false)
      #expect(rejected["raw"]?.text?.isEmpty == false)
    }
    #expect(kept.last?["raw"]?.text?.contains("gone") == true)
    #expect(result.errors.contains(": gone: it is not in the queue"))
    #expect(result.errors.contains("4 records in: 1 decisions, 0 second opinions, 0 known, 1 without a label, 2 rejected"))
    #expect(try Command.run("queue", "list", "--store", store, "--by", "anna", "--json").lines.count == 1)
  }

  @Test(arguments: ["[{", "{}"])
  func anExportThatIsNoneIsFatal(text: String) throws {
    let desk = try Desk()
    let result = try desk.queue("import", try desk.folder.file("x.json", text), "--from", "label-studio", "--as", "anna")
    #expect(result.status == 1)
    #expect(result.errors.contains("x.json: ") && result.errors.contains("0 records in: "))
  }

  @Test func aThresholdThatNeverFlagsIsAccepted() throws {
    let folder = try TemporaryFolder()
    func record(_ id: String, _ threshold: Double) -> String {
      #"{"id":"\#(id)","text":"t","scores":{"x":1},"thresholds":{"x":\#(threshold)}}"# + "\n"
    }
    let store = folder.file("q.sqlite").path
    let added = try Command.run(
      "queue", "add", try folder.file("d.jsonl", record("a", 2) + record("b", 2.5) + record("c", -0.5)), "--store", store)
    #expect(added.errors.contains("3 records in: 1 comments queued, 0 articles, 2 rejected"))
    #expect(added.errors.contains("field \"thresholds.x\": a number from 0 to 2 is needed"))
    #expect(try Command.run("queue", "list", "--store", store, "--json").lines.count == 1)
    #expect(try Command.run("queue", "list", "--store", store, "--flagged", "x", "--json").lines.isEmpty)
    #expect(try Command.run("queue", "next", "--store", store, "--as", "anna").output.contains("x: 100% (no threshold)"))
  }

  @Test func nothingIsLeftOfAnInputThatIsRefused() throws {
    let folder = try TemporaryFolder()
    let store = folder.file("q.sqlite").path
    let piped = try Command.run(
      "queue", "add", "-", "--store", store, "--thread", "whole", input: #"{"id":"b","text":"t"}"# + "\n")
    #expect(piped.status == 2)
    #expect(try Command.run("queue", "add", folder.file("nowhere").path, "--store", store).status == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    #expect(try Command.run("queue", "add", try folder.file("empty", ""), "--store", store, "--from", "jsonl").status == 0)
    #expect(FileManager.default.fileExists(atPath: store))
    #expect(try Command.run("queue", "add", "README.md", "--store", "/nonexistent/q.sqlite").status == 2)
  }

  @Test func errorsOfATableAreShortAndHarmless() throws {
    let desk = try Desk()
    let header = "\u{1B}]0;pwned\u{7}," + String(repeating: "x", count: 2000)
    let result = try desk.queue("import", try desk.folder.file("t.csv", header + "\n1,2\n"), "--from", "csv", "--as", "anna")
    #expect(result.status == 1)
    #expect(!result.errors.unicodeScalars.contains("\u{1B}"))
    #expect(result.errors.contains("pwned") && result.errors.count < 600)
  }

  @Test func whoeverImportsATableHasDecidedIt() throws {
    let desk = try Desk()
    _ = try desk.queue("decide", "1", "--as", "anna", "--action", "reject", "--label", "off_topic=yes", "--reason", "off_topic")
    let table = try desk.queue("export", "--to", "csv").output
    func importTable(_ text: String) throws -> String {
      try desk.queue("import", try desk.folder.file("t.csv", text), "--from", "csv", "--as", "carla").errors
    }
    #expect(try importTable(table).contains("0 decisions, 0 second opinions, 1 known"))
    let edited = table.replacing(",yes,reject,anna", with: ",no,reject,anna")
    #expect(edited != table)
    #expect(try importTable(edited).contains("0 decisions, 1 second opinions, 0 known"))
    #expect(try importTable(edited).contains("0 decisions, 0 second opinions, 1 known"))
    let log = try desk.queue("stats", "--json").output
    #expect(try JSONScanner.parse(log)["pairs"]?.elements.first?["second"]?.text == "carla")
  }

  @Test(arguments: [
    ["list", "--store", "x", "--since", "foo"], ["list", "--store", "x", "--until", "2024-02-30"],
    ["export", "--store", "x", "--to", "dsa", "--country", "deutschland"],
    ["reasons", "--store", "x", "--add", "a", "--title", "t", "--dsa-category", "NOPE"],
    ["list"], ["list", "--store", "/nonexistent/q.sqlite"], ["list", "--store", "README.md"], ["export", "--store", "x", "--to", "dsa"],
    ["decide", "1", "--store", "x", "--as", " ", "--action", "approve"], ["list", "--store", "x", "--score", "off_topic"],
  ])
  func unusableArgumentsAreStatus2(arguments: [String]) throws {
    let result = try Command.run(["queue"] + arguments)
    #expect(result.status == 2)
    #expect(result.output.isEmpty && !result.errors.isEmpty)
  }
}
