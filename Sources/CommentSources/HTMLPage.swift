internal import BelowTheLine

/// Separates a web page into its article and its reader comments.
///
/// Comments are found as repeated blocks: elements whose ids number them, that schema.org markup names, or that look alike,
/// with authors, times and reply links in them; or as JSON-LD, where that has more of them. The article is the element whose lines of running text outweigh its
/// furniture. Nothing is fitted; the weights are chosen by hand.
enum HTMLPage {
  static let maximumSize = 64 << 20
  private static let leastArticle = 40
  /// A shorter body may be what a page shows until its scripts have run.
  private static let leastBody = 200

  struct Remark: Equatable {
    /// As the page numbers it, for example `comment-123`; nil where it does not.
    var id: String?
    var author: String?
    var time: String?
    var text: String
    /// Index of the remark it answers.
    var parent: Int?
    var depth: Int
  }

  struct Page {
    var title: String?
    var body: String
    var remarks: [Remark]
    /// What there may be more of, and could not be read.
    var problems: [(reason: String, raw: [UInt8])] = []
  }

  /// - Parameter charset: as it came with the page.
  static func read(
    _ bytes: [UInt8], name: String, url: String? = nil, charset: String? = nil, _ emit: (SourceEvent) throws -> Void
  ) throws {
    let page = separate(bytes, charset: charset)
    try emit(.record(.article(Article(id: name, url: url, title: page.title, body: page.body))))
    let ids = page.remarks.enumerated().map { "\(name)#\($1.id ?? String($0 + 1))" }
    for (id, remark) in zip(ids, page.remarks) {
      try emit(
        .record(
          .comment(
            Comment(
              id: id, articleID: name, parentID: remark.parent.map { ids[$0] }, author: remark.author, createdAt: remark.time,
              text: remark.text, depth: remark.depth, source: SourceLocation(name: name)))))
    }
    for problem in page.problems { try emit(.rejected(Rejection(SourceLocation(name: name), reason: problem.reason, raw: problem.raw))) }
  }

  static func separate(_ bytes: [UInt8], charset: String? = nil) -> Page {
    let tree = HTMLTree(HTMLEncoding.utf8(bytes, transport: charset))
    let page = separate(tree)
    let isArticleShort = page.body.utf8.count < leastBody
    guard tree.linkedData.contains(where: { isArticleShort || LinkedData.namesComments($0) }) else { return page }
    return completed(page, by: LinkedData(tree.linkedData), isArticleShort: isArticleShort)
  }

  private static func separate(_ tree: HTMLTree) -> Page {
    let lines = PageLines(tree)
    let items = CommentItems(tree, lines)
    let remarks = items.remarks()
    let article = ArticleBody(tree, lines, excluding: items)
    // Without an article around it the first post of a forum is the topic.
    if items.arePosts, article.words < leastArticle, let topic = remarks.first {
      let replies = remarks.dropFirst().map { reply in
        var reply = reply
        reply.parent = reply.parent.flatMap { $0 > 0 ? $0 - 1 : nil }
        return reply
      }
      return Page(title: article.title, body: topic.text, remarks: replies)
    }
    return Page(title: article.title, body: article.text, remarks: remarks)
  }

  /// Comments are taken from the one or the other, so that none comes twice.
  private static func completed(_ page: Page, by data: LinkedData, isArticleShort: Bool) -> Page {
    var page = page
    page.title = page.title ?? data.title
    if isArticleShort, !data.body.isEmpty { page.body = data.body }
    if page.remarks.isEmpty { page.problems = data.problems.map { ($0.reason, $0.script) } }
    if data.remarks.count > page.remarks.count { page.remarks = data.remarks }
    return page
  }
}

/// A stretch of text between the ends of blocks, with what separation needs to know of it.
struct PageLines {
  struct Line {
    /// Within ``PageLines/text``.
    var range: Range<Int>
    var words = 0
    var linkWords = 0
    /// The nodes that gave it its first and last text.
    var first = -1
    var last = -1
    /// The block that holds it.
    var block = 0
    var isQuote = false
    /// Gathered from the elements between it and the root.
    var inherited: Hints = []
    /// What a short line speaks of, as a comment's furniture does.
    var speaksOf: Hints = []
  }

  private(set) var lines: [Line] = []
  /// The texts of all lines, white space made single.
  private(set) var text: [UInt8] = []
  /// Hints of each node together with those of its ancestors.
  private(set) var inherited: [Hints] = []

  /// What may not be said of an element that holds this share of the page's text: a theme's body is no sidebar.
  private static let largeShare = 0.4
  private static let hintsOfSmallElements: Hints = [
    .furniture, .elsewhere, .form, .hidden, .pingback, .tag, .reply, .author, .time, .quote,
  ]

  init(_ tree: HTMLTree) {
    let large = Self.largeElements(tree)
    inherited = [Hints](repeating: [], count: tree.nodes.count)
    var quoted = [Bool](repeating: false, count: tree.nodes.count)
    var linked = quoted
    var current = Line(range: 0..<0)
    var ends: [Int] = []
    var inWord = false
    var words = LineWords()
    text.reserveCapacity(tree.text.count)

    func flush() {
      var end = text.count
      let start = current.range.lowerBound
      if end > start, text[end - 1] == 0x20 { end -= 1 }
      if end > start {
        current.range = start..<end
        current.speaksOf = speaksOf(current, tree, &words)
        lines.append(current)
      }
      current = Line(range: text.count..<text.count)
      inWord = false
    }
    for (index, node) in tree.nodes.enumerated() {
      while let end = ends.last, end <= index {
        ends.removeLast()
        flush()
      }
      let hints = large[index] ? node.hints.subtracting(Self.hintsOfSmallElements) : node.hints
      if node.parent >= 0 {
        var above = inherited[node.parent]
        // Blog engines call the column of articles a widget too: what says it is an article is none.
        if hints.isSuperset(of: [.post, .content]) || hints.contains(.articleBody) || node.tag == .article { above.remove(.furniture) }
        inherited[index] = above.union(hints)
        quoted[index] = quoted[node.parent] || node.tag == .blockquote || node.hints.contains(.quote)
        linked[index] = linked[node.parent] || node.tag == .a
      } else {
        inherited[index] = hints
      }
      guard node.tag == .text else {
        if node.tag == .br || node.tag == .hr {
          flush()
        } else if node.tag.isBlock {
          flush()
          ends.append(node.end)
        } else if node.tag == .cite, quoted[index], current.first < 0 {
          // Above a quotation, whose it is.
          ends.append(node.end)
        } else if node.tag == .td || node.tag == .th, inWord {
          text.append(0x20)
          inWord = false
        }
        continue
      }
      tree.text.withUnsafeBufferPointer { source in
        let end = node.range.upperBound
        /// 1 for white space of one byte, 2 for `&nbsp;`, which pages have within times and names.
        func spaceLength(at place: Int) -> Int {
          if source[place] <= 0x20 { return 1 }
          return source[place] == 0xC2 && place + 1 < end && source[place + 1] == 0xA0 ? 2 : 0
        }
        var place = node.range.lowerBound
        while place < end {
          let space = spaceLength(at: place)
          guard space == 0 else {
            if inWord { text.append(0x20) }
            inWord = false
            place += space
            continue
          }
          if current.first < 0 {
            current.first = index
            current.isQuote = quoted[index]
            current.inherited = inherited[index]
            var block = node.parent
            while block > 0, !tree.nodes[block].tag.isBlock { block = tree.nodes[block].parent }
            current.block = block
          }
          if inWord, current.last >= 0, current.last != index, isSeam(tree, current.last, index), isWord(source[place]),
            isWord(text.last) || text.last == UInt8(ascii: ")")
          {
            text.append(0x20)
            inWord = false
          }
          if !inWord {
            current.words += 1
            if linked[index] { current.linkWords += 1 }
            inWord = true
          }
          current.last = index
          let start = place
          while place < end, spaceLength(at: place) == 0 { place += 1 }
          text.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<place]))
        }
      }
    }
    flush()
  }

  /// Whether pages set two texts apart by style alone: a name, a time or a link from what is beside it.
  private func isSeam(_ tree: HTMLTree, _ left: Int, _ right: Int) -> Bool {
    let (left, right) = (tree.nodes[left].parent, tree.nodes[right].parent)
    guard left != right, left >= 0, right >= 0 else { return false }
    if tree.nodes[left].tag == .a, tree.nodes[right].tag == .a { return true }
    return [left, right].contains {
      tree.nodes[$0].tag == .time || !tree.nodes[$0].hints.isDisjoint(with: [.author, .time, .reply, .aloud])
    }
  }

  /// ASCII letters and digits, and whatever is beyond ASCII.
  private func isWord(_ byte: UInt8?) -> Bool {
    byte.map { $0 >= 0x80 || 0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 | 0x20 } == true
  }

  /// Time, author and reply, by a line's words and by the names of the three elements around it.
  private func speaksOf(_ line: Line, _ tree: HTMLTree, _ words: inout LineWords) -> Hints {
    var hints: Hints = []
    var ancestor = tree.nodes[line.first].parent
    for _ in 0..<3 where ancestor >= 0 {
      hints.formUnion(tree.nodes[ancestor].hints)
      ancestor = tree.nodes[ancestor].parent
    }
    hints.formIntersection(line.words <= 12 ? [.author, .time] : .author)
    guard line.words <= 16 else { return hints }
    let text = text[line.range]
    CommentWords.forEach(in: text) { hash, last in
      if CommentWords.replies.contains(hash) { hints.insert(.reply) }
      if last == UInt8(ascii: ":") || last == UInt8(ascii: "."), CommentWords.sayings.contains(hash) { hints.insert(.author) }
    }
    if !hints.contains(.time), text.contains(where: { 0x30...0x39 ~= $0 }) {
      words.read(text)
      if PageTime.find(words) != nil { hints.insert(.time) }
    }
    return hints
  }

  private static func largeElements(_ tree: HTMLTree) -> [Bool] {
    var sizes = tree.nodes.map { $0.range.count }
    for index in tree.nodes.indices.reversed() where tree.nodes[index].parent >= 0 { sizes[tree.nodes[index].parent] += sizes[index] }
    let total = Double(sizes.first ?? 0)
    return tree.nodes.indices.map { tree.nodes[$0].tag == .body || tree.nodes[$0].tag == .html || Double(sizes[$0]) > largeShare * total }
  }

  func bytes(ofLine line: Int) -> ArraySlice<UInt8> { text[lines[line].range] }

  /// The words of a line, as they stand.
  func words(ofLine line: Int) -> [String] {
    bytes(ofLine: line).split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A line with the mark of a quotation before it, where it is one.
  func quotedText(ofLine line: Int) -> String { text(of: [line], marksQuotes: true) }

  /// Some lines as they stand one below another.
  func text(of kept: [Int], marksQuotes: Bool = false) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(kept.reduce(0) { $0 + lines[$1].range.count + 3 })
    for (place, line) in kept.enumerated() {
      if place > 0 { bytes.append(0x0A) }
      if marksQuotes, lines[line].isQuote { bytes.append(contentsOf: "> ".utf8) }
      bytes.append(contentsOf: text[lines[line].range])
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The lines whose first text lies within a range of nodes.
  func range(of nodes: Range<Int>) -> Range<Int> {
    lowerBound(nodes.lowerBound)..<lowerBound(nodes.upperBound)
  }

  private func lowerBound(_ node: Int) -> Int {
    var (low, high) = (0, lines.count)
    while low < high {
      let middle = (low + high) / 2
      if lines[middle].first < node { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Words of short lines by their hashes, without making strings of them.
private enum CommentWords {
  static let replies = ByteTable(CommentParts.replyWords)
  static let sayings = ByteTable(["says", "said", "wrote"])

  /// Calls `body` with the hash of each word in lower case, punctuation left out, and the last byte before the next space.
  static func forEach(in text: ArraySlice<UInt8>, _ body: (_ hash: UInt64, _ last: UInt8) -> Void) {
    var hash = ByteHash.start
    var last: UInt8 = 0
    for byte in text {
      if byte == 0x20 {
        body(hash, last)
        hash = ByteHash.start
      } else if byte >= 0x80 || 0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte {
        hash = ByteHash.extend(hash, 0x41...0x5A ~= byte ? byte | 0x20 : byte)
      }
      last = byte
    }
    body(hash, last)
  }
}
