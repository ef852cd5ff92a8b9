internal import ArgumentParser
internal import BelowTheLine
internal import ModerationQueue

struct QueueDecide: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decide",
    abstract: "Writes down what a person decided. Nothing is ever taken out of the log: undo is another decision.",
    discussion: """
      approve, reject and escalate decide; label says which labels hold and leaves the rest open. undo takes back \
      the last decision. appeal asks for another look, uphold and overturn answer it. --second keeps an opinion beside the decision that holds.

      EXAMPLES
        btl queue decide 17 --store q.sqlite --as anna --action reject \\
          --label off_topic=yes,conspiracy=no --reason off_topic
        btl queue decide 17 18 19 --store q.sqlite --as anna --action approve
        btl queue decide 17 --store q.sqlite --as bert --action approve --second
        btl queue decide c9 --store q.sqlite --as anna --action undo \\
          --note "wrong comment"
      """)

  @Argument(help: "Numbers in the queue, or ids of comments; '#17' is always the number, id:17 the comment's own id.")
  var ids: [String]

  @OptionGroup var store: StoreOption
  @OptionGroup var moderator: ModeratorOption

  @Option(help: "What is to be done: approve, reject, escalate, label, undo, appeal, uphold or overturn.")
  var action: Action

  @Option(
    name: .customLong("label"), help: ArgumentHelp("Labels that hold or do not, as off_topic=yes,conspiracy=no.", valueName: "labels"))
  var labels: [String] = []

  @Option(help: ArgumentHelp("Why; `btl queue reasons` lists the codes.", valueName: "code"))
  var reason: String?

  @Option(help: ArgumentHelp("Why, in words.", valueName: "text"))
  var note: String?

  @Option(help: ArgumentHelp("The ids are those of comments of this source.", valueName: "name"))
  var source: String?

  @Flag(help: "A second opinion on what somebody else decided: kept for comparison, changes nothing.")
  var second = false

  @Flag(help: "Print the entries of the log, one JSON object each.")
  var json = false

  func validate() throws {
    _ = try LabelList.parse(labels)
    if action == .label, labels.isEmpty { throw ValidationError("--action label needs --label") }
  }

  func run() throws {
    let store = try store.open()
    let numbers = try ids.map { try store.number(named: $0, source: source) }
    let request = DecisionRequest(
      moderator: moderator.moderator, action: action, labels: try LabelList.parse(labels), reason: reason, note: note, isOpinion: second)
    let newLabels = try request.labels.keys.sorted().filter { try !store.hasLabel($0) }
    let output = try Output(path: nil)
    var failures = 0
    for result in try store.decide(numbers, request) {
      switch result {
      case .success(let decision):
        let item = try json ? nil : store.items(numbers: [decision.item]).first
        try output.write(json ? DecisionText.json(decision) : Array((DecisionText.line(decision) + (item.map(ItemText.name) ?? "")).utf8))
      case .failure(let error):
        failures += 1
        Terminal.note("btl: \(error)")
      }
    }
    try output.finish()
    // Any name may be a label, a misspelt one too.
    for label in newLabels where failures < numbers.count {
      Terminal.note("btl: \(Terminal.brief(label)) is a new label: no model scored it here, and nobody had decided it before")
    }
    if failures > 0 { throw ExitCode(1) }
  }
}

/// An entry of the log, for people and for programs.
enum DecisionText {
  static func line(_ decision: Decision) -> String {
    let labels = decision.labels == "{}" ? "" : " " + decision.labels
    let opinion = decision.isOpinion ? " (second opinion)" : ""
    return
      "#\(decision.item) \(decision.state.rawValue)\(Terminal.harmless(labels)): \(decision.action.rawValue) by "
      + "\(Terminal.harmless(decision.moderator))\(opinion), decision \(decision.sequence) \(decision.digest)\n"
  }

  /// What was done and why, on the page of a comment.
  static func account(_ decision: Decision, on item: QueueItem) -> String {
    let head = "\(decision.action.rawValue) by \(decision.moderator), \(decision.time)"
    let details = [
      decision.isOpinion ? "second opinion" : nil, decision.revision == item.revision ? nil : "of revision \(decision.revision)",
      decision.labels == "{}" ? nil : decision.labels, decision.reason.map { "reason \($0)" },
      decision.note.map { "note: \(Terminal.clipped($0, to: longestNote))" },
    ]
    return ([head] + details.compactMap { $0 }).joined(separator: "; ")
  }

  private static let longestNote = 1000

  static func json(_ decision: Decision) -> [UInt8] {
    var writer = JSONWriter()
    decision.append(to: &writer)
    writer.newline()
    return writer.bytes
  }
}
