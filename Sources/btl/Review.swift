internal import ArgumentParser
internal import ModerationQueue

struct Review: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Shows one comment of the queue at a time, with its context, to decide by a key.",
    discussion: """
      Each comment is claimed while it is shown, so several people can work at once. What was decided is on disk; \
      whoever stops goes on where they stopped.

      KEYS
      \(keys)

      A key means the same label as long as you go on; those that the comment was not scored for may be set too. u takes \
      back what was decided last in this session, unless somebody has decided something else since.

      EXAMPLES
        btl review --store q.sqlite --as anna
        btl review --store q.sqlite --as anna --order uncertainty
      """)

  static let keys = """
      1 … 9  a label: yes, no, open      a approve    r reject    e escalate
      n      a note (Esc cancels)        l only labels
      s skip     u undo     m whole text     q quit     ? help
      of an appeal:                      h uphold     o overturn
    """

  @OptionGroup var store: StoreOption
  @OptionGroup var moderator: ModeratorOption
  @OptionGroup var lease: LeaseOption

  @Option(help: "risk, uncertainty, age or mixed.")
  var order: QueueOrder = .mixed

  @Option(help: "pending, escalated or appealed.")
  var state: ItemState = .pending

  func validate() throws {
    if [.approved, .rejected].contains(state) { throw ValidationError("--state takes pending, escalated or appealed, not \(state)") }
  }

  func run() throws {
    var session = try ReviewSession(
      store: try store.open(), moderator: moderator.moderator, order: order, state: state, lease: lease.seconds)
    try session.run()
  }
}
