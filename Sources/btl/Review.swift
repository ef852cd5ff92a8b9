internal import ArgumentParser
internal import ModerationQueue

struct Review: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Shows one comment at a time, to decide by a key.")
  @OptionGroup var store: StoreOption
  func run() throws {}
}
