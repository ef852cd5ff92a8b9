internal import BelowTheLine

/// The article of a page: the element whose lines of running text outweigh its furniture the most.
struct ArticleBody {
  private(set) var title: String?
  private(set) var text = ""
  private(set) var words = 0

  init(_ tree: HTMLTree, _ lines: PageLines, excluding items: CommentItems) {
    let scores = lines.lines.indices.map { index in
      items.covers(line: index) ? -2 : Self.score(lines.lines[index], endsWith: lines.text[lines.lines[index].range.upperBound - 1])
    }
    title = Self.title(tree)
    guard let container = Self.bestContainer(tree, lines, scores) else { return }
    let range = lines.range(of: container..<tree.nodes[container].end)
    var kept: [Int] = []
    for index in range where !items.covers(line: index) && Self.belongs(lines.lines[index]) { kept.append(index) }
    // Short lines count only between lines of text: a heading does, a link list at the end does not.
    let running = kept.filter { scores[$0] > 0 }
    if let first = running.first, let last = running.last { kept = kept.filter { first...last ~= $0 } }
    text = lines.text(of: kept)
    words = kept.reduce(0) { $0 + lines.lines[$1].words }
  }

  /// Words for running text, less than nothing for links and furniture.
  private static func score(_ line: PageLines.Line, endsWith last: UInt8) -> Double {
    let words = Double(line.words)
    let linkShare = Double(line.linkWords) / max(words, 1)
    if !line.inherited.isDisjoint(with: [.hidden, .furniture, .form]) { return -words * 0.3 - 1 }
    if line.inherited.contains(.elsewhere) { return -words * 0.5 - 1 }
    if linkShare > 0.5 { return -min(words, 12) * 0.4 - 1 }
    let isSentence = ".!?:\"')".utf8.contains(last) || last >= 0x80
    var score = words * (1 - 1.5 * linkShare)
    if words < 8 { score = isSentence ? words * 0.5 : -0.5 }
    if words >= 8, !isSentence { score *= 0.7 }
    if line.inherited.contains(.articleBody) { score *= 2 } else if line.inherited.contains(.content) { score *= 1.3 }
    return score
  }

  /// Whether a line within the article is part of it.
  private static func belongs(_ line: PageLines.Line) -> Bool {
    if !line.inherited.isDisjoint(with: [.hidden, .furniture, .elsewhere, .form, .pingback, .tag]) { return false }
    if line.words <= 12, line.inherited.contains(.reply) { return false }
    return line.words < 3 ? line.linkWords == 0 : line.linkWords * 3 < line.words * 2
  }

  private static func bestContainer(_ tree: HTMLTree, _ lines: PageLines, _ scores: [Double]) -> Int? {
    var sums = [Double](repeating: 0, count: tree.nodes.count)
    for (index, line) in lines.lines.enumerated() {
      var node = line.block
      while node >= 0 {
        sums[node] += scores[index]
        node = tree.nodes[node].parent
      }
    }
    var best: Int?
    for (index, node) in tree.nodes.enumerated() where node.tag != .text && sums[index] > 0 {
      // Of equals the inner one, which comes later.
      if best == nil || sums[index] >= sums[best ?? 0] { best = index }
    }
    return best
  }

  private static func title(_ tree: HTMLTree) -> String? {
    if let title = tree.metaTitle, !title.isEmpty { return title }
    let headings = tree.nodes.indices.filter { tree.nodes[$0].tag == .h1 }.map { tree.plainText($0, limit: 400) }.filter { !$0.isEmpty }
    let documentTitle = tree.nodes.firstIndex { $0.tag == .title }.map { tree.plainText($0, limit: 400) }
    // The headline that the document's title repeats, without the site's name.
    if let documentTitle, let heading = headings.first(where: { documentTitle.contains($0) && $0.count > 8 }) { return heading }
    return headings.first ?? documentTitle
  }
}
