internal import BelowTheLine
internal import Foundation

/// The figures of one label, as people read them.
enum EvaluationTable {
  static func lines(_ evaluation: Evaluation) -> [String] {
    let metrics = evaluation.metrics
    var lines = [
      Terminal.styled(
        "\(evaluation.label): \(Int(metrics.rows).grouped) comments, \(Int(metrics.positives).grouped) positive "
          + "(\(String(format: "%.1f", 100 * metrics.positives / max(metrics.rows, 1))) %)", .bold)
    ]
    lines.append("  " + "".padded(to: 18) + "value   95 % interval      length alone   majority")
    let names = [
      "auc": "AUC", "average_precision": "average precision", "f1": "F1", "macro_f1": "macro-F1", "mcc": "MCC", "ece": "ECE",
      "brier": "Brier score",
    ]
    for (index, (name, value)) in metrics.named.enumerated() {
      let interval = evaluation.intervals[name].map { "\($0.low.figure) – \($0.high.figure)" } ?? "–"
      lines.append(
        "  " + (names[name] ?? name).padded(to: 18) + value.figure.padded(to: 8) + interval.padded(to: 19)
          + evaluation.lengthBaseline.named[index].value.figure.padded(to: 15) + evaluation.majorityBaseline.named[index].value.figure)
    }
    return lines
  }
}
