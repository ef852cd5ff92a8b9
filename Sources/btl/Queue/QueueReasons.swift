internal import ArgumentParser
internal import ModerationQueue

struct QueueReasons: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reasons",
    abstract: "Lists the reasons for decisions and what they are called elsewhere, or adds one.",
    discussion: """
      EXAMPLES
        btl queue reasons --store q.sqlite
        btl queue reasons --store q.sqlite --add paywall \\
          --title "asks others to copy paid text" --coral OTHER
      """)

  @OptionGroup var store: StoreOption

  @Option(help: ArgumentHelp("The code of a new reason.", valueName: "code"))
  var add: String?

  @Option(help: ArgumentHelp("What it means.", valueName: "text"))
  var title: String?

  @Option(help: ArgumentHelp("Coral's rejection code.", valueName: "code"))
  var coral: String = "OTHER"

  @Option(help: ArgumentHelp("The category of a DSA statement of reasons.", valueName: "category"))
  var dsaCategory: String = ReasonCode.otherCategory

  @Option(help: ArgumentHelp("A keyword of that category.", valueName: "keyword"))
  var dsaKeyword: String?

  func validate() throws {
    if !ReasonCode.dsaCategories.contains(dsaCategory) {
      throw ValidationError("--dsa-category takes \(ReasonCode.dsaCategories.sorted().joined(separator: ", ")), not \(dsaCategory)")
    }
    if add != nil, title == nil { throw ValidationError("--add needs --title") }
    if let add, add.isEmpty || !add.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) {
      throw ValidationError("--add takes a code of letters, digits and _, not \(add)")
    }
  }

  func run() throws {
    let store = try store.open()
    if let add, let title {
      try store.add(ReasonCode(code: add, title: title, coral: coral, dsaCategory: dsaCategory, dsaKeyword: dsaKeyword))
    }
    let output = try Output(path: nil)
    for reason in try store.reasons() {
      let keyword = reason.dsaKeyword.map { ", " + $0 } ?? ""
      try output.write(
        line: reason.code.padded(to: 14) + Terminal.harmless(reason.title).padded(to: 38)
          + Terminal.harmless(reason.coral).padded(to: 20) + Terminal.harmless(reason.dsaCategory + keyword))
    }
    try output.finish()
  }
}
