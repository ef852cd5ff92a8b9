internal import BelowTheLine
internal import Foundation

/// The figures of one label, as people read them.
enum EvaluationTable {
  private static let names = [
    "auc": "AUC", "average_precision": "average precision", "f1": "F1", "macro_f1": "macro-F1", "mcc": "MCC", "ece": "ECE",
    "brier": "Brier score",
  ]

  static func name(of metric: String) -> String { names[metric] ?? metric }

  static func lines(_ evaluation: Evaluation) -> [String] {
    let metrics = evaluation.metrics
    var lines = [
      Terminal.styled(
        "\(Terminal.harmless(evaluation.label)): \(metrics.rows.grouped) comments, \(metrics.positives.grouped) positive "
          + "(\(String(format: "%.1f", 100 * metrics.positives / max(metrics.rows, 1))) %)", .bold)
    ]
    if metrics.rows != Double(evaluation.rows) || metrics.positives != Double(evaluation.positiveRows) {
      lines.append("  (sums of weights, of \(evaluation.rows.grouped) comments, \(evaluation.positiveRows.grouped) positive)")
    }
    lines.append("  " + "".padded(to: 18) + "value   95 % interval      length alone   majority")
    for (index, (name, value, interval)) in evaluation.points[0].figures.enumerated() {
      let interval = interval.map { "\($0.low.figure) – \($0.high.figure)" } ?? "–"
      lines.append(
        "  " + Self.name(of: name).padded(to: 18) + value.figure.padded(to: 8) + interval.padded(to: 19)
          + evaluation.lengthBaseline.named[index].value.figure.padded(to: 15) + evaluation.majorityBaseline.named[index].value.figure)
    }
    return lines + thresholds(evaluation)
  }

  /// What was learnt of relevance without labels, as the card says it; nothing where there was nothing to learn from.
  static func lines(ofRelevance card: JSONValue) -> [String] {
    guard let relevance = card["relevance"], let pairs = relevance["pairs"]?.elements, !pairs.isEmpty else { return [] }
    let areas = pairs.map {
      "\($0["auc"]?.double?.figure ?? "–") by \(($0["context"]?.text ?? "").replacingOccurrences(of: "_", with: " "))"
    }
    return [
      "Relevance learnt from \((relevance["articles"]?.integer ?? 0).grouped) articles and "
        + "\((relevance["comments"]?.integer ?? 0).grouped) comments: AUC of own against another place " + areas.joined(separator: ", ")
        + "."
    ]
  }

  /// What each threshold finds, and what it costs.
  private static func thresholds(_ evaluation: Evaluation) -> [String] {
    let columns = ["precision", "recall", "flagged"]
    var lines = ["  " + "chosen for".padded(to: 18) + "threshold  " + columns.map { $0.padded(to: 24) }.joined()]
    for point in evaluation.points {
      guard point.threshold.isReached else {
        lines.append("  " + point.threshold.target.description.padded(to: 18) + "not reached: flags nothing")
        continue
      }
      let figures = point.figures.filter { columns.contains($0.name) }.map { _, value, interval in
        (value.figure + (interval.map { " (\($0.low.figure) – \($0.high.figure))" } ?? "")).padded(to: 24)
      }
      lines.append(
        "  " + point.threshold.target.description.padded(to: 18) + point.threshold.value.figure.padded(to: 11) + figures.joined())
    }
    return lines
  }

  /// Subgroups, the worst first.
  static func lines(_ subgroups: [SubgroupAUC]) -> [String] {
    guard !subgroups.isEmpty else { return [] }
    func figure(_ value: Double) -> String { (value.isNaN ? "–" : value.figure).leftPadded(to: 10) }
    func worst(_ group: SubgroupAUC) -> Double {
      [group.subgroup, group.backgroundPositiveSubgroupNegative, group.backgroundNegativeSubgroupPositive].filter { !$0.isNaN }.min() ?? 1
    }
    let header = "  " + "subgroup".padded(to: 24) + ["comments", "positive", "AUC", "BPSN", "BNSP"].map { $0.leftPadded(to: 10) }.joined()
    return [header]
      + subgroups.sorted { (worst($0), $0.name) < (worst($1), $1.name) }.map { group in
        "  " + Terminal.harmless(group.name).padded(to: 24) + group.rows.grouped.leftPadded(to: 10)
          + group.positives.grouped.leftPadded(to: 10) + figure(group.subgroup) + figure(group.backgroundPositiveSubgroupNegative)
          + figure(group.backgroundNegativeSubgroupPositive)
      }
  }
}
