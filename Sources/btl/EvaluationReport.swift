internal import BelowTheLine
internal import Foundation

/// The figures of an evaluation as one page that loads nothing and runs nothing.
struct EvaluationReport {
  let subject: String
  let judgements: [Judgement]

  private static let mistakes = 12
  private static let side = 300.0

  func write(to path: String) throws {
    let output = try Output(path: path)
    try output.write(line: head)
    for judgement in judgements { try output.write(line: section(judgement)) }
    try output.write(line: "</main></body></html>")
    try output.finish()
  }

  private var head: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>Evaluation: \(HTML.escaped(subject))</title>
    <style>
    :root { --ink: #1c1c1c; --dim: #595959; --paper: #fff; --line: #d5d5d5; --yes: #b3341f; --no: #2f6db3; }
    @media (prefers-color-scheme: dark) { :root { --ink: #eee; --dim: #b5b5b5; --paper: #161616; --line: #444; --yes: #ff8a70; --no: #7fb4f0; } }
    body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0; }
    main { max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.5rem; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; } h3 { margin-bottom: .3rem; }
    .plots { display: flex; flex-wrap: wrap; gap: 1.5rem; } figure { margin: 0; } figcaption { color: var(--dim); font-size: .85rem; max-width: 20rem; }
    svg { display: block; color: var(--ink); } svg text { font-size: 11px; fill: var(--dim); }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: .15rem .8rem .15rem 0; white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
    th { color: var(--dim); font-weight: 500; border-bottom: 1px solid var(--line); } .dim { color: var(--dim); }
    .mistake { border-left: .25rem solid var(--line); padding: .1rem 0 .1rem .8rem; margin: .8rem 0; overflow-wrap: anywhere; white-space: pre-wrap; }
    .for { color: var(--yes); text-decoration: underline; } .against { color: var(--no); }
    </style></head><body><main>
    <h1>Evaluation: \(HTML.escaped(subject))</h1>
    <p class="dim">Intervals are 95 %, resampled by group. Scores order and explain; a person decides about every comment.</p>
    """
  }

  private func section(_ judgement: Judgement) -> String {
    let metrics = judgement.evaluation.metrics
    let ranked = RankedScores(scores: judgement.rows.map(\.score), isPositive: judgement.rows.map { $0.isPositive(judgement.label) })
    let weights = judgement.rows.map(\.weight)
    let cuts = ranked.cuts(weights: weights)
    let bins = ranked.bins(weights: weights)
    return """
      <section><h2>\(HTML.escaped(judgement.label))</h2>
      <p>\(metrics.rows.grouped) comments, \(metrics.positives.grouped) positive.</p>
      <div class="plots">
      \(figure("Precision over recall", "The dashed line is what flagging by chance gives.", curve(cuts.map { ($0.recall, $0.precision) }) + line(0, metrics.positives / max(metrics.rows, 1), 1, metrics.positives / max(metrics.rows, 1)), x: "recall", y: "precision"))
      \(figure("ROC", "True over false positive rate; the area is \(metrics.auc.figure).", curve([(0, 0)] + cuts.map { ($0.falsePositiveRate, $0.recall) }) + line(0, 0, 1, 1), x: "false positive rate", y: "recall"))
      \(figure("Reliability", "Share of positives over mean score; larger dots hold more comments. Expected calibration error \(metrics.ece.figure).", reliability(bins) + line(0, 0, 1, 1), x: "score", y: "share positive"))
      \(figure("Scores", "Comments by score, in fifteen bins: positive ones solid, negative ones pale; heights by square root.", histogram(bins), x: "score", y: ""))
      </div>
      <h3>Figures</h3>\(figures(judgement.evaluation))
      <h3>Thresholds</h3>\(thresholds(judgement.evaluation, ranked, weights))
      \(functions(judgement.rates))\(subgroups(judgement.subgroups))
      <h3>Flagged, though the label says no</h3>\(mistakes(judgement, isPositive: false))
      <h3>Not flagged, though the label says yes</h3>\(mistakes(judgement, isPositive: true))
      </section>
      """
  }

  // MARK: Plots

  private func figure(_ title: String, _ caption: String, _ content: String, x: String, y: String) -> String {
    let side = Self.side
    let ticks = [0, 0.25, 0.5, 0.75, 1].map { value in
      "<text x=\"\(value * side)\" y=\"\(side + 14)\" text-anchor=\"middle\">\(value)</text>"
        + (y.isEmpty ? "" : "<text x=\"-6\" y=\"\(side - value * side + 4)\" text-anchor=\"end\">\(value)</text>")
    }
    return """
      <figure><svg width="\(side + 60)" height="\(side + 50)" viewBox="-44 -10 \(side + 60) \(side + 50)" role="img" aria-label="\(HTML.escaped(title))">
      <rect width="\(side)" height="\(side)" fill="none" stroke="var(--line)"/>\(ticks.joined())
      <text x="\(side / 2)" y="\(side + 32)" text-anchor="middle">\(x)</text>
      <text transform="rotate(-90)" x="\(-side / 2)" y="-34" text-anchor="middle">\(y)</text>
      \(content)</svg><figcaption><strong>\(HTML.escaped(title)).</strong> \(HTML.escaped(caption))</figcaption></figure>
      """
  }

  private func place(_ x: Double, _ y: Double) -> String {
    String(format: "%.1f,%.1f", x * Self.side, Self.side - y * Self.side)
  }

  private func curve(_ points: [(Double, Double)]) -> String {
    "<polyline fill=\"none\" stroke=\"var(--no)\" stroke-width=\"2\" points=\"\(points.map { place($0.0, $0.1) }.joined(separator: " "))\"/>"
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    "<polyline fill=\"none\" stroke=\"var(--dim)\" stroke-dasharray=\"4 4\" points=\"\(place(x1, y1)) \(place(x2, y2))\"/>"
  }

  private func reliability(_ bins: [ScoreBin]) -> String {
    let most = bins.map(\.count).max() ?? 1
    return bins.filter { $0.count > 0 }.map { bin in
      let share = bin.positives / bin.count
      let radius = 2 + 8 * (bin.count / most).squareRoot()
      return String(
        format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"var(--no)\" fill-opacity=\"0.6\"><title>%@ comments</title></circle>",
        bin.meanScore * Self.side, Self.side - share * Self.side, radius, bin.count.grouped)
    }.joined()
  }

  private func histogram(_ bins: [ScoreBin]) -> String {
    let most = (bins.map { max($0.positives, $0.negatives) }.max() ?? 1).squareRoot()
    let width = Self.side / Double(bins.count) / 2 - 1
    func bar(_ count: Double, _ x: Double, _ style: String) -> String {
      let height = count.squareRoot() / most * Self.side
      return String(
        format: "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %@><title>%@</title></rect>", x, Self.side - height, width,
        height,
        style, count.grouped)
    }
    return bins.map { bin in
      let x = bin.range.lowerBound * Self.side
      return bar(bin.negatives, x, "fill=\"var(--no)\" fill-opacity=\"0.35\"") + bar(bin.positives, x + width + 1, "fill=\"var(--yes)\"")
    }.joined()
  }

  // MARK: Tables

  private func table(_ header: [String], _ rows: [[String]]) -> String {
    let head = header.map { "<th scope=\"col\">\(HTML.escaped($0))</th>" }.joined()
    let body = rows.map { "<tr>" + $0.map { "<td>\(HTML.escaped($0))</td>" }.joined() + "</tr>" }.joined(separator: "\n")
    return "<div class=\"scroll\"><table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>"
  }

  private func interval(_ interval: Evaluation.Interval?) -> String {
    interval.map { "\($0.low.figure) – \($0.high.figure)" } ?? "–"
  }

  private func figures(_ evaluation: Evaluation) -> String {
    table(
      ["", "value", "95 % interval", "length alone", "majority"],
      evaluation.points[0].figures.enumerated().map { index, metric in
        [
          EvaluationTable.name(of: metric.name), metric.value.figure, interval(metric.interval),
          evaluation.lengthBaseline.named[index].value.figure, evaluation.majorityBaseline.named[index].value.figure,
        ]
      })
  }

  private func thresholds(_ evaluation: Evaluation, _ ranked: RankedScores, _ weights: [Double]) -> String {
    let points = evaluation.points.map { point in
      ["chosen for \(point.threshold.target)", point.threshold.isReached ? point.threshold.value.figure : "not reached"]
        + point.figures.filter { ["precision", "recall", "flagged"].contains($0.name) }.map { figure in
          point.threshold.isReached ? figure.value.figure + " (\(interval(figure.interval)))" : "–"
        }
    }
    let grid = (1...9).reversed().compactMap { tenths -> [String]? in
      let level = Double(tenths) / 10
      let metrics = ranked.metrics(threshold: level, weights: weights)
      guard metrics.flagged > 0 else { return nil }
      return ["", level.figure, metrics.precision.figure, metrics.recall.figure, metrics.flagged.figure]
    }
    return table(["", "threshold", "precision", "recall", "flagged"], points + grid)
  }

  private func functions(_ rates: FunctionRates) -> String {
    guard !rates.isEmpty else { return "" }
    return "<h3>By function</h3>"
      + table(
        ["", "flagged", "cases", ""],
        rates.rows.map { function, count in
          [function, (Double(count.flagged) / Double(max(count.rows, 1))).figure, "\(count.rows)", count.expectation]
        })
  }

  private func subgroups(_ groups: [SubgroupAUC]) -> String {
    guard !groups.isEmpty else { return "" }
    return "<h3>Subgroups</h3>"
      + table(
        ["", "comments", "positive", "AUC", "BPSN", "BNSP"],
        groups.map { group in
          [group.name, group.rows.grouped, group.positives.grouped]
            + [group.subgroup, group.backgroundPositiveSubgroupNegative, group.backgroundNegativeSubgroupPositive].map {
              $0.isNaN ? "–" : $0.figure
            }
        })
  }

  // MARK: Mistakes

  private func mistakes(_ judgement: Judgement, isPositive: Bool) -> String {
    let wrong = judgement.rows.filter {
      $0.isPositive(judgement.label) == isPositive && ($0.score >= judgement.threshold) != isPositive
    }
    guard !wrong.isEmpty else { return "<p class=\"dim\">None.</p>" }
    let worst = wrong.sorted { isPositive ? $0.score < $1.score : $0.score > $1.score }.prefix(Self.mistakes)
    return worst.map { row in
      let explanation = row.explain?().first { $0.label == judgement.label }
      let text = explanation.map { marked(row.comment.text, $0) } ?? HTML.escaped(row.comment.text)
      return "<div class=\"mistake\"><span class=\"dim\">\(row.score.figure) · \(HTML.escaped(row.comment.id))</span>\n\(text)</div>"
    }.joined(separator: "\n")
  }

  /// The text with its weighty tokens coloured and underlined.
  private func marked(_ text: String, _ explanation: Explanation) -> String {
    explanation.pieces(of: text).map { piece in
      let escaped = HTML.escaped(piece.text)
      guard abs(piece.share) >= Explanation.weightyShare else { return escaped }
      return "<span class=\"\(piece.share > 0 ? "for" : "against")\" title=\"\(piece.share.figure)\">\(escaped)</span>"
    }.joined()
  }
}
