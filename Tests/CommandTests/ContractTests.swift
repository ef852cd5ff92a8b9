import BelowTheLine
import CommentSources
import Foundation
import TestSupport
import Testing

/// The contract of the command line, which others call as it stands: options may be added.
struct ContractTests {
  private static let examplePage = "TrainingData/pages/harbour-tunnel.txt"

  /// The invented threads of the test support, as a file.
  private static let threads: [UInt8] = {
    var writer = JSONWriter()
    for record in Samples.records { RecordWriter.append(record, to: &writer) }
    return writer.bytes
  }()

  // MARK: Exit status

  private static let statuses: [(arguments: [String], status: Int32)] = [
    (["score", "--no-such-option"], 2), (["no-such-command"], 2), (["score", "x", "--threads", "0"], 2),
    (["score", "-", "--thread", "whole"], 2), (["score", "/dev/null", "--thread", "whole"], 2), (["score", "x", "--thread", "half"], 2),
    (["score", "--model", "/nonexistent", "x"], 2), (["score", "--model", "README.md", "x"], 2),
    (["train", "x", "--output", "/tmp/x", "--characters", "six"], 2), (["explain"], 2), (["score", "/nonexistent"], 1),
    (["--version"], 0), (["--help"], 0),
  ]

  @Test(arguments: statuses)
  func exitStatus(arguments: [String], status: Int32) throws {
    let result = try Command.run(arguments)
    #expect(result.status == status, "\(result.errors)")
    if status != 0 { #expect(result.output.isEmpty && !result.errors.isEmpty) }
  }

  @Test func aWholeThreadKnowsWhatComesLater() throws {
    let folder = try TemporaryFolder()
    let texts = [
      "The ferry timetable was cut again and the harbour car park is closed", "Lovely weather for ducks today", "They cut the ferry again",
      "Who closed the harbour car park?",
    ]
    let lines = texts.enumerated().map { "{\"id\":\"\($0)\",\"article_id\":\"a\",\"text\":\"\($1)\"}\n" }
    let dump = try folder.file("dump.jsonl", lines.joined() + "no record\n")
    func scores(_ arguments: String...) throws -> [Double?] {
      let result = try Command.run(["score", dump, "--threads", "2"] + arguments)
      #expect(result.status == 0)
      #expect(result.errors.hasSuffix("btl: 5 records in: 4 comments scored, 0 articles, 1 rejected\n"))
      #expect(result.errors.split(separator: "\n").count == 2, "what is rejected is told once: \(result.errors)")
      return try result.lines.map { try JSONScanner.parse($0)["scores"]?["off_topic"]?.double }
    }
    let (before, whole) = (try scores("--thread", "before"), try scores("--thread", "whole"))
    #expect(before == (try scores()))
    // The first comment has nothing to be compared with but what comes later; for the last one nothing comes later.
    #expect(before[0] == nil)
    #expect(try #require(whole[0]) < #require(whole[1]))
    #expect(whole[3] == before[3])
    #expect(try scores("--thread", "whole", "--explain") == whole)
    // What cannot be read twice is refused before an older output is lost.
    #expect(try Command.run(["score", "-", "--thread", "whole", "--output", dump], input: []).status == 2)
    #expect(try scores() == before)
  }

  /// How much of a thread is seen is part of a model, so that it is used as it was trained.
  @Test func aModelTrainedOnWholeThreadsSeesThemWhole() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<60).map { index in
      let text = index % 3 == 0 ? "the recipe of my aunt number \(index)" : "the ferry to the harbour at \(index) is late"
      return "{\"id\":\"\(index)\",\"article_id\":\"a\(index % 7)\",\"text\":\"\(text)\",\"labels\":{\"off_topic\":\(index % 3 == 0)}}\n"
    }
    let (data, model) = (try folder.file("data.jsonl", lines.joined()), folder.file("model").path)
    let recipe = ["train", data, "--background", data, "--characters", "0", "--bits", "12", "--output", model]
    func score(_ arguments: String...) throws -> [String] {
      let result = try Command.run(["score", data, "--model", model] + arguments)
      #expect(result.status == 0)
      return result.lines
    }
    #expect(try Command.run(recipe + ["--thread", "whole"]).status == 0)
    #expect(try score() == score("--thread", "whole"))
    #expect(try score() != score("--thread", "before"))
    #expect(try Command.run(["score", "-", "--model", model], input: []).status == 2)
    #expect(try Command.run(["score", "-", "--model", model, "--thread", "before"], input: []).status == 0)
    // So does the explanation.
    func explained(_ arguments: String...) throws -> [Double?] {
      try Command.run(["explain", data, "--json", "--model", model] + arguments).lines.map {
        try JSONScanner.parse($0)["labels"]?["off_topic"]?["logit"]?.double.map { 1 / (1 + exp(-$0)) }
      }
    }
    func areNear(_ explained: [Double?], _ scored: [Double?]) -> Bool {
      explained.count == scored.count && zip(explained, scored).allSatisfy { abs(($0 ?? -1) - ($1 ?? -1)) <= 0.00005 }
    }
    #expect(try areNear(explained(), scored(score())))
    #expect(try areNear(explained("--thread", "before"), scored(score("--thread", "before"))))
    #expect(try Command.run(["explain", "-", "--model", model], input: []).status == 2)
    // So does the queue.
    func queued(_ arguments: String...) throws -> [Double?] {
      let store = folder.file("\(arguments.count).sqlite").path
      #expect(try Command.run(["queue", "add", data, "--model", model, "--store", store] + arguments).status == 0)
      let entries = try Command.run("queue", "export", "--to", "jsonl", "--store", store).lines.map { try JSONScanner.parse($0) }
      let scores = Dictionary(uniqueKeysWithValues: entries.map { ($0["id"]?.text ?? "", $0["scores"]?["off_topic"]?.double) })
      return (0..<lines.count).map { scores["\($0)"] ?? nil }
    }
    func scored(_ lines: [String]) throws -> [Double?] { try lines.map { try JSONScanner.parse($0)["scores"]?["off_topic"]?.double } }
    func rounded(_ scores: [Double?]) -> [Double?] { scores.map { $0.map { ($0 * 10_000).rounded() / 10_000 } } }
    #expect(try rounded(queued()) == scored(score()))
    #expect(try rounded(queued("--thread", "before")) == scored(score("--thread", "before")))
    let piped = Array(lines[0].utf8)
    #expect(try Command.run(["queue", "add", "-", "--model", model, "--store", folder.file("q").path], input: piped).status == 2)
    let figures = try Command.run(["evaluate", data, "--model", model, "--json"]).output
    #expect(try Command.run(["evaluate", data, "--model", model, "--json", "--thread", "whole"]).output == figures)
    #expect(try Command.run(["evaluate", data, "--model", model, "--json", "--thread", "before"]).output != figures)
    #expect(try Command.run(recipe).status == 0)
    #expect(try score() == score("--thread", "before"))
  }

  @Test func rejectionsAreCountedKeptAndLimited() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.jsonl", "{\"text\":\"one\"}\n{\"txt\":\"two\"}\nthree\n{\"text\":\"four\"}\n")
    let rejects = folder.file("rejects.jsonl").path
    let result = try Command.run("score", dump, "--rejects", rejects)
    #expect(result.status == 0)
    #expect(result.lines.count == 2)
    #expect(result.errors.contains("4 records in: 2 comments scored, 0 articles, 2 rejected"))
    #expect(result.errors.contains("\(dump):2: field \"text\": missing"))
    let kept = try String(contentsOfFile: rejects, encoding: .utf8).split(separator: "\n").map { try JSONScanner.parse(String($0)) }
    #expect(kept.map { $0["line"]?.integer } == [2, 3])
    #expect(kept.map { $0["field"]?.text } == ["text", nil])
    #expect(kept[1]["raw"]?.text == "three")
    #expect(try Command.run("score", dump, "--max-rejects", "1").status == 1)
    #expect(try Command.run("score", dump, "--max-rejects", "2").status == 0)
  }

  @Test func rejectionsAreKeptWhereTheRunEndsEarly() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.jsonl", "{\"text\":\"one\"}\n{\"txt\":\"two\"}\nthree\n")
    let rejects = folder.file("rejects.jsonl").path
    // There is no label to learn.
    let result = try Command.run("train", dump, "--rejects", rejects, "--output", folder.file("model").path)
    #expect(result.status == 2)
    #expect(result.errors.contains("3 records in: 1 comments read, 0 articles, 2 rejected"))
    #expect(try String(contentsOfFile: rejects, encoding: .utf8).split(separator: "\n").count == 2)
  }

  /// Nor does a note go into a file that was opened in its place.
  @Test(arguments: ["2>&-", "2>/dev/full", "2> >(exec true)"])
  func whereNotesCannotBeWrittenScoresAre(redirection: String) throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.jsonl", "{\"text\":\"one\"}\nthree\n")
    let (output, rejects) = (folder.file("out").path, folder.file("rejects").path)
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.arguments = ["-c", "'\(Command.binary.path)' score '\(dump)' --output '\(output)' --rejects '\(rejects)' \(redirection)"]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
    for file in [output, rejects] {
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      try #require(lines.count == 1)
      #expect(throws: Never.self) { try JSONScanner.parse(String(lines[0])) }
    }
  }

  @Test func anOutputStandsUntilTheNextIsWhole() throws {
    let folder = try TemporaryFolder()
    let output = try folder.file("out", "yesterday's\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: output)
    let bad = try folder.file(
      "bad.jsonl", "{\"text\":\"one\"}\n" + String(repeating: String(repeating: "x", count: 1000) + "\n", count: 100))
    // The run ends before it is done: the rejected records cannot be written.
    #expect(try Command.run("score", bad, "--rejects", "/dev/full", "--output", output).status == 2)
    #expect(try String(contentsOfFile: output, encoding: .utf8) == "yesterday's\n")
    // Nor is it lost to a misspelt name.
    #expect(try Command.run("score", folder.file("nowhere").path, "--output", output).status == 1)
    #expect(try String(contentsOfFile: output, encoding: .utf8) == "yesterday's\n")

    #expect(try Command.run("score", bad, "--output", output).status == 0)
    #expect(try String(contentsOfFile: output, encoding: .utf8).hasPrefix("{\"id\""))
    #expect(try FileManager.default.attributesOfItem(atPath: output)[.posixPermissions] as? Int == 0o640)
    #expect(!FileManager.default.fileExists(atPath: output + ".partial"))
    // What a link names is written in place.
    let link = folder.file("link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: output)
    #expect(try Command.run("separate", bad, "--output", link).status == 0)
    #expect(try FileManager.default.attributesOfItem(atPath: link)[.type] as? FileAttributeType == .typeSymbolicLink)
    #expect(try String(contentsOfFile: output, encoding: .utf8).contains("\"kind\""))
  }

  @Test func whatIsCutOfARejectedRecordIsTold() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.jsonl", "{\"text\":\"one\"}\n" + String(repeating: "x", count: 100_000) + "\n")
    let rejects = folder.file("rejects").path
    #expect(try Command.run("score", dump, "--rejects", rejects).status == 0)
    let row = try JSONScanner.parse(try String(contentsOfFile: rejects, encoding: .utf8).trimmingCharacters(in: .newlines))
    #expect(row["raw"]?.text?.utf8.count == 64 << 10)
    #expect(row["raw_was_bytes"]?.integer == 100_000)
  }

  @Test(arguments: [#">> "$0""#, #">> "$0" <"$0""#, #"--rejects "$1" > "$1""#, #"--output /dev/stdout --rejects "$1" > "$1""#])
  func standardOutputIsNoFileOfTheRun(redirection: String) throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.jsonl", "{\"text\":\"one\"}\nthree\n")
    let input = redirection.contains("<") ? "-" : #""$0""#
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.arguments = ["-c", "'\(Command.binary.path)' score \(input) \(redirection) 2>/dev/null", dump, folder.file("other").path]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 2)
    #expect(try String(contentsOfFile: dump, encoding: .utf8).split(separator: "\n").count == 2)
  }

  @Test func whatIsNotLearntFromIsTold() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<40).map { #"{"id":"\#($0)","text":"word \#($0) \#($0 % 2 == 0 ? "spam" : "ham")","labels":{"a":\#($0 % 2 == 0)}}"# }
    let dump = try folder.file("dump.jsonl", rows.joined(separator: "\n") + "\n" + #"{"text":"x","labels":{"rare":true}}"# + "\n")
    let model = folder.file("model").path
    let result = try Command.run("train", dump, "--label-from", "state=out:b", "--label-field", "c=d", "--bits", "12", "--output", model)
    #expect(result.status == 0)
    #expect(result.errors.contains("no comment has the label b: the field \"state\", which --label-from names"))
    #expect(result.errors.contains("no comment has the label c: the field \"d\", which --label-field names"))
    #expect(result.errors.contains("label rare has 1 positive and 0 negative rows"))
  }

  @Test func aBadFileDoesNotStopTheOthers() throws {
    let folder = try TemporaryFolder()
    let good = try folder.file("good.jsonl", "{\"text\":\"one\"}\n")
    let result = try Command.run("score", "/nonexistent", good)
    #expect(result.status == 1)
    #expect(result.lines.count == 1)
  }

  @Test func everyRecordOfAMutatedDumpIsAccountedFor() throws {
    let folder = try TemporaryFolder()
    var mutator = Mutator(seed: 404)
    for round in 0..<20 {
      var bytes: [UInt8] = []
      for _ in 0..<50 { bytes += mutator.mutate(Self.threads) }
      let result = try Command.run("score", "--from", "jsonl", try folder.file("m\(round).jsonl", bytes))
      #expect(result.status == 0)
      let lines = bytes.split(separator: 0x0A).count { $0.contains { $0 > 0x20 } }
      let counts = result.errors.split(separator: "\n").last { $0.contains("records in") }?.split { !$0.isNumber && $0 != "," }
        .compactMap { Int($0.replacing(",", with: "")) }
      let account = try #require(counts)
      #expect(account[0] == lines)
      #expect(account[1] == result.lines.count)
      #expect(account[0] == account[1] + account[2] + account[3])
    }
  }

  // MARK: Scores

  /// JSON Lines to JSON Lines is scored in place; with reasons, record by record.
  @Test func bothWaysOfScoringGiveTheSame() throws {
    var mutator = Mutator(seed: 405)
    var bytes = Self.threads
    for _ in 0..<60 { bytes += mutator.mutate(Self.threads) }
    for line in Self.threads.split(separator: 0x0A) {
      for _ in 0..<60 { bytes += mutator.mutate(Array(line)) + [0x0A] }
    }
    // What is withdrawn joins no thread, whichever way it is read.
    for status in ["\"spam\"", "\"approved\"", "1", "null", "\"s\\u0070am\""] {
      bytes += Array("{\"id\":\"w\",\"article_id\":\"new\",\"status\":\(status),\"text\":\"A ferry \(status.count) burns\"}\n".utf8)
    }
    try expectTheSameInPlace(bytes)
  }

  /// Lines in all the ways that dumps have them, and in ways that none has.
  @Test func bothWaysOfScoringRedditGiveTheSame() throws {
    var mutator = Mutator(seed: 406)
    let bodies = [
      "Ferries are late", "&gt; so they say\\n\\nWho says?", "a &amp;lt; b", "> raw", ">!hidden", "[deleted]", "[removed]", "",
      "caf\\u00e9 \u{1F600}",
      "\\u0026gt; escaped", "[citation]", "two\\r\\n> three",
    ]
    let ids = ["\"k\"", "\"t1_k\"", "null", "\"\"", "\" k \"", "7", "\"t3_p\"", "\"t1_é\"", "\"t1_\"", "\"p\""]
    let removals = [
      "", "", #","removal_reason":null"#, #","removal_reason":"legal""#, #","_meta":{"removal_type":"deleted"}"#, #","_meta":{"x":1}"#,
    ]
    var bytes =
      Array(#"{"id":"p","title":"Ferries &amp; trains","selftext":"\#(String(repeating: "ferry timetable harbour ", count: 20))"}"#.utf8)
      + [0x0A]
    for _ in 0..<1500 {
      func any(_ values: [String]) -> String { values[mutator.generator.below(values.count)] }
      let line =
        #"{"id":\#(any(ids)),"link_id":\#(any(ids + ["\"t3_p\"", "\"t3_p\""])),"parent_id":\#(any(ids)),"author":"ann","#
        + #""body":"\#(any(bodies))","created_utc":1400000000,"edited":false\#(any(removals))}"#
      bytes += (mutator.generator.below(4) == 0 ? mutator.mutate(Array(line.utf8)).filter { $0 != 0x0A } : Array(line.utf8)) + [0x0A]
    }
    try expectTheSameInPlace(bytes)
  }

  /// A source's own names, and fields that have names of ours but other meanings.
  @Test(arguments: [
    ["--text-field", "comment_text"], ["--text-field", "data.comment_text"], ["--text-field", "id", "--id-field", "key"],
  ])
  func bothWaysOfScoringNamedFieldsGiveTheSame(names: [String]) throws {
    var mutator = Mutator(seed: 407)
    let texts = ["\"Ferries are late\"", "\"caf\\u00e9 \\n\"", "\"\"", "7", "null"]
    let ids = ["\"k\"", "7", "18446744073709551615", "007", "1.5", "-3", "null"]
    let others = [
      "", #","kind":"comment""#, #","kind":"t1""#, #","kind":"article""#, #","kind":null"#,
      #","auxiliary":true"#, #","auxiliary":1"#, #","status":"spam""#,
      #","labels":{"a":"b"}"#, #","weight":-1"#, #","parent_id":3"#, #","author":1e400"#, #","created_at":[]"#,
    ]
    var bytes: [UInt8] = []
    for number in 0..<4000 {
      func any(_ values: [String]) -> String { values[mutator.generator.below(values.count)] }
      let (field, text) = (names[1] == "id" ? "x" : names[1], any(texts))
      let line =
        #"{"article_id":"\#(number % 7)","id":\#(any(ids)),"key":\#(any(ids)),"\#(field)":\#(text),"text":\#(text)\#(any(others))}"#
      bytes += (mutator.generator.below(4) == 0 ? mutator.mutate(Array(line.utf8)).filter { $0 != 0x0A } : Array(line.utf8)) + [0x0A]
    }
    try expectTheSameInPlace(bytes, names + ["--from", "jsonl"])
  }

  private func expectTheSameInPlace(_ bytes: [UInt8], _ options: [String] = []) throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("m.jsonl", bytes)
    let rejects = ["a", "b"].map { folder.file($0).path }
    let inPlace = try Command.run(["score", dump, "--threads", "2", "--rejects", rejects[0]] + options)
    let careful = try Command.run(["score", dump, "--rejects", rejects[1], "--explain"] + options)
    #expect(inPlace.errors == careful.errors)
    #expect(try String(contentsOfFile: rejects[0], encoding: .utf8) == String(contentsOfFile: rejects[1], encoding: .utf8))
    #expect(inPlace.lines.count > 200)
    #expect(inPlace.lines.count == careful.lines.count)
    let pairs = zip(inPlace.lines, careful.lines.map { $0.prefix(upTo: $0.range(of: ",\"reasons\":")?.lowerBound ?? $0.endIndex) + "}" })
    if let (line, other) = pairs.first(where: { $0 != $1 }) { Issue.record("\(line) is not \(other)") }
  }

  @Test func scoresComeAsOneLineACommentInInputOrder() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.jsonl", Self.threads)
    let result = try Command.run("score", dump)
    let ids = try result.lines.map { try JSONScanner.parse($0)["id"]?.text }
    #expect(ids == Samples.records.compactMap { if case .comment(let comment) = $0 { comment.id } else { nil } })
    let pattern = /\{"id":"c0","article_id":"ferry","scores":\{"conspiracy":[01]\.\d{4},"off_topic":[01]\.\d{4}\},"flags":\[[^\]]*\]\}/
    #expect(try pattern.wholeMatch(in: result.lines[0]) != nil)
  }

  @Test func aScoreThatCannotBeGivenIsNullAndSaysWhy() throws {
    let result = try Command.run("score", "-", "--explain", input: "{\"id\":\"x\",\"text\":\"Cheap loans\"}\n")
    let row = try JSONScanner.parse(result.output)
    #expect(row["scores"]?["off_topic"] == .null)
    #expect(row["article_id"] == .null)
    #expect(row["scores"]?["conspiracy"]?.double != nil)
    #expect(row["reasons"]?["off_topic"]?["unscored"]?.text?.contains("no article") == true)
  }

  @Test(arguments: [
    ["score", "IN", "--output", "IN"], ["score", "IN", "--rejects", "NEW", "--output", "NEW"], ["separate", "IN", "--report", "IN"],
    ["train", "IN", "--output", "IN"], ["evaluate", "IN", "--predictions", "IN"], ["score", "-", "--output", "IN"],
  ])
  func noInputIsWrittenOver(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let text = #"{"id":"c1","text":"Who pays for the ferry?","labels":{"conspiracy":false}}"# + "\n"
    let input = try folder.file("in.jsonl", text)
    let named = arguments.map { $0 == "IN" ? input : $0 == "NEW" ? folder.file("new").path : $0 }
    // Standard input is a file, too.
    let shell = "exec \"$0\" \"$@\" < '\(input)'"
    let result = try Command.run(["-c", shell, Command.binary.path] + named, binary: URL(fileURLWithPath: "/bin/sh"))
    #expect(result.status == 2)
    #expect(result.errors.contains("this very run"))
    #expect(try String(contentsOfFile: input, encoding: .utf8) == text)
  }

  @Test(arguments: ["1", "2"])
  func linesAreScoredAsTheyComeThroughAPipe(threads: String) throws {
    let (process, input, output) = (Process(), Pipe(), Pipe())
    process.executableURL = Command.binary
    process.arguments = ["score", "-", "--from", "jsonl", "--threads", threads]
    (process.standardInput, process.standardOutput, process.standardError) = (input, output, FileHandle.nullDevice)
    try process.run()
    defer { process.terminate() }
    func row() -> String {
      // A minute: who keeps what there is waits for more for ever.
      var status = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      return poll(&status, 1, 60_000) == 1 ? String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) : ""
    }
    for id in ["one", "two", "three"] {
      // A line, and half of the next.
      try input.fileHandleForWriting.write(contentsOf: Data("{\"id\":\"\(id)\",\"text\":\"word\"}\n{\"id\":\"half".utf8))
      let first = row()
      try #require(first.hasPrefix("{\"id\":\"\(id)\"") && first.hasSuffix("}\n"))
      try input.fileHandleForWriting.write(contentsOf: Data("\",\"text\":\"word\"}\n".utf8))
      try #require(row().hasPrefix("{\"id\":\"half\""))
    }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test(arguments: [
    (["--articles", "/nonexistent"], "cannot read --articles /nonexistent: No such file or directory"),
    (["--explain", "--to", "csv"], "reasons have no place in the columns of csv"),
  ])
  func whatWouldComeWithoutWhatWasAskedForIsUnusable(options: [String], reason: String) throws {
    let folder = try TemporaryFolder()
    let output = folder.file("out").path
    let result = try Command.run(["score", try folder.file("dump.jsonl", Self.threads), "--output", output] + options)
    #expect(result.status == 2)
    #expect(result.errors.contains(reason))
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  /// What a model file takes the place of, is a file.
  @Test func aModelIsWrittenThroughALink() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<40).map { #"{"id":"\#($0)","text":"word \#($0) \#($0 % 2 == 0 ? "spam" : "ham")","labels":{"a":\#($0 % 2 == 0)}}"# }
    let dump = try folder.file("dump.jsonl", rows.joined(separator: "\n"))
    let (target, link) = (try folder.file("target", "older"), folder.file("link").path)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    #expect(try Command.run("train", dump, "--bits", "12", "--output", link).status == 0)
    #expect(try FileManager.default.attributesOfItem(atPath: link)[.type] as? FileAttributeType == .typeSymbolicLink)
    #expect(try Command.run("model", target).status == 0)
    #expect(try Command.run("train", dump, "--bits", "12", "--output", "-").status == 2)
  }

  /// A dump is no page because its first line is not like the others.
  @Test(arguments: ["export of Monday\n", "", "\"id\":\"cut\",\"text\":\"cut\"}\n"])
  func aDamagedFirstLineHidesNoDump(first: String) throws {
    let folder = try TemporaryFolder()
    let rows = (0..<4).map { "{\"id\":\"\($0)\",\"text\":\"word\"}\n" }.joined()
    let result = try Command.run("score", try folder.file("dump", first + rows))
    #expect(result.lines.count == 4)
    #expect(result.errors.contains("\(first.isEmpty ? 4 : 5) records in: 4 comments scored"))
    let text = (0..<4).map { "__label__a word \($0)\n" }.joined()
    #expect(try Command.run("score", try folder.file("text", first + text)).lines.count == (first.isEmpty ? 4 : 5))
  }

  @Test(arguments: [
    (Array("id,text\r1,one\r2,two\r".utf8), "lines end with CR alone"),
    (Array("<\0r\0s\0s\0>\0".utf8), "holds UTF-16"),
    (Array("{\r\n  \"id\": 1,\r\n  \"text\": \"Late again.\"\r\n}\r\n".utf8), "an object on several lines"),
    (Array("PK\u{3}\u{4}\(String(repeating: "\0", count: 26))[Content_Types].xml".utf8), "save it as CSV"),
    (Array("A title\n\nAn article of some words.\n".utf8), "was read as a page, and no comments were found in it"),
    (Array(String(repeating: "x\n", count: 200_001).utf8), "more than 200000 lines"),
  ])
  func whatGivesNoCommentsSaysWhy(bytes: [UInt8], reason: String) throws {
    let folder = try TemporaryFolder()
    let result = try Command.run("score", try folder.file("dump", bytes))
    #expect(result.lines.isEmpty)
    #expect(result.errors.contains(reason))
  }

  /// The shipped model has learnt English, German and Spanish.
  @Test func commentsInALanguageThatTheModelDoesNotKnowAreTold() throws {
    let folder = try TemporaryFolder()
    func dump(_ texts: [String], repeated count: Int = 1) -> [String] {
      (0..<count).flatMap { round in texts.enumerated().map { #"{"id":"\#(round)-\#($0)","text":"\#($1)"}"# } }
    }
    let finnish = ["Lautta seisoo satamassa eikä kukaan tiedä miksi.", "Kalastajat odottavat jo kolmatta päivää uutta moottoria."]
    let known = [
      "Nobody told us why the ferry stays in the harbour.", "Die Fähre liegt seit drei Tagen im Hafen und keiner weiß warum.",
      "El barco lleva tres días en el puerto y nadie sabe por qué.",
    ]
    func note(_ unfamiliar: String, of comments: String) -> String {
      "\(unfamiliar) of \(comments) comments looked at are in words of which the model knows less than half"
    }

    let foreign = try folder.file("foreign.jsonl", dump(finnish).joined(separator: "\n"))
    for command in [["score"], ["explain"], ["queue", "add", "--store", folder.file("q.sqlite").path]] {
      let result = try Command.run(command + [foreign])
      #expect(result.status == 0)
      #expect(result.errors.contains(note("2", of: "2")))
    }
    #expect(try Command.run("explain", "--text", finnish[0]).errors.contains(note("1", of: "1")))
    let unscored = try Command.run("queue", "add", "--unscored", "--store", folder.file("u.sqlite").path, foreign)
    #expect(!unscored.errors.contains("looked at"))

    // A sample of many, the same on any number of threads; one line is read another way.
    var many = dump(known + finnish, repeated: 400)
    many[3] = #"{"weight":1,"id":"\u0033","text":"\#(finnish[0])"}"#
    let mixed = try folder.file("mixed.jsonl", many.joined(separator: "\n"))
    let notes = try ["1", "2"].map { try Command.run("score", mixed, "--threads", $0).errors }
    #expect(notes[0].contains(note("50", of: "125")))
    #expect(notes[0] == notes[1])

    // One odd comment among others is no other language.
    let usual = try folder.file("usual.jsonl", (dump(known, repeated: 3) + dump([finnish[0]])).joined(separator: "\n"))
    #expect(!(try Command.run("score", usual).errors.contains("looked at")))
  }

  @Test func commentsBesideArticlesArePassedOver() throws {
    let folder = try TemporaryFolder()
    let articles = try folder.file("articles.jsonl", #"{"kind":"article","id":"a","body":"Ferries"}"# + "\n" + #"{"text":"beside"}"#)
    let result = try Command.run("score", "-", "--articles", articles, input: #"{"article_id":"a","text":"Ferries are late"}"#)
    #expect(result.lines.count == 1)
    #expect(result.errors.contains("3 records in: 1 comments scored, 1 articles, 0 rejected, 1 passed over"))
  }

  /// Two remarks in each of more threads than there is room for, one after the other and in turn.
  @Test func threadsInFlightNeedRoom() throws {
    let folder = try TemporaryFolder()
    func comment(_ thread: Int, _ round: Int) -> String {
      #"{"id":"\#(thread)-\#(round)","article_id":"t\#(thread)","text":"the ferry of harbour \#(thread) was late \#(round) times"}"# + "\n"
    }
    let threads = 0..<60
    let sorted = try folder.file("sorted.jsonl", threads.map { comment($0, 1) + comment($0, 2) }.joined())
    let inTurn = try folder.file("inturn.jsonl", (1...2).map { round in threads.map { comment($0, round) }.joined() }.joined())
    let expected = try Command.run("score", sorted, "--memory", "1")
    #expect(!expected.errors.contains("--memory"), "\(expected.errors)")
    let told = try Command.run("score", inTurn, "--memory", "1")
    #expect(told.errors.contains("60 comments came when there was no more room for those before them"), "\(told.errors)")
    #expect(told.lines.sorted() != expected.lines.sorted())
    let roomy = try Command.run("score", inTurn, "--memory", "8")
    #expect(!roomy.errors.contains("--memory"), "\(roomy.errors)")
    #expect(roomy.lines.sorted() == expected.lines.sorted())
    #expect(try Command.run("score", sorted, "--memory", "0").status == 2)
    #expect(try Command.run("evaluate", sorted, "--memory", "8", "--cross-validate", "3").status == 2)
  }

  @Test func articlesMayComeFromAFileOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    let articles = try folder.file("articles.jsonl", "{\"kind\":\"article\",\"id\":\"a\",\"body\":\"The ferry burned\"}\n")
    let comment = "{\"id\":\"x\",\"article_id\":\"a\",\"text\":\"Cheap loans\"}\n"
    let row = try JSONScanner.parse(try Command.run("score", "-", "--articles", articles, input: comment).output)
    #expect(row["scores"]?["off_topic"]?.double != nil)
  }

  @Test func scoresAreTheSameFromFilePipeAndGzipOnAnyNumberOfThreads() throws {
    let folder = try TemporaryFolder()
    // As long as several of the chunks that threads take.
    let bytes = (0..<150).flatMap { _ in Self.threads }
    let dump = try folder.file("dump.jsonl", bytes)
    let expected = try Command.run("score", dump, "--threads", "1").output
    for threads in ["2", "4"] { #expect(try Command.run("score", dump, "--threads", threads).output == expected) }
    #expect(try Command.run(["score", "-"], input: bytes).output == expected)
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
    gzip.arguments = ["-k", dump]
    try gzip.run()
    gzip.waitUntilExit()
    #expect(try Command.run("score", dump + ".gz").output == expected)
  }

  @Test func reasonsAndSharesAddUpToTheScore() throws {
    let result = try Command.run("explain", "TrainingData/pages/harbour-tunnel.txt", "--json")
    #expect(result.lines.count == 9)
    for line in result.lines {
      for label in try JSONScanner.parse(line)["labels"]?.members ?? [] {
        let tokens = label.value["tokens"]?.elements ?? []
        let context = label.value["context"]?.elements ?? []
        let sum = (tokens + context).reduce(label.value["bias"]?.double ?? .nan) { $0 + ($1["share"]?.double ?? .nan) }
        #expect(abs(sum - (label.value["logit"]?.double ?? .nan)) < 1e-5)
      }
    }
  }

  @Test func aTableShowsBarsAuthorsAndReasons() throws {
    let result = try Command.run("score", Self.examplePage, "--to", "table")
    #expect(result.status == 0)
    #expect(result.lines.first?.contains("conspiracy") == true)
    #expect(result.output.contains("tidewatcher: "))
    #expect(result.output.contains("%"))
    #expect(!result.output.contains("\u{1B}"))
  }

  @Test func csvIsSafeForASpreadsheet() throws {
    let result = try Command.run("score", "-", "--to", "csv", input: "{\"id\":\"=cmd()\",\"text\":\"x\"}\n")
    #expect(result.output.hasPrefix("id,article_id,conspiracy,off_topic,flags\r\n\"'=cmd()\",,"))
  }

  @Test func strangersTextCannotSteerATerminal() throws {
    let text = "{\"author\":\"\\u001b[2J\",\"text\":\"\\u001b]0;x\\u0007 \\u202e\\u0000 red \\u009b31m\"}\n"
    for arguments in [["score", "-", "--to", "table"], ["explain", "-"]] {
      let result = try Command.run(arguments, input: Array(text.utf8))
      #expect(result.status == 0)
      #expect(!result.output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || 0x7F..<0xA0 ~= $0.value || $0.value == 0x202E })
    }
  }

  @Test func namesOfLabelsCannotSteerATerminal() throws {
    let folder = try TemporaryFolder()
    let rows = Samples.comments.map { comment in
      let isPositive = comment.labels["conspiracy"] == true
      return #"{"id":"\#(comment.id)","text":"\#(comment.text)","labels":{"\u001b[31mred\n":\#(isPositive)}}"# + "\n"
    }
    let (data, model) = (try folder.file("data.jsonl", rows.joined()), folder.file("m").path)
    let commands = [
      ["train", data, "--output", model, "--bits", "12", "--prior", "\u{1B}[31mred\n=0.1"], ["evaluate", data, "--model", model],
      ["explain", data, "--model", model], ["score", data, "--model", model, "--to", "csv"],
      ["score", data, "--model", model, "--to", "table"],
      ["model", model],
    ]
    for command in commands {
      let result = try Command.run(command)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("\u{FFFD}[31mred"), "\(command)")
      #expect(!(result.output + result.errors).contains("\u{1B}") && !result.output.contains("red\n"), "\(command)")
    }
    let refused = try Command.run("features", data, "--to", "vw", "--label", "\u{1B}[31mgreen")
    #expect(refused.status == 2 && !refused.errors.contains("\u{1B}"))
  }

  // MARK: Separate

  @Test func separatedRecordsAreReadAgainByEveryCommand() throws {
    let separated = try Command.run("separate", Self.examplePage)
    #expect(separated.lines.count == 10)
    let first = try JSONScanner.parse(separated.lines[1])
    #expect(first["author"]?.text == "Gerda Lindqvist")
    #expect(first["source"]?.text == Self.examplePage)
    let direct = try Command.run("score", Self.examplePage).output
    #expect(try Command.run(["score", "-"], input: Array(separated.output.utf8)).output == direct)
  }

  // MARK: Training

  @Test func aSiteLearnsFromItsDumpWithoutALabel() throws {
    let folder = try TemporaryFolder()
    let model = folder.file("site.safetensors").path
    let names = try FileManager.default.contentsOfDirectory(atPath: "TrainingData/threads").sorted().prefix(12)
    let background = names.flatMap { ["--background", "TrainingData/threads/\($0)"] }
    let train = try Command.run(["train"] + background + ["--bits", "12", "--output", model], input: [])
    #expect(train.status == 0, "\(train.errors)")
    #expect(train.output.contains("Relevance learnt from 12 articles"))
    #expect(train.errors.contains("12 articles, 0 rejected"))
    let score = try Command.run("score", Self.examplePage, "--model", model)
    #expect(score.output.contains("\"off_topic\":0."))
    #expect(!score.output.contains("conspiracy"))
    let rarer = try Command.run(["train"] + background + ["--bits", "12", "--prior", "off_topic=0.02", "--output", model], input: [])
    #expect(rarer.output.contains("Positive comments of off_topic are weighed as if they were 2 % of all."))
    func sum(_ output: String) throws -> Double {
      try output.split(separator: "\n").reduce(0) { $0 + (try JSONScanner.parse(String($1))["scores"]?["off_topic"]?.double ?? 0) }
    }
    #expect(try sum(Command.run("score", Self.examplePage, "--model", model).output) < sum(score.output) / 2)
    #expect(try Command.run(["train"] + background + ["--prior", "offtopic=0.02", "--output", model], input: []).status == 2)
    let evaluation = ["evaluate", "TrainingData/threads/\(names[0])", "--cross-validate", "2", "--prior", "offtopic=0.02"]
    #expect(try Command.run(evaluation).status == 2)
    #expect(try Command.run("train", "--output", model).status == 2)
  }

  @Test func auxiliaryCommentsAreNotJudged() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<6).map { "{\"text\":\"comment \($0)\",\"labels\":{\"conspiracy\":\($0 % 2 == 0)},\"auxiliary\":\($0 > 3)}\n" }
    let result = try Command.run("evaluate", try folder.file("data.jsonl", lines.joined()), "--json")
    #expect(result.errors.contains("2 comments are auxiliary, and not judged"))
    #expect(try JSONScanner.parse(try #require(result.lines.first))["labels"]?["conspiracy"]?["n"]?.integer == 4)
  }

  /// Four rows of weight .9 are 3.6, two of them 1.8.
  @Test func weightedCountsAreRounded() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<4).map { "{\"text\":\"comment \($0)\",\"labels\":{\"conspiracy\":\($0 % 2 == 0)},\"weight\":0.9}\n" }
    let data = try folder.file("data.jsonl", lines.joined() + "{\"text\":\"x\",\"labels\":{\"conspiracy\":true},\"weight\":1e19}\n")
    let report = folder.file("r.html")
    let result = try Command.run("evaluate", data, "--report", report.path)
    #expect(result.status == 0)
    #expect(result.output.contains("conspiracy: 4 comments, 2 positive (50.0 %)\n  (sums of weights, of 4 comments, 2 positive)"))
    #expect(result.errors.contains("1 rejected"))
    #expect(try String(contentsOf: report, encoding: .utf8).contains("<p>4 comments, 2 positive.</p>"))
  }

  @Test func figuresOfAModelOnItsOwnTrainingDataAreToldToFlatterIt() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<40).map { #"{"id":"\#($0)","text":"word \#($0) \#($0 % 2 == 0 ? "spam" : "ham")","labels":{"a":\#($0 % 2 == 0)}}"# }
    let dump = try folder.file("dump.jsonl", rows.joined(separator: "\n"))
    let others = try folder.file("others.jsonl", rows.dropLast().joined(separator: "\n"))
    let model = folder.file("model").path
    #expect(try Command.run("train", dump, "--bits", "12", "--output", model).status == 0)
    for (data, isTrainingData) in [(dump, true), (others, false)] {
      let result = try Command.run("evaluate", data, "--model", model, "--json")
      #expect(try JSONScanner.parse(result.output.trimmingCharacters(in: .newlines))["is_training_data"]?.bool == isTrainingData)
      #expect(result.errors.contains("trained on these very comments") == isTrainingData)
    }
    let support = try JSONScanner.parse(try Command.run("evaluate", others, "--model", model, "--json").output)["support"]
    #expect(support?["a"]?["rows"]?.integer == 39)
    #expect(support?["a"]?["positives"]?.integer == 20)
  }

  @Test(arguments: ["naive-bayes", "complement-naive-bayes", "logistic", "nb-logistic"])
  func trainsEvaluatesAndScores(algorithm: String) throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.jsonl", Self.threads)
    let model = folder.file("m.safetensors").path
    let train = try Command.run(
      "train", data, "--output", model, "--algorithm", algorithm, "--bits", "12", "--words", "1", "--characters", "2-4", "--group-by", "id",
      "--threads", "1")
    #expect(train.status == 0, "\(train.errors)")
    #expect(train.output.contains("conspiracy: 24 comments, 6 positive"))
    #expect(train.output.contains("threshold"))
    let again = folder.file("again.safetensors").path
    _ = try Command.run(
      "train", data, "--output", again, "--algorithm", algorithm, "--bits", "12", "--words", "1", "--characters", "2-4", "--group-by", "id",
      "--threads", "4")
    #expect(try Data(contentsOf: URL(fileURLWithPath: model)) == Data(contentsOf: URL(fileURLWithPath: again)))
    let evaluation = try JSONScanner.parse(try Command.run("evaluate", data, "--model", model, "--json").output)
    let figures = evaluation["labels"]?["conspiracy"]
    for name in ["auc", "average_precision", "f1", "macro_f1", "mcc", "precision", "recall", "brier", "ece"] {
      #expect(figures?[name]?["value"]?.double != nil, "\(name)")
      #expect(figures?[name]?["interval95"]?.elements.count == 2, "\(name)")
    }
    #expect(figures?["n"]?.integer == 24)
    #expect(figures?["positives"]?.integer == 6)
    #expect(figures?["baselines"]?["length"]?["auc"]?.double != nil)
    #expect(figures?["baselines"]?["majority"]?["auc"]?.double == 0.5)
    #expect(try Command.run("score", data, "--model", model).lines.count == 24)
    #expect(try Command.run("model", model).output.contains(algorithm))
    let validated = try Command.run("evaluate", data, "--model", model, "--cross-validate", "3", "--json", "--group-by", "id")
    #expect(validated.status == 0, "\(validated.errors)")
  }

  @Test func aFunctionalTestSetIsToldFunctionByFunction() throws {
    let folder = URL(fileURLWithPath: "TrainingData/stance", relativeTo: Command.root)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { "TrainingData/stance/\($0)" }
    let result = try JSONScanner.parse(try Command.run(["evaluate", "--json"] + files).output)
    let functions = try #require(result["functions"]?["conspiracy"]?.members)
    #expect(functions.count == 10)
    #expect(functions.reduce(0) { $0 + ($1.value["n"]?.integer ?? 0) } >= 600)
    // What asserts and what does not is a matter of the function, never of the case.
    for function in functions {
      let positives = function.value["positives"]?.integer
      #expect(positives == 0 || positives == function.value["n"]?.integer, "\(function.key)")
    }
  }

  private static let idleOptions: [(arguments: [String], reason: String)] = [
    (["--bits", "22"], "--bits would be ignored: a model is measured as it is"),
    (["--algorithm", "logistic", "--quotations"], "--algorithm, --quotations would be ignored"),
    (["--background", "x", "--topics", "y"], "--background, --topics would be ignored"),
    (["--label", "spam"], "labels of the model are conspiracy, off_topic"),
    (["--prior", "spam=0.1"], "labels are conspiracy, off_topic"), (["--prior", "conspiracy=2"], "must lie between 0 and 1"),
    (
      ["--model", "Models/default.safetensors", "--cross-validate", "2", "--words", "2"],
      "--words would be ignored: with --model its recipe"
    ),
    (["--model", "Models/default.safetensors", "--cross-validate", "2", "--prior", "spam=0.1"], "labels are conspiracy, off_topic"),
  ]

  @Test(arguments: idleOptions)
  func whatCouldNotChangeTheFiguresIsRefused(arguments: [String], reason: String) throws {
    let result = try Command.run(["evaluate", "-"] + arguments, input: Self.threads)
    #expect(result.status == 2)
    #expect(result.errors.contains(reason), "\(result.errors)")
  }

  private static let optionsOfOthers: [(algorithm: String, option: [String])] = [
    ("logistic", ["--smoothing", "0.5"]), ("logistic", ["--latent", "8"]), ("naive-bayes", ["--latent", "8"]),
    ("naive-bayes", ["--sentences", "0.4"]), ("complement-naive-bayes", ["--place-only"]), ("naive-bayes", ["--tolerance", "0.1"]),
    ("naive-bayes", ["--intercept", "none"]),
  ]

  @Test(arguments: optionsOfOthers)
  func whatBelongsToAnotherAlgorithmIsRefused(algorithm: String, option: [String]) throws {
    let folder = try TemporaryFolder()
    let (data, model) = (try folder.file("data.jsonl", Self.threads), folder.file("m"))
    for way in [["train", data, "--output", model.path], ["evaluate", data, "--cross-validate", "2"]] {
      let result = try Command.run(way + ["--algorithm", algorithm] + option)
      #expect(result.status == 2)
      #expect(result.errors.contains("\(option[0]) would be ignored: it is for "), "\(result.errors)")
      #expect(result.errors.contains("and the algorithm is \(algorithm)"))
    }
    #expect(!FileManager.default.fileExists(atPath: model.path))
  }

  /// The contract lets it stand beside every algorithm; and what says that something is not to be done is heeded.
  @Test func whatMayStandBesideEveryAlgorithmIsTold() throws {
    let folder = try TemporaryFolder()
    let train = ["train", try folder.file("data.jsonl", Self.threads), "--output", folder.file("m").path, "--bits", "12"]
    let result = try Command.run(train + ["--algorithm", "naive-bayes", "--regularization", "1", "--latent", "0", "--sentences", "0"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("--regularization is ignored: it is for logistic, nb-logistic, and the algorithm is naive-bayes"))
    #expect(try !Command.run(train + ["--regularization", "1", "--latent", "0"]).errors.contains("ignored"))
  }

  @Test func labelsThatContradictEachOtherAreTold() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<40).map { #"{"id":"\#($0)","text":"word \#($0) \#($0 % 2 == 0 ? "spam" : "ham")","labels":{"a":\#($0 % 2 == 0)}}"# }
    let plain = try folder.file("plain.jsonl", rows.joined(separator: "\n"))
    let more = [#"{"id":"x","text":"word 4 spam","labels":{"a":false}}"#, #"{"id":"y","text":"word 7 ham","labels":{"a":true}}"#]
    let data = try folder.file("data.jsonl", (rows + more).joined(separator: "\n"))
    let train = ["--bits", "12", "--latent", "0", "--output", folder.file("m").path]
    let note =
      "btl: 2 comments are labelled otherwise than an earlier one with the same text and the same article or id, as a: yes at \(data):5, no at \(data):41\n"
    #expect(try Command.run(["train", data] + train).errors.contains(note))
    #expect(try Command.run("evaluate", data, "--cross-validate", "2", "--latent", "0", "--bits", "12").errors.contains(note))
    #expect(try !Command.run(["train", plain] + train).errors.contains("labelled otherwise"))
  }

  /// A field says which rows belong together: what it tells apart is not joined by likeness, and that is told.
  @Test func whereAFieldGroupsLikenessDoesNot() throws {
    let folder = try TemporaryFolder()
    func rows(_ fields: String) -> String {
      (0..<40).map {
        #"{"id":"\#($0)",\#(fields)"text":"word \#($0) \#($0 % 2 == 0 ? "spam" : "ham")","labels":{"a":\#($0 % 2 == 0)}}"# + "\n"
      }
      .joined()
    }
    let data = try folder.file("data.jsonl", rows("") + #"{"text":"no field","labels":{"a":true}}"#)
    let placed = try folder.file("placed.jsonl", rows(#""article_id":"x","#))
    let note = "comments without an article are grouped by"
    func errors(_ data: String, _ arguments: String...) throws -> String {
      try Command.run(["evaluate", data, "--cross-validate", "2", "--bits", "12", "--latent", "0"] + arguments).errors
    }
    #expect(try errors(data, "--group-by", "id").contains("41 \(note) id alone: near-duplicates among them may stand in several folds"))
    #expect(try !errors(data).contains(note))
    #expect(try !errors(data, "--group-by", "article_id").contains(note))
    #expect(try !errors(placed, "--group-by", "id").contains(note))
  }

  /// Two of three rows that score alike are positive: no threshold has a precision of .9.
  @Test func aTargetOutOfReachHasNoFigures() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<30).map { #"{"id":"\#($0)","text":"the same words","labels":{"a":\#($0 % 3 > 0)}}"# + "\n" }
    let data = try folder.file("data.jsonl", rows.joined())
    let (model, report) = (folder.file("m").path, folder.file("r.html"))
    let train = try Command.run(
      "train", data, "--bits", "12", "--latent", "0", "--group-by", "id", "--at", "precision=0.9", "--at", "recall=0.5", "--output", model)
    #expect(train.status == 0, "\(train.errors)")
    #expect(train.output.contains("precision=0.9     not reached: flags nothing\n"))
    for name in ["F1", "MCC", "recall", "flagged"] {
      let line = try #require(train.lines.first { $0.hasPrefix("  \(name) ") })
      #expect(line.split(separator: " ").dropFirst().prefix(2) == ["–", "–"], "\(line)")
    }
    let card = try Command.run("model", model).lines
    #expect(card.contains("  threshold for precision=0.9: not reached, flags nothing"))
    #expect(card.contains { $0.hasPrefix("  auc ") } && !card.contains { $0.hasPrefix("  recall ") })
    #expect(try Command.run("explain", "--model", model, "--text", "the same words").output.contains("not flagged (no threshold)"))
    let evaluation = try Command.run("evaluate", data, "--model", model, "--json", "--report", report.path)
    let figures = try JSONScanner.parse(evaluation.output)["labels"]?["a"]
    #expect(figures?["threshold"] == .null)
    #expect(figures?["auc"]?["value"]?.double == 0.5)
    let points = try #require(figures?["thresholds"]?.elements)
    for name in ["precision", "recall", "flagged"] {
      #expect(figures?[name] == .object([JSONMember("value", .null)]))
      #expect(points.first?[name] == .object([JSONMember("value", .null)]))
      #expect(points.last?[name]?["value"]?.double != nil)
    }
    #expect(points.first?["threshold"] == .null && points.first?["is_reached"]?.bool == false)
    let page = try String(contentsOf: report, encoding: .utf8)
    #expect(page.contains("<td>chosen for precision=0.9</td><td>not reached</td><td>–</td><td>–</td><td>–</td>"))
  }

  /// One positive row, flagged, of weight 1/2 beside two negative ones, of which one is flagged: precision (1/2) / (3/2).
  @Test func aModelAsItIsIsJudgedByThePriorAndUnderArticles() throws {
    let plot = "Wake up, they planned the whole thing and the media cover for them."
    let lines = [(plot, true, "a"), (plot, false, "a"), ("Nice weather today", false, "a")].map {
      #"{"text":"\#($0)","labels":{"conspiracy":\#($1)},"article_id":"\#($2)"}"#
    }
    func figures(_ lines: [String], _ arguments: String...) throws -> JSONValue? {
      let result = try Command.run(["evaluate", "-", "--json"] + arguments, input: Array(lines.joined(separator: "\n").utf8))
      return try JSONScanner.parse(result.output)["labels"]?["conspiracy"]
    }
    let prior = try figures(lines, "--prior", "conspiracy=0.2")
    #expect(prior?["n"]?.double == 2.5 && prior?["positives"]?.double == 0.5)
    #expect(prior?["precision"]?["value"]?.double == 0.333333)
    let more = lines + [#"{"text":"\#(plot)","labels":{"conspiracy":true}}"#]
    #expect(try figures(more)?["n"]?.double == 4)
    #expect(try figures(more, "--judge-under-articles") == figures(lines))
  }

  @Test func aSeedTakesThePlaceOfTheRecipes() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.jsonl", Self.threads)
    let models = [1, 5].map { folder.file("\($0)").path }
    for (model, seed) in zip(models, ["1", "5"]) {
      let recipe = ["--bits", "12", "--latent", "0", "--group-by", "id", "--seed", seed]
      #expect(try Command.run(["train", data, "--output", model] + recipe).status == 0)
    }
    func figures(_ model: String, _ arguments: String...) throws -> String {
      try Command.run(["evaluate", data, "--json", "--model", model, "--cross-validate", "3"] + arguments).output
    }
    #expect(try figures(models[0], "--seed", "5") == figures(models[1]))
    #expect(try figures(models[0]) != figures(models[1]))
  }

  /// A misspelt field would let rows of one thread stand in several folds.
  @Test func aFieldThatNobodyHasGroupsNothing() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.jsonl", Self.threads)
    let ways = [
      ["evaluate", data], ["evaluate", data, "--cross-validate", "3"], ["train", data, "--bits", "12", "--output", folder.file("m").path],
    ]
    for way in ways {
      let refused = try Command.run(way + ["--group-by", "autor"])
      #expect(refused.status == 2)
      #expect(refused.errors.contains("no comment has a field autor to group by"))
    }
    let validate = ["evaluate", data, "--cross-validate", "2", "--bits", "12", "--latent", "0"]
    for (field, groups) in [("article_id", 2), ("author", 7), ("id", 24)] {
      let result = try Command.run(validate + ["--group-by", field])
      #expect(result.lines.first?.contains("cross-validated in 2 folds over \(groups) groups") == true, "\(result.errors)")
    }
  }

  /// Of two negative rows one reads like the positive one, and is flagged with it.
  @Test func negativeRowsCountWhateverElseTheirFunctionHolds() throws {
    let plot = "Wake up, they planned the whole thing and the media cover for them."
    let lines = [(plot, true), (plot, false), ("Nice weather today", false)].map {
      #"{"text":"\#($0)","labels":{"conspiracy":\#($1)},"function":"mixed"}"#
    }
    let result = try Command.run(["evaluate", "-"], input: Array(lines.joined(separator: "\n").utf8))
    #expect(result.output.contains("0.667  of 3 (1 should be)"))
    #expect(result.output.contains("flagged of all that should not be: 0.500"))
  }

  @Test func aDeskChoosesAmongTheThresholdsOfAModel() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.jsonl", Self.threads)
    let model = folder.file("m.safetensors").path
    let train = try Command.run(
      "train", data, "--output", model, "--bits", "12", "--group-by", "id", "--at", "recall=1", "--at", "rate=0.1")
    #expect(train.output.contains("recall=1.0") && train.output.contains("rate=0.1"))
    let plain = try Command.run("score", data, "--model", model)
    #expect(!plain.output.contains("outcome"))
    let desk = try Command.run("score", data, "--model", model, "--at", "recall=1.0", "--at", "rate=0.1")
    #expect(
      desk.lines.allSatisfy {
        $0.contains(#""outcome":"pass""#) || $0.contains(#""outcome":"review""#) || $0.contains(#""outcome":"hold""#)
      })
    let unknown = try Command.run("score", data, "--model", model, "--at", "precision=0.9")
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("it was trained for recall=1.0, rate=0.1"))
    #expect(try Command.run("train", data, "--output", model, "--at", "precision=2").status == 2)
  }

  @Test func aReportShowsHostileTextAsText() throws {
    let folder = try TemporaryFolder()
    let hostile = (0..<8).map {
      #"{"id":"\#($0)","text":"<script>alert(\#($0))</script> <img src=x onerror=y> \u202e & deep state","labels":{"conspiracy":\#($0 % 2 == 0)}}"#
    }
    let data = try folder.file("data.jsonl", hostile.joined(separator: "\n"))
    let terms = try folder.file("terms.txt", "scripts: script, deep state\n")
    let report = folder.file("r.html")
    let predictions = folder.file("p.jsonl")
    let result = try Command.run(
      "evaluate", data, "--report", report.path, "--subgroups", terms, "--predictions", predictions.path, "--json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try JSONScanner.parse(result.output)["subgroups"]?["conspiracy"]?["scripts"]?["n"]?.integer == 8)
    let page = try String(contentsOf: report, encoding: .utf8)
    #expect(page.contains("&lt;") && page.contains("Content-Security-Policy"))
    #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("\u{202E}"))
    #expect(try String(contentsOf: predictions, encoding: .utf8).split(separator: "\n").count == 8)
    let broken = try folder.file("broken.txt", "no colon\n")
    let refused = try Command.run("evaluate", data, "--subgroups", broken)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("line 1"))
  }

  /// Scores of 1 and near 0: whatever the level, the plots are flagged and the others are not. The weights 2, 1 and 3 of the rows make
  /// precision 2/3, recall 1 and half of all flagged.
  @Test func theReportCountsWeightsAtEachLevel() throws {
    let folder = try TemporaryFolder()
    let plot = "Wake up, they planned the whole thing and the media cover for them."
    let lines = [(plot, true, 2), (plot, false, 1), ("Nice weather today", false, 3)].map {
      #"{"text":"\#($0)","labels":{"conspiracy":\#($1)},"weight":\#($2)}"#
    }
    let report = folder.file("r.html")
    let result = try Command.run(["evaluate", "-", "--report", report.path], input: Array(lines.joined(separator: "\n").utf8))
    #expect(result.status == 0, "\(result.errors)")
    let page = try String(contentsOf: report, encoding: .utf8)
    for level in 1...9 {
      #expect(page.contains("<td>0.\(level)00</td><td>0.667</td><td>1.000</td><td>0.500</td>"), "\(level)")
    }
  }

  @Test func featuresAreExportedForOtherLearners() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.jsonl", Self.threads)
    let svmlight = try Command.run("features", data, "--to", "svmlight", "--label", "conspiracy", "--ids")
    #expect(svmlight.lines.count == 24)
    for line in svmlight.lines {
      let fields = line.split(separator: " ")
      #expect(fields[0] == "+1" || fields[0] == "-1")
      #expect(fields.suffix(2).first == "#")
      let indices = fields.dropFirst().dropLast(2).compactMap { $0.split(separator: ":").first.flatMap { Int($0) } }
      #expect(indices.count == fields.count - 3)
      #expect(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 })
      #expect((indices.first ?? 0) >= 1)
    }
    let vw = try Command.run("features", data, "--to", "vw", "--label", "off_topic")
    #expect(vw.lines.allSatisfy { $0.wholeMatch(of: /[+-]1 'c\d+\|w( \d+(:[0-9.e-]+)?)+/) != nil })
    #expect(try Command.run("features", data, "--to", "svmlight").status == 2)
    let unknown = try Command.run("features", data, "--to", "svmlight", "--label", "spam")
    #expect(unknown.status == 2 && unknown.errors.contains("the data have conspiracy, off_topic"))
  }

  /// A comment has the same features whatever comments stand beside it.
  @Test func featuresOfAModelAreThoseOfEachComment() throws {
    func features(_ lines: String, _ arguments: String...) throws -> Command.Result {
      try Command.run(
        ["features", "-", "--to", "svmlight", "--ids", "--model", "Models/default.safetensors"] + arguments, input: Array(lines.utf8))
    }
    let line = #"{"id":"a\r\nb\tc","text":"they planned the c o v e r u p","labels":{"x":true}}"# + "\n"
    let alone = try features(line)
    #expect(alone.lines.count == 1 && alone.output.hasSuffix(" # a  b c\n"))
    #expect(alone.output.split(separator: " ").count > 10)
    #expect(try features(line + line).lines == alone.lines + alone.lines)
    #expect(try features(line, "--bits", "22").errors.contains("--bits would be ignored"))
  }

  // MARK: The binary and its documentation

  @Test func theBinaryRunsFromAnywhere() throws {
    let folder = try TemporaryFolder()
    let copy = folder.file("moved")
    try FileManager.default.copyItem(at: Command.binary, to: copy)
    let result = try Command.run(["score", "-"], input: Array("{\"text\":\"hello\"}\n".utf8), binary: copy)
    #expect(result.status == 0)
    #expect(result.lines.count == 1)
  }

  @Test func everyCommandHasExamplesAndIsInTheReadme() throws {
    let readme = try String(contentsOf: Command.root.appendingPathComponent("README.md"), encoding: .utf8)
    for command in ["score", "separate", "train", "evaluate", "explain", "features", "model", "queue", "review"] {
      #expect(try Command.run(command, "--help").output.contains("EXAMPLES"), "\(command)")
      #expect(readme.contains("btl \(command)"), "\(command)")
    }
  }

  @Test(arguments: [["score"], ["separate"], ["train", "--output", "m"], ["evaluate"], ["queue", "add", "--store", "q"]])
  func withoutInputNothingIsDone(command: [String]) throws {
    let result = try Command.run(command)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors == "Error: no input: name files, or - for standard input\n")
  }

  @Test func examplesInHelpAreNotWrapped() throws {
    let queue = ["add", "list", "next", "decide", "import", "export", "stats", "reasons", "verify"].map { ["queue", $0] }
    let others = ["score", "separate", "train", "evaluate", "explain", "features", "model", "queue", "review"].map { [$0] }
    for command in [[]] + others + queue {
      let lines = try Command.run(command + ["--help"]).output.split(separator: "\n", omittingEmptySubsequences: false)
      let examples = lines.drop { $0 != "EXAMPLES" }.dropFirst().prefix { !$0.isEmpty }
      #expect(examples.allSatisfy { $0.hasPrefix("  ") && $0.count <= 80 }, "\(command): \(examples)")
      #expect(!examples.isEmpty, "\(command)")
    }
  }

  @Test func theReadersPipeMayClose() throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.currentDirectoryURL = Command.root
    shell.arguments = [
      "-c",
      "set -e; for i in $(seq 3000); do echo '{\"text\":\"hello\"}'; done | { \(Command.binary.path) score - 2>/dev/null; echo $? >&2; } | head -1",
    ]
    let errors = Pipe()
    shell.standardError = errors
    shell.standardOutput = Pipe()
    try shell.run()
    shell.waitUntilExit()
    #expect(String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).hasSuffix("0\n"))
  }

  // MARK: Dumps of other systems

  @Test func pastDecisionsBecomeLabels() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.tsv", "remark\tstate\tstatus\nWho pays?\tx\tapproved\nBuy here\ty\trejected\nNone\tz\t\n")
    let result = try Command.run(
      "separate", dump, "--text-field", "remark", "--label-from", "status=rejected:off_topic", "--label-from", "state=x:ours")
    #expect(result.status == 0, "\(result.errors)")
    let rows = try result.lines.map { try JSONScanner.parse($0) }
    #expect(rows.map { $0["text"]?.text } == ["Who pays?", "Buy here", "None"])
    #expect(rows.map { $0["status"]?.text } == ["approved", "rejected", nil])
    #expect(rows.map { $0["labels"]?["off_topic"]?.bool } == [false, true, nil])
    #expect(rows.map { $0["labels"]?["ours"]?.bool } == [true, false, false])
  }

  @Test(arguments: [["--label-from", "status"], ["--label-field", "off_topic"], ["--from", "no-such-format"]])
  func fieldOptionsThatSayNothingAreUnusable(options: [String]) throws {
    let result = try Command.run(["score", "-"] + options)
    #expect(result.status == 2)
    #expect(result.errors.contains(options[0]))
  }

  @Test func whatIsPassedOverIsCounted() throws {
    let result = try Command.run("score", "Tests/CommentSourcesTests/Fixtures/wordpress.xml")
    #expect(result.status == 0)
    #expect(result.lines.count == 4)
    #expect(result.errors.contains("8 records in: 4 comments scored, 3 articles, 0 rejected, 1 passed over (pingback)"))
  }

  @Test func explainReadsNamedFields() throws {
    let folder = try TemporaryFolder()
    let dump = try folder.file("dump.jsonl", "{\"data\":{\"body\":\"Who pays for it?\"}}\n")
    let result = try Command.run("explain", dump, "--text-field", "data.body", "--json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try JSONScanner.parse(result.output)["text"]?.text == "Who pays for it?")
  }

  // MARK: Data of another shape

  private static let notice =
    String(repeating: "The ferry to the island of Corven stays in harbour while its engine is repaired. ", count: 2)
    + "Passengers with tickets of this week may take the coach by the northern bridge, the company said on Monday evening."

  /// Articles and replies that do not find each other are told of, whatever the threads.
  @Test(arguments: [
    (articleID: "7", body: notice, order: 1, comment: #""article_id":7"#, note: ""),
    ("7", notice, 1, #""article_id":"7.0""#, "6 comments stand under articles that were not there, as \"7.0\", and are compared with none"),
    (
      "7", notice, 1, #""articleId":7"#,
      "6 of 6 comments looked at have a field \"articleId\", which is not read; --article-field articleId does"
    ),
    ("7", notice, 1, #""section":7"#, "no comment says which article it stands under"),
    ("7", "Closed.", 1, #""article_id":7"#, "the only article is too short to compare comments with"),
    ("7", notice, -1, #""article_id":7"#, "the newest comments come first"),
    ("7", notice, 1, #""article_id":7,"parent_id":"x""#, "none of 6 replies is compared with what it answers, as \"x\""),
  ])
  func whatDoesNotFindItsPlaceIsTold(articleID: String, body: String, order: Int, comment: String, note: String) throws {
    let folder = try TemporaryFolder()
    let comments = (1...6).map { number in
      #"{"id":"c\#(number)","created_at":"2024-03-0\#(number)T10:00:00Z","text":"The ferry is late, day \#(number).",\#(comment)}"#
    }
    let lines =
      [#"{"kind":"article","id":"\#(articleID)","title":"Ferry","body":"\#(body)"}"#] + (order > 0 ? comments : comments.reversed())
    let dump = try folder.file("dump.jsonl", lines.joined(separator: "\n"))
    for command in [["score"], ["score", "--to", "table"], ["explain"], ["queue", "add", "--store", folder.file("q.sqlite").path]] {
      let errors = try Command.run(command + [dump]).errors
      if note.isEmpty {
        #expect(!errors.contains("compared") && !errors.contains("looked at"))
      } else {
        #expect(errors.contains(note))
      }
    }
    let whole = try Command.run("score", dump, "--thread", "whole").errors
    #expect(whole.contains(note) == (order > 0 && !note.isEmpty))
  }

  @Test func repliesBeforeWhatTheyAnswerAreTold() throws {
    let folder = try TemporaryFolder()
    let lines = (1...6).reversed().map {
      #"{"id":"c\#($0)","article_id":"7","parent_id":"c\#($0 - 1)","text":"The ferry is late, day \#($0)."}"#
    }
    let dump = try folder.file("dump.jsonl", lines.joined(separator: "\n"))
    let note = "5 comments came before those they answer"
    #expect(try ["1", "2"].allSatisfy { try Command.run("score", dump, "--threads", $0).errors.contains(note) })
    #expect(!(try Command.run("score", dump, "--thread", "whole").errors.contains("came before")))
  }

  @Test(arguments: [
    ("id,text\n1,<p>The ferry &amp; the pier</p>\n", "1 of 1 comments looked at hold HTML"),
    ("id,text,note\n1,,The ferry is late\n", "1 of 1 comments looked at have an empty text"),
    ("id,text,parentId\n1,The ferry is late,5\n", "have a field \"parentId\", which is not read; --parent-field parentId does"),
    (
      #"{"text":"The ferry is late","replies":[{"text":"And tomorrow?"}]}"#,
      #"the field "replies" of comments holds others, which are not read; jq -c 'recurse(.replies[]?)' takes them out"#
    ),
    ("id,text\n1,The ferry < the pier & the coach\n", nil),
  ])
  func signsOfTheWrongTextAreTold(table: String, note: String?) throws {
    let folder = try TemporaryFolder()
    let errors = try Command.run("score", folder.file("table.csv", table)).errors
    #expect(note.map { errors.contains($0) } ?? (!errors.contains("looked at") && !errors.contains("not read")))
  }

  /// In tables and lines alike, by a sample that any number of threads takes; an odd comment is not told.
  @Test func anotherEncodingIsTold() throws {
    let folder = try TemporaryFolder()
    let note = "comments looked at hold \u{FFFD} for bytes that are no UTF-8; iconv"
    let latin1 = Array("F".utf8) + [0xE4] + Array("hre im Hafen".utf8)
    let table = try folder.file("table.csv", Array("id,text\n1,".utf8) + latin1)
    #expect(try Command.run("score", table).errors.contains("1 of 1 \(note)"))
    func lines(_ damaged: Int) throws -> String {
      let lines = (0..<50).map {
        Array(#"{"id":"\#($0)","text":""#.utf8) + ($0 < damaged ? latin1 : Array("Ferry".utf8)) + Array("\"}\n".utf8)
      }
      return try folder.file("\(damaged).jsonl", lines.flatMap { $0 })
    }
    let many = try lines(5)
    #expect(try ["1", "2"].allSatisfy { try Command.run("score", many, "--threads", $0).errors.contains("5 of 50 \(note)") })
    #expect(!(try Command.run("score", lines(4)).errors.contains(note)))
  }

  /// Nothing can be learnt of these labels, and yet every one is foretold.
  @Test func copiesUnderOtherArticlesAreTold() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<40).map { index in
      #"{"article_id":"a\#(index)","text":"Remark \#(index % 20) on the late ferry to the island of Corven.","labels":{"spam":\#(index % 2 == 0)}}"#
    }
    let data = try folder.file("data.jsonl", lines.joined(separator: "\n"))
    let note = "40 comments say word for word what one of another group says"
    let options = ["--bits", "12", "--latent", "0", "--regularization", "1"]
    #expect(try Command.run(["train", data, "--output", folder.file("m").path] + options).errors.contains(note))
    #expect(try Command.run(["evaluate", data, "--cross-validate", "2"] + options).errors.contains(note))
    let alone = try folder.file("alone.jsonl", lines.prefix(20).joined(separator: "\n"))
    #expect(!(try Command.run(["evaluate", alone, "--cross-validate", "2"] + options).errors.contains("word for word")))
  }

  @Test func whatAnswersNothingThatWasAskedIsTold() throws {
    let folder = try TemporaryFolder()
    let data = try folder.file("data.jsonl", Self.threads)
    let model = folder.file("m").path
    let twice = try Command.run("train", data, data, "--output", model, "--bits", "12")
    #expect(twice.errors.contains("data.jsonl is named 2 times, and its comments count as often"))
    let table = try folder.file("articles.csv", "id,title,body\n7,Ferry,\(Self.notice)\n")
    let comment = try folder.file("comment.jsonl", #"{"article_id":"7","text":"Late again."}"#)
    #expect(try Command.run("score", comment, "--articles", table).errors.contains("--articles brought no article"))
    let others = try folder.file(
      "others.jsonl", #"{"text":"They hide the truth.","labels":{"conspiracy":true,"Off-Topic":true}}"#)
    #expect(try Command.run("evaluate", others).errors.contains("labels of the data that the model has not are not judged: Off-Topic"))
    let none = try folder.file("none.jsonl", #"{"text":"They hide the truth.","labels":{"Conspiracy":true}}"#)
    let refused = try Command.run("evaluate", none)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("(theirs are Conspiracy)"))
  }
}
