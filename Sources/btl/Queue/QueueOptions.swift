public import ArgumentParser
public import BelowTheLine
public import ModerationQueue

extension QueueOrder: ExpressibleByArgument {}
extension ItemState: ExpressibleByArgument {}
extension Action: ExpressibleByArgument {}
extension Instant: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

struct StoreOption: ParsableArguments {
  @Option(help: ArgumentHelp("The store: one SQLite file.", valueName: "file"), completion: .file())
  var store: String

  func open() throws -> QueueStore {
    FilesInUse.add(store)
    return try QueueStore(path: store)
  }
}

struct ModeratorOption: ParsableArguments {
  @Option(name: .customLong("as"), help: ArgumentHelp("Who decides: a name that is always the same for one person.", valueName: "name"))
  var moderator: String

  func validate() throws {
    if moderator.allSatisfy(\.isWhitespace) { throw ValidationError("--as needs a name") }
  }
}

struct LeaseOption: ParsableArguments {
  @Option(help: ArgumentHelp("Nobody else gets it for so many minutes.", valueName: "minutes"))
  var lease: Int = QueueStore.defaultLease / 60

  func validate() throws {
    if !(1...1440).contains(lease) { throw ValidationError("--lease takes 1 to 1440 minutes, not \(lease)") }
  }

  var seconds: Int { lease * 60 }
}

/// Labels as people write them: `off_topic=yes,conspiracy=no`.
enum LabelList {
  static func parse(_ texts: [String]) throws -> [String: Bool] {
    var labels: [String: Bool] = [:]
    for text in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, let value = decisions[parts[1].lowercased()] else {
        throw ValidationError("--label takes NAME=yes or NAME=no, several with commas, not \(text)")
      }
      if labels.updateValue(value, forKey: String(parts[0])) == !value {
        throw ValidationError("--label says both yes and no of \(parts[0])")
      }
    }
    return labels
  }

  private static let decisions = ["yes": true, "true": true, "1": true, "no": false, "false": false, "0": false]
}

struct SelectionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only these: pending, approved, rejected, escalated, appealed.", valueName: "state"))
  var state: [ItemState] = []

  @Option(name: .customLong("label"), help: ArgumentHelp("Only what a person decided so.", valueName: "name=yes|no"))
  var labels: [String] = []

  @Option(help: ArgumentHelp("Only what the model flagged for this label.", valueName: "name"))
  var flagged: [String] = []

  @Option(name: .customLong("score"), help: ArgumentHelp("Only scores within these limits, as off_topic=0.4-0.6.", valueName: "name=range"))
  var scores: [String] = []

  @Option(
    help: ArgumentHelp("Only comments of this time or later: 2026-11-21 (UTC), or 2026-11-21T08:00:00+01:00.", valueName: "time"))
  var since: Instant?

  @Option(help: ArgumentHelp("Only comments before this time.", valueName: "time"))
  var until: Instant?

  @Option(help: ArgumentHelp("Only comments under this article.", valueName: "id"))
  var article: String?

  @Option(help: ArgumentHelp("Only comments of this source.", valueName: "name"))
  var source: String?

  @Option(help: ArgumentHelp("Only what this person decided.", valueName: "name"))
  var by: String?

  @Option(help: ArgumentHelp("risk, uncertainty, age or mixed. (default: the order of arrival)", valueName: "order"))
  var order: QueueOrder?

  @Option(help: ArgumentHelp("At most this many.", valueName: "n"))
  var limit: Int?

  func validate() throws {
    _ = try LabelList.parse(labels)
    for text in scores where Self.range(text) == nil {
      throw ValidationError("--score takes NAME=LOW-HIGH, as off_topic=0.4-0.6, not \(text)")
    }
    if let limit, limit < 0 { throw ValidationError("--limit must be 0 or more, not \(limit)") }
  }

  func selection() throws -> Selection {
    var selection = Selection()
    selection.states = state
    selection.labels = try LabelList.parse(labels)
    selection.flags = flagged
    selection.scores = Dictionary(scores.compactMap(Self.range)) { $1 }
    selection.since = since
    selection.until = until
    selection.article = article
    selection.source = source
    selection.moderator = by
    selection.order = order
    selection.limit = limit
    return selection
  }

  private static func range(_ text: String) -> (String, ClosedRange<Double>)? {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let limits = parts[1].split(separator: "-", omittingEmptySubsequences: false)
    guard limits.count == 2, let low = limits[0].isEmpty ? 0 : Double(limits[0]), let high = limits[1].isEmpty ? 1 : Double(limits[1]),
      low <= high
    else { return nil }
    return (String(parts[0]), low...high)
  }
}
