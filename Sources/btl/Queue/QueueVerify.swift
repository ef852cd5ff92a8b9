internal import ArgumentParser
internal import BelowTheLine
internal import ModerationQueue

struct QueueVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks that no decision was changed, removed or put in, and no text under it.",
    discussion: """
      Prints the digest of the last decision. Kept somewhere else, it shows later whether the end of the log was cut \
      off. Exit status 1 where something is wrong.

      EXAMPLES
        btl queue verify --store q.sqlite
        btl queue verify --store q.sqlite --expect 3f0c…
      """)

  @OptionGroup var store: StoreOption

  @Option(help: ArgumentHelp("A digest seen earlier, which must still be in the log.", valueName: "digest"))
  var expect: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let result = try store.open().verify(expecting: expect)
    let output = try Output(path: nil)
    if json {
      var writer = JSONWriter()
      writer.value(
        .object([
          JSONMember("comments", .integer(result.items)), JSONMember("decisions", .integer(result.decisions)),
          JSONMember("head", .string(result.head)), JSONMember("problem_count", .integer(result.problemCount)),
          JSONMember("problems", .array(result.problems.map(JSONValue.string))),
        ]))
      writer.newline()
      try output.write(writer.bytes)
    } else {
      for problem in result.problems { try output.write(line: Terminal.harmless(problem)) }
      if result.problemCount > result.problems.count { try output.write(line: "… \(result.problemCount.grouped) problems in all") }
      let verdict = result.problemCount == 0 ? "in order" : "NOT in order"
      try output.write(line: "\(result.items.grouped) comments, \(result.decisions.grouped) decisions: \(verdict)")
      try output.write(line: "last decision: \(result.head)")
    }
    try output.finish()
    if result.problemCount > 0 { throw ExitCode(1) }
  }
}
