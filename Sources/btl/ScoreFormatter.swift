internal import BelowTheLine
internal import CommentSources

/// Scored comments as lines of output.
struct ScoreFormatter {
  let scorer: Scorer
  let screening: Screening
  let format: Score.Format
  let explains: Bool
  private var writer = JSONWriter()
  /// Rows of other formats than JSON Lines.
  private var lines: [UInt8] = []
  private let parts: RowParts

  private static let rowsInPart = 32

  init(scorer: Scorer, screening: Screening, format: Score.Format, explains: Bool) {
    self.scorer = scorer
    self.screening = screening
    self.format = format
    self.explains = explains
    parts = RowParts(scorer.model.labels)
  }

  /// What stands before the first row.
  func header() -> [UInt8] {
    let labels = scorer.model.labels.map { Terminal.harmless($0) }
    switch format {
    case .jsonl: return []
    case .csv: return CSVWriter.line(["id", "article_id"] + labels + ["flags"] + (screening.holds ? ["outcome"] : []))
    case .table:
      let names = labels.map { Terminal.clipped($0, to: ScoreTable.columnWidth - 2).padded(to: ScoreTable.columnWidth) }
      return Array((Terminal.styled(names.joined() + "comment", .bold) + "\n").utf8)
    }
  }

  /// Whether ids and logits are all that rows are made of.
  var needsNoText: Bool { format != .table && !explains }

  /// The rows of comments in their order, in parts that were made on several threads.
  func rows(_ comments: [Comment], _ scores: [CommentScore], threads: Int) -> [[UInt8]] {
    // Small parts, whose memory is used again.
    let parts = (comments.count + Self.rowsInPart - 1) / Self.rowsInPart
    return Parallel.map(parts, threads: threads) { part in
      var formatter = self
      for index in Parallel.part(part, of: parts, comments.count) { formatter.append(comments[index], scores[index]) }
      return formatter.rows
    }
  }

  private mutating func append(_ comment: Comment, _ score: CommentScore) {
    if format == .table {
      lines += ScoreTable.row(comment, score, scorer, flags: screening.flags(score)).utf8
      return
    }
    appendRow(CommentPlace(comment), score.logits, isOpen: explains && format == .jsonl)
    guard explains, format == .jsonl else { return }
    ExplanationWriter.appendReasons(of: score, comment, scorer, to: &writer)
    writer.endObject()
    writer.newline()
  }

  /// Rows that were appended since they were last removed.
  var rows: [UInt8] { format == .jsonl ? writer.bytes : lines }

  mutating func removeRows() {
    writer.removeAll()
    lines.removeAll(keepingCapacity: true)
  }

  /// Appends a row of JSON Lines or of a table of comma separated values.
  ///
  /// - Parameters:
  ///   - logits: one a label; nil where it has no score.
  ///   - isOpen: whether members are to follow.
  mutating func appendRow(_ comment: CommentPlace, _ logits: some Collection<Double?>, isOpen: Bool = false) {
    if let articleID = comment.articleID {
      appendRow(id: comment.id.utf8Span.span, articleID: articleID.utf8Span.span, logits, isOpen: isOpen)
    } else {
      appendRow(id: comment.id.utf8Span.span, articleID: nil, logits, isOpen: isOpen)
    }
  }

  /// Appends the row of a comment whose ids are given as UTF-8.
  mutating func appendRow(id: Span<UInt8>, articleID: Span<UInt8>?, _ logits: some Collection<Double?>, isOpen: Bool = false) {
    if format == .csv { return appendValues(id: id, articleID: articleID, logits) }
    let room = parts.room + JSONRow.room(forString: id.count) + JSONRow.room(forString: articleID?.count ?? 0)
    writer.row(room: room, isOpen: isOpen) { row in
      row.append(parts.id)
      row.string(id)
      row.append(parts.articleID)
      if let articleID { row.string(articleID) } else { row.null() }
      var outcomes: (flagged: UInt64, holds: Bool) = (0, false)
      for (head, logit) in logits.enumerated() {
        row.append(parts.scores[head])
        guard let logit else {
          row.null()
          continue
        }
        let probability = Elementary.sigmoid(logit)
        row.probability(probability)
        let outcome = screening.outcome(of: probability, head: head)
        if outcome != .pass { outcomes.flagged |= 1 << UInt64(head) }
        if outcome == .hold { outcomes.holds = true }
      }
      row.append(parts.flags)
      var isFirst = true
      for head in parts.labels.indices where outcomes.flagged & 1 << UInt64(head) != 0 {
        row.append(isFirst ? parts.labels[head] : parts.furtherLabels[head])
        isFirst = false
      }
      row.append(parts.flagsEnd)
      if screening.holds { row.append(parts.outcome(outcomes.holds ? .hold : outcomes.flagged != 0 ? .review : .pass)) }
      if !isOpen { row.append(parts.end) }
    }
  }

  private mutating func appendValues(id: Span<UInt8>, articleID: Span<UInt8>?, _ logits: some Collection<Double?>) {
    let comma = UInt8(ascii: ",")
    CSVWriter.append(id, to: &lines)
    lines.append(comma)
    if let articleID { CSVWriter.append(articleID, to: &lines) }
    var flags: [String] = []
    var outcome = Outcome.pass
    for (head, logit) in logits.enumerated() {
      lines.append(comma)
      guard let probability = logit.map(Elementary.sigmoid) else { continue }
      writer.removeAll()
      writer.fixed4(probability)
      lines += writer.bytes
      switch screening.outcome(of: probability, head: head) {
      case .pass: continue
      case .review: if outcome == .pass { outcome = .review }
      case .hold: outcome = .hold
      }
      flags.append(Terminal.harmless(scorer.model.labels[head]))
    }
    lines.append(comma)
    CSVWriter.append(flags.joined(separator: " ").utf8Span.span, to: &lines)
    if screening.holds {
      lines.append(comma)
      lines += outcome.rawValue.utf8
    }
    lines += [0x0D, 0x0A]
  }

}

/// What stands between the values of a row.
private struct RowParts {
  let id = JSONPiece(#"{"id":"#)
  let articleID = JSONPiece(#","article_id":"#)
  /// Before the score of each label.
  let scores: [JSONPiece]
  let flags = JSONPiece(#"},"flags":["#)
  let labels: [JSONPiece]
  /// With a comma before them.
  let furtherLabels: [JSONPiece]
  let flagsEnd = JSONPiece("]")
  let end = JSONPiece("}\n")
  private let outcomes = Outcome.allCases.map { JSONPiece(#","outcome":""# + $0.rawValue + "\"") }
  /// How many bytes a row needs, those for the ids left out.
  let room: Int

  init(_ labels: [String]) {
    let names = labels.map { JSONWriter.text(.string($0)) }
    scores = names.indices.map { JSONPiece(($0 == 0 ? #","scores":{"# : ",") + names[$0] + ":") }
    self.labels = names.map { JSONPiece($0) }
    furtherLabels = names.map { JSONPiece("," + $0) }
    let pieces = [id, articleID, flags, flagsEnd, end] + scores + furtherLabels + outcomes
    room = pieces.reduce((labels.count + 1) * JSONRow.roomForValue) { $0 + $1.room }
  }

  func outcome(_ outcome: Outcome) -> JSONPiece {
    switch outcome {
    case .pass: outcomes[0]
    case .review: outcomes[1]
    case .hold: outcomes[2]
    }
  }
}

/// The table that a terminal shows: bars, flags, and the words that weigh most.
enum ScoreTable {
  static let columnWidth = 18
  private static let barWidth = 8

  static func row(_ comment: Comment, _ score: CommentScore, _ scorer: Scorer, flags: [String]) -> String {
    let bars = zip(scorer.model.labels, score.probabilities).map { label, probability in
      bar(probability, isFlagged: flags.contains(label))
    }.joined()
    let author = comment.author.map { Terminal.harmless($0) + ": " } ?? ""
    let room = max(20, Terminal.width - columnWidth * scorer.model.labels.count)
    let excerpt = Terminal.clipped(Terminal.harmless(comment.text), to: max(10, room - author.count))
    var lines = bars + Terminal.styled(Terminal.clipped(author, to: room), .bold) + excerpt + "\n"
    let indent = String(repeating: " ", count: columnWidth * scorer.model.labels.count)
    for explanation in scorer.explain(comment, score) where flags.contains(explanation.label) {
      let words = explanation.strongestTokens(6).filter { $0.share > 0 }.map { Terminal.harmless($0.text) }
      var reasons = words.isEmpty ? [] : [words.joined(separator: ", ")]
      if !explanation.place.isEmpty {
        reasons.append(explanation.words.summary(3))
      }
      let reason = "\(Terminal.harmless(explanation.label)): " + reasons.joined(separator: "; ")
      lines += indent + Terminal.styled(Terminal.clipped(reason, to: room), .dim) + "\n"
    }
    return lines
  }

  private static func bar(_ probability: Double?, isFlagged: Bool) -> String {
    guard let probability else { return "no context".padded(to: columnWidth) }
    let eighths = Int((probability * Double(barWidth * 8)).rounded())
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let bar = (String(repeating: "█", count: eighths / 8) + partial).padded(to: barWidth)
    let percent = "\(Int((probability * 100).rounded()))%".leftPadded(to: 5)
    let text = bar + percent + (isFlagged ? " ⚑" : "  ")
    return Terminal.styled(text, isFlagged ? .red : .green) + String(repeating: " ", count: columnWidth - barWidth - 7)
  }
}
