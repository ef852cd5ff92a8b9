internal import ArgumentParser
internal import BelowTheLine
internal import ModerationQueue

struct QueueList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Shows what is in the queue, without claiming it.",
    discussion: """
      EXAMPLES
        btl queue list --store q.sqlite --state pending --order risk
        btl queue list --store q.sqlite --score off_topic=0.4-0.6 --json
      """)

  @OptionGroup var store: StoreOption
  @OptionGroup var selection: SelectionOptions

  @Flag(help: "Print one JSON object a comment.")
  var json = false

  /// So many are listed on a terminal where nothing else is said.
  private static let page = 50

  func run() throws {
    var selection = try selection.selection()
    if selection.limit == nil, Terminal.outputIsTerminal { selection.limit = Self.page }
    let output = try Output(path: nil)
    try store.open().forEachItem(selection) { item in try output.write(json ? ItemText.json(item) : Array(ItemText.line(item).utf8)) }
    try output.finish()
  }
}

struct QueueNext: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "next",
    abstract: "Claims the next comments for a person, so that nobody else decides them meanwhile.",
    discussion: """
      Asking again without having decided gives the same comments again. A claim ends with the decision, or when its time is up.

      EXAMPLES
        btl queue next --store q.sqlite --as anna
        btl queue next --store q.sqlite --as anna --count 20 --json
      """)

  @OptionGroup var store: StoreOption
  @OptionGroup var moderator: ModeratorOption
  @OptionGroup var lease: LeaseOption

  @Option(help: ArgumentHelp("So many at once.", valueName: "n"))
  var count: Int = 1

  @Option(help: "risk, uncertainty, age or mixed.")
  var order: QueueOrder = .mixed

  @Option(help: "pending, escalated or appealed.")
  var state: ItemState = .pending

  @Flag(help: "Print one JSON object a comment.")
  var json = false

  func validate() throws {
    if count < 1 { throw ValidationError("--count must be 1 or more, not \(count)") }
    if [.approved, .rejected].contains(state) { throw ValidationError("--state takes pending, escalated or appealed, not \(state)") }
  }

  func run() throws {
    let store = try store.open()
    let numbers = try store.claim(moderator.moderator, count: count, order: order, state: state, lease: lease.seconds)
    let output = try Output(path: nil)
    for item in try store.items(numbers: numbers) {
      try output.write(json ? ItemText.json(item) : Array(ItemText.page(item, log: store.decisions(on: item.number)).utf8))
    }
    try output.finish()
    if numbers.isEmpty { Terminal.note("btl: nothing is \(state.rawValue) that nobody has claimed") }
  }
}
