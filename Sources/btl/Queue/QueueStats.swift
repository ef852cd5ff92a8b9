internal import ArgumentParser
internal import BelowTheLine
internal import ModerationQueue

struct QueueStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Says how much waits, who decides, how far people and model agree, and whether scores have moved.",
    discussion: """
      psi is the population stability index of the scores of a week against the first week with 200 scores: above 0.25 a lot has moved.
      ece is the calibration error of the scores of what was decided in a week; what people chose to look at is no random sample.
      Where figures speak for it, training again is suggested; nothing is ever trained by itself.

      EXAMPLES
        btl queue stats --store q.sqlite
        btl queue stats --store q.sqlite --json | jq .advice
      """)

  @OptionGroup var store: StoreOption

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let statistics = try store.open().statistics()
    let output = try Output(path: nil)
    if json {
      var writer = JSONWriter()
      writer.value(StatisticsText.json(statistics))
      writer.newline()
      try output.write(writer.bytes)
    } else {
      for line in StatisticsText.lines(statistics) { try output.write(line: Terminal.harmless(line)) }
    }
    try output.finish()
  }
}

enum StatisticsText {
  static func lines(_ statistics: QueueStatistics) -> [String] {
    var lines: [String] = []
    func table(_ title: String, _ columns: [String], _ rows: [[String]]) {
      guard !rows.isEmpty else { return }
      let widths = columns.indices.map { column in ([columns] + rows).map { $0[column].count }.max() ?? 0 }
      if !lines.isEmpty { lines.append("") }
      lines.append(title)
      for row in [columns] + rows { lines.append(line(row, widths)) }
    }
    table(
      "In the queue", ["state", "comments", "oldest since", "half since"],
      statistics.depth.map { [$0.state.rawValue, $0.count.grouped, $0.oldest, $0.median] })
    table(
      "Decisions", ["day", "by", "decisions", "approved", "rejected", "escalated", "opinions", "undone"],
      statistics.workload.map {
        [$0.day, $0.moderator] + [$0.decisions, $0.approved, $0.rejected, $0.escalated, $0.opinions, $0.undone].map(\.grouped)
      })
    let agreement = ["cases", "agree", "kappa"]
    table("People with each other", ["label"] + agreement, statistics.people.map { [$0.label] + figures($0.agreement) })
    table(
      "People, two by two", ["decision by", "opinion of"] + agreement,
      statistics.pairs.map { [$0.first, $0.second] + figures($0.agreement) })
    table(
      "The model with people", ["label"] + agreement + ["precision", "recall"],
      statistics.model.map { [$0.label] + figures($0.agreement) + [$0.agreement.precision.figure, $0.agreement.recall.figure] })
    let appeals = statistics.appeals
    table(
      "Appeals", ["made", "upheld", "overturned"],
      appeals.made == 0 ? [] : [[appeals.made.grouped, appeals.upheld.grouped, appeals.overturned.grouped]])
    table(
      "By week", ["week of", "label", "scored", "psi", "decided", "ece"],
      statistics.weeks.map {
        [$0.week, $0.label, $0.scored.grouped, $0.stability.figure, $0.decided.grouped, $0.calibrationError.figure]
      })
    return lines + (statistics.advice.isEmpty ? [] : [""] + statistics.advice)
  }

  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    let line = "  " + zip(cells, widths).map { Terminal.harmless($0).padded(to: $1) }.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  private static func figures(_ agreement: Agreement) -> [String] {
    [agreement.count.grouped, agreement.observed.figure, agreement.kappa.figure]
  }

  static func json(_ statistics: QueueStatistics) -> JSONValue {
    func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue { .object(members.map { JSONMember($0.key, $0.value) }) }
    func agreement(_ agreement: Agreement) -> JSONValue {
      object([
        "cases": .integer(agreement.count), "agree": number(agreement.observed), "kappa": number(agreement.kappa),
        "precision": number(agreement.precision), "recall": number(agreement.recall),
      ])
    }
    return object([
      "depth": .array(
        statistics.depth.map {
          object([
            "state": .string($0.state.rawValue), "comments": .integer($0.count), "oldest": .string($0.oldest), "median": .string($0.median),
          ])
        }),
      "decisions": .array(
        statistics.workload.map {
          object([
            "day": .string($0.day), "moderator": .string($0.moderator), "decisions": .integer($0.decisions),
            "approved": .integer($0.approved), "rejected": .integer($0.rejected), "escalated": .integer($0.escalated),
            "opinions": .integer($0.opinions), "undone": .integer($0.undone),
          ])
        }),
      "people": .array(statistics.people.map { object(["label": .string($0.label), "agreement": agreement($0.agreement)]) }),
      "pairs": .array(
        statistics.pairs.map { object(["first": .string($0.first), "second": .string($0.second), "agreement": agreement($0.agreement)]) }),
      "model": .array(statistics.model.map { object(["label": .string($0.label), "agreement": agreement($0.agreement)]) }),
      "appeals": object([
        "made": .integer(statistics.appeals.made), "upheld": .integer(statistics.appeals.upheld),
        "overturned": .integer(statistics.appeals.overturned),
      ]),
      "weeks": .array(
        statistics.weeks.map {
          object([
            "week": .string($0.week), "label": .string($0.label), "scored": .integer($0.scored), "psi": number($0.stability),
            "decided": .integer($0.decided), "ece": number($0.calibrationError),
          ])
        }),
      "advice": .array(statistics.advice.map(JSONValue.string)),
    ])
  }

  private static func number(_ value: Double) -> JSONValue { value.isNaN ? .null : .number(value) }
}
