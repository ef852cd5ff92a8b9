internal import BelowTheLine

/// The reader comments of a page, as elements.
struct CommentItems {
  /// One comment: the nodes that hold it. Answers may lie within.
  struct Item {
    var nodes: Range<Int>
    /// Index of the item that holds this one.
    var parent: Int?
    var depth: Int
  }

  private let tree: HTMLTree
  private let lines: PageLines
  private(set) var items: [Item] = []
  /// For each line the item it belongs to, the innermost.
  private var itemOfLine: [Int?]
  /// The lines between the first and the last comment are no article, whosesoever they are.
  private var section: Range<Int> = 0..<0
  /// Whether they are the posts of a forum, of which the first opens the topic.
  private(set) var arePosts = false

  init(_ tree: HTMLTree, _ lines: PageLines) {
    self.tree = tree
    self.lines = lines
    itemOfLine = [Int?](repeating: nil, count: lines.lines.count)
    var candidates = numberedComments()
    if candidates.isEmpty {
      candidates = posts { if case .post(let number) = $0 { number } else { nil } }
      arePosts = !candidates.isEmpty
    }
    if candidates.isEmpty { candidates = marked() }
    if candidates.isEmpty { candidates = repeated() }
    if candidates.isEmpty {
      candidates = posts { if case .anchor(let number) = $0 { number } else { nil } }
      arePosts = !candidates.isEmpty
    }
    if candidates.isEmpty { candidates = signed() }
    adopt(candidates)
  }

  func covers(line: Int) -> Bool { itemOfLine[line] != nil || section.contains(line) }

  /// Orders the items, nests them, and gives each line to the innermost.
  private mutating func adopt(_ candidates: [Range<Int>]) {
    let sorted = candidates.sorted { ($0.lowerBound, -$0.upperBound) < ($1.lowerBound, -$1.upperBound) }
    var open: [Int] = []
    for range in sorted {
      if let last = items.last, last.nodes == range { continue }
      // An answer lies within what it answers, or deeper in the page right after it.
      while let last = open.last, items[last].nodes.upperBound <= range.lowerBound, level(items[last].nodes) >= level(range) {
        open.removeLast()
      }
      items.append(Item(nodes: range, parent: open.last, depth: open.count))
      open.append(items.count - 1)
    }
    for (index, item) in items.enumerated() {
      for line in lines.range(of: item.nodes) { itemOfLine[line] = index }
    }
    if let first = items.first, let last = items.map(\.nodes.upperBound).max() {
      section = lines.range(of: first.nodes.lowerBound..<last)
    }
    nestByDepth()
  }

  /// Lists that are flat in the page, whose comments say how deep they stand: each answers the last before it that stands less deep.
  ///
  /// Only where what they say makes a thread: the first stands least deep, none is more than a step deeper than the one before it, and
  /// what stands in another is deeper.
  private mutating func nestByDepth() {
    let used = Set(itemOfLine.compactMap { $0 })
    let told = items.indices.filter(used.contains).map { (item: $0, depth: max(0, depth(of: $0))) }
    let steps = Set(told.map(\.depth)).sorted()
    guard steps.count > 1 else { return }
    let ranks = Dictionary(uniqueKeysWithValues: zip(steps, steps.indices))
    var nested = items
    var open: [Int] = []
    var jumps = 0
    for (item, depth) in told {
      let rank = ranks[depth] ?? 0
      while let last = open.last, nested[last].depth >= rank { open.removeLast() }
      let above = open.last.map { nested[$0].depth } ?? -1
      if rank > above + 1 { jumps += 1 }
      nested[item].depth = rank
      // One without a text of its own may stand between.
      var holder = items[item].parent
      while let around = holder, !used.contains(around) { holder = items[around].parent }
      if let holder, items[holder].nodes.contains(items[item].nodes.lowerBound), nested[holder].depth >= rank { return }
      nested[item].parent = open.last
      open.append(item)
    }
    // Withdrawn comments leave gaps.
    if jumps * 20 <= told.count { items = nested }
  }

  /// What a comment says of its depth before its text begins, or else what an element says that holds no comment before it.
  private func depth(of item: Int) -> Int32 {
    let nodes = items[item].nodes
    for node in beginning(of: nodes) where tree.nodes[node].depth >= 0 { return tree.nodes[node].depth }
    let before = item > 0 ? items[item - 1].nodes.lowerBound : -1
    var node = tree.nodes[nodes.lowerBound].parent
    for _ in 0..<4 where node > before {
      if tree.nodes[node].depth >= 0 { return tree.nodes[node].depth }
      node = tree.nodes[node].parent
    }
    return -1
  }

  /// The nodes of a block up to its first text.
  private func beginning(of nodes: Range<Int>) -> Range<Int> {
    let first = lines.range(of: nodes).first.map { lines.lines[$0].first } ?? nodes.upperBound
    return nodes.lowerBound..<min(first, nodes.lowerBound + 50, nodes.upperBound)
  }

  /// The node of a block that numbers it, or its first: a block may be the element around a mark.
  private func mark(_ nodes: Range<Int>) -> Int { nodes.first { tree.nodes[$0].number != nil } ?? nodes.lowerBound }

  /// How many elements are around the mark of a block.
  private func level(_ nodes: Range<Int>) -> Int {
    var level = 0
    var node = tree.nodes[mark(nodes)].parent
    while node >= 0 {
      level += 1
      node = tree.nodes[node].parent
    }
    return level
  }

  // MARK: Finding

  /// Elements whose ids number comments.
  private func numberedComments() -> [Range<Int>] {
    let ranges = ranges(of: marks { if case .comment(let number) = $0 { number } else { nil } })
    return ranges.filter { evidence(in: $0) >= 1 || ranges.count > 2 }
  }

  /// Posts of a blog are numbered as those of a forum are: only a list of them with authors and times is a discussion.
  private func posts(_ number: (HintWords.Numbered) -> UInt128?) -> [Range<Int>] {
    let ranges = ranges(of: marks(number))
    let told = ranges.count { evidence(in: $0) >= 2 }
    return ranges.count >= 3 && told * 5 >= ranges.count * 4 && !ranges.contains(where: isArticle) ? ranges : []
  }

  /// The outermost element of each number.
  private func marks(_ number: (HintWords.Numbered) -> UInt128?) -> [Int] {
    var seen: Set<UInt128> = []
    return tree.nodes.indices.filter { index in
      guard let number = tree.nodes[index].number.flatMap(number), isPossible(index) else { return false }
      return seen.insert(number).inserted
    }
  }

  /// The nodes that each mark stands for.
  private func ranges(of marks: [Int]) -> [Range<Int>] {
    let roots = marks.map { root(of: $0, among: marks) }
    var ranges: [Range<Int>] = []
    for (index, root) in roots.enumerated() {
      var end = tree.nodes[root].end
      // What follows a bare anchor or a dt up to the next one belongs to it.
      if tree.nodes[root].tag == .dt || tree.nodes[root].tag == .a || lines.range(of: root..<end).isEmpty {
        let parentEnd = tree.nodes[root].parent >= 0 ? tree.nodes[tree.nodes[root].parent].end : tree.nodes.count
        end = index + 1 < roots.count && roots[index + 1] < parentEnd ? roots[index + 1] : min(parentEnd, followingEnd(root))
      }
      if root < end, wordCount(root..<end) >= 1 { ranges.append(root..<end) }
    }
    return ranges
  }

  /// Whether a block says that it is an article.
  private func isArticle(_ nodes: Range<Int>) -> Bool {
    nodes.contains { tree.nodes[$0].hints.contains(.articleBody) || tree.nodes[$0].tag == .h1 }
  }

  /// Whether a block that holds one mark holds a second.
  ///
  /// - Parameter marks: ascending.
  private static func holdsAnother(_ range: Range<Int>, _ marks: [Int]) -> Bool {
    func place(_ node: Int) -> Int {
      var (low, high) = (0, marks.count)
      while low < high {
        let middle = (low + high) / 2
        if marks[middle] < node { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return place(range.upperBound) - place(range.lowerBound) > 1
  }

  /// Climbs from a mark without text to the block that holds it and no other mark.
  private func root(of mark: Int, among marks: [Int]) -> Int {
    var root = mark
    guard tree.nodes[mark].tag != .dt, wordCount(mark..<tree.nodes[mark].end) < 3 else { return root }
    while tree.nodes[root].parent > 0 {
      let parent = tree.nodes[root].parent
      let range = parent..<tree.nodes[parent].end
      if tree.nodes[parent].tag == .body || Self.holdsAnother(range, marks) { break }
      root = parent
      // A cell is no whole comment: beside it stands the other half.
      if wordCount(range) >= 3, tree.nodes[root].tag != .td { break }
    }
    return root
  }

  /// For the last of a list of anchors: as far as the list's siblings go on alike.
  private func followingEnd(_ root: Int) -> Int {
    var end = tree.nodes[root].end
    let parent = tree.nodes[root].parent
    guard parent >= 0 else { return end }
    while end < tree.nodes[parent].end, [.dd, .text, .br, .p, .div, .article, .section, .a].contains(tree.nodes[end].tag),
      // Blogger's `<dd class="comment-footer">` holds the time of a comment: in a list of terms it is no furniture.
      tree.nodes[end].hints.isDisjoint(with: tree.nodes[end].tag == .dd ? .form : [.form, .furniture])
    {
      end = tree.nodes[end].end
      if tree.nodes[root].tag != .dt, wordCount(root..<end) > 0 { break }
    }
    return end
  }

  /// Elements that schema.org markup calls comments.
  private func marked() -> [Range<Int>] {
    tree.nodes.indices.filter { tree.nodes[$0].hints.contains(.commentItem) && isPossible($0) && wordCount($0..<tree.nodes[$0].end) > 0 }
      .map { $0..<tree.nodes[$0].end }
  }

  /// What a group of look-alikes has to score to be comments.
  private static let leastGroupScore = 3.5

  /// Elements that look alike and have what comments have.
  private func repeated() -> [Range<Int>] {
    struct Group {
      var members: [Int]
      var score = 0.0
    }
    struct Key: Hashable {
      var parent: Int
      var signature: UInt64
    }
    var groups: [Key: Group] = [:]
    for (index, node) in tree.nodes.enumerated() where node.tag.isBlock && isPossible(index) && !node.tag.isHeading {
      switch node.tag {
      case .html, .head, .body, .p, .hr, .br, .thead, .tbody, .nav, .header, .footer, .form: continue
      default: groups[Key(parent: node.parent, signature: node.signature), default: Group(members: [])].members.append(index)
      }
    }
    var best: (key: Key, group: Group)?
    for (key, group) in groups {
      var group = group
      group.score = score(group.members)
      guard group.score >= Self.leastGroupScore else { continue }
      let better = best.map { (group.score, -group.members[0]) > ($0.group.score, -$0.group.members[0]) } ?? true
      if better { best = (key, group) }
    }
    guard let best, let first = best.group.members.first else { return [] }
    // Answers are nested in lists of their own, but look like the rest.
    let scope = commonScope(first)
    let found = scope.filter {
      tree.nodes[$0].signature == best.key.signature && isPossible($0) && wordCount($0..<tree.nodes[$0].end) > 0
    }.map { $0..<tree.nodes[$0].end }
    return withInner(found, best.key.signature)
  }

  /// With the comments that stand within those of a list and look unlike them: answers with names of their own, or all there are, where
  /// the list was one of threads.
  private func withInner(_ found: [Range<Int>], _ signature: UInt64) -> [Range<Int>] {
    let outer = found.reduce(into: [Range<Int>]()) { if $1.lowerBound >= $0.last?.upperBound ?? 0 { $0.append($1) } }
    var groups: [UInt64: [Int]] = [:]
    for range in outer {
      for node in range.dropFirst() where tree.nodes[node].tag.isBlock && tree.nodes[node].signature != signature {
        // Those without a class are alike in nothing.
        guard tree.nodes[node].signature != UInt64(tree.nodes[node].tag.rawValue), isPossible(node) else { continue }
        groups[tree.nodes[node].signature, default: []].append(node)
      }
    }
    let ordered = groups.values.filter { members in
      let whole = members.prefix(50).count { isWhole(lines.range(of: $0..<tree.nodes[$0].end)) }
      return whole * 5 >= min(members.count, 50) * 4
    }.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
    for members in ordered.prefix(20) {
      var (holders, whole, bare) = (0, 0, 0)
      var place = 0
      for range in outer {
        var rest: [Int] = []
        var line = lines.range(of: range).lowerBound
        let first = place
        while place < members.count, members[place] < range.upperBound {
          let inner = lines.range(of: members[place]..<tree.nodes[members[place]].end)
          if line < inner.lowerBound { rest += line..<inner.lowerBound }
          line = max(line, inner.upperBound)
          place += 1
        }
        guard place > first else { continue }
        rest += line..<max(line, lines.range(of: range).upperBound)
        holders += 1
        if isWhole(rest) { whole += 1 }
        if !rest.contains(where: isText) { bare += 1 }
      }
      let inner = members.map { $0..<tree.nodes[$0].end }
      if whole * 5 >= holders * 4 { return found + inner }
      if bare * 5 >= holders * 4, members.count > outer.count, holders == outer.count { return inner }
    }
    return found
  }

  /// Whether lines have a time, an author and a text.
  private func isWhole(_ range: some Collection<Int>) -> Bool {
    let lines = range.prefix(60)
    return spokenOf(lines).isSuperset(of: [.author, .time]) && lines.contains(where: isText)
  }

  /// Whether a line is neither furniture nor quoted.
  private func isText(_ line: Int) -> Bool {
    lines.lines[line].words >= 2 && lines.lines[line].speaksOf.isEmpty && !lines.lines[line].isQuote
  }

  /// Remarks that end with the name of their author, a link, and a time, as those of wikis do.
  private func signed() -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start: Int?
    /// Whether a heading or another remark stands before: without, the first of several paragraphs may be an article's.
    var isInSection = false
    for (index, line) in lines.lines.enumerated() {
      let isHeading = line.block >= 0 && tree.nodes[line.block].tag.isHeading
      if isHeading { isInSection = tree.nodes[line.block].tag != .h1 }
      if isHeading || line.block < 0 || !line.inherited.isDisjoint(with: [.furniture, .elsewhere, .form, .hidden, .pingback]) {
        start = nil
        continue
      }
      let first = isInSection ? start ?? index : index
      start = first
      guard Signature(tree, lines, line: index) != nil else { continue }
      let (top, bottom) = (lines.lines[first].block, line.block)
      let begins = lines.range(of: top..<tree.nodes[top].end).lowerBound == first ? top : lines.lines[first].first
      let ends = lines.range(of: bottom..<tree.nodes[bottom].end).lowerBound >= first ? tree.nodes[bottom].end : line.last + 1
      ranges.append(begins..<max(ends, line.last + 1))
      start = nil
      isInSection = true
    }
    return ranges.count > 1 ? ranges : []
  }

  /// The outermost element around a comment that speaks of comments, else its parent.
  private func commonScope(_ item: Int) -> Range<Int> {
    var scope = tree.nodes[item].parent
    var node = scope
    while node > 0 {
      if tree.nodes[node].hints.contains(.comment) { scope = node }
      node = tree.nodes[node].parent
    }
    return scope < 0 ? 0..<tree.nodes.count : scope..<tree.nodes[scope].end
  }

  private func score(_ members: [Int]) -> Double {
    guard let first = members.first else { return 0 }
    let own = tree.nodes[first].hints
    let around = tree.nodes[first].parent >= 0 ? lines.inherited[tree.nodes[first].parent] : []
    var score = 0.0
    if own.contains(.comment) { score += 2 }
    if around.contains(.comment) { score += 1.5 }
    var (times, authors, replies, words, linkWords, empty, headed) = (0, 0, 0, 0, 0, 0, 0)
    for member in members.prefix(50) {
      let range = lines.range(of: member..<tree.nodes[member].end)
      let found = spokenOf(range)
      times += found.contains(.time) ? 1 : 0
      authors += found.contains(.author) ? 1 : 0
      replies += found.contains(.reply) ? 1 : 0
      headed += range.first.map(beginsWithHeader) == true ? 1 : 0
      var memberWords = 0
      for line in range {
        memberWords += lines.lines[line].words
        linkWords += lines.lines[line].linkWords
      }
      words += memberWords
      empty += memberWords < 3 ? 1 : 0
    }
    let count = Double(min(members.count, 50))
    if members.count == 1 {
      guard own.contains(.comment) || around.contains(.comment), times == 1, authors == 1 else { return 0 }
      let holdsMore = (first..<tree.nodes[first].end).contains {
        tree.nodes[$0].tag == .form || tree.nodes[$0].tag.isHeading || !tree.nodes[$0].hints.isDisjoint(with: [.form, .pingback])
      }
      if holdsMore { return 0 }
    }
    if own.contains(.content), own.isDisjoint(with: [.comment, .text]) { score -= 2 }
    if isArticle(first..<tree.nodes[first].end) { score -= 3 }
    guard words > 0, Double(empty) < count * 0.5, Double(times + authors + headed) >= count * 0.5 else { return 0 }
    score += 1.5 * Double(times) / count + 1.5 * Double(authors) / count + Double(replies) / count
    if members.count > 1 { score += 0.3 }
    // Each begins with a name and a date, and goes on: hand-made lists have no better mark.
    if headed * 5 >= min(members.count, 50) * 4, members.count > 2, words >= 10 * members.count { score += 3 }
    let linkShare = Double(linkWords) / Double(words)
    if linkShare > 0.5 { score -= 4 } else if linkShare > 0.3 { score -= 1 }
    if !own.contains(.comment), !around.contains(.comment) { score -= 0.7 }
    return score
  }

  /// Whether a line is a name and a time.
  private func beginsWithHeader(_ line: Int) -> Bool {
    guard lines.lines[line].words <= 12, lines.lines[line].speaksOf.contains(.time) else { return false }
    let original = lines.words(ofLine: line)
    guard let match = PageTime.find(original) else { return false }
    let rest = original.indices.filter { !match.words.contains($0) }
    return (1...6).contains(rest.count) && CommentParts.name(original, rest).map(CommentParts.looksLikeName) == true
  }

  /// Not furniture, no trackback, no form.
  private func isPossible(_ node: Int) -> Bool {
    if !tree.nodes[node].hints.isDisjoint(with: [.pingback, .form, .elsewhere]) { return false }
    let around = lines.inherited[node]
    if around.isDisjoint(with: [.furniture, .elsewhere, .form, .pingback, .hidden]) { return true }
    // A section of comments may stand inside furniture; what counts is what stands nearer.
    var ancestor = node
    while ancestor >= 0 {
      let hints = tree.nodes[ancestor].hints
      if !hints.isDisjoint(with: [.elsewhere, .pingback]) { return false }
      if hints.contains(.furniture), !hints.contains(.comment) { return false }
      if hints.contains(.comment), ancestor != node { return true }
      ancestor = tree.nodes[ancestor].parent
    }
    return false
  }

  private func wordCount(_ nodes: Range<Int>) -> Int {
    lines.range(of: nodes).reduce(0) { $0 + lines.lines[$1].words }
  }

  private func evidence(in nodes: Range<Int>) -> Int {
    spokenOf(lines.range(of: nodes)).rawValue.nonzeroBitCount
  }

  /// Which of time, author and reply occur in the first lines of a block.
  private func spokenOf(_ range: some Collection<Int>) -> Hints {
    range.prefix(60).reduce(into: Hints()) { $0.formUnion(lines.lines[$1].speaksOf) }
  }

  // MARK: Reading

  func remarks() -> [HTMLPage.Remark] {
    var own = [[Int]](repeating: [], count: items.count)
    for (line, item) in itemOfLine.enumerated() {
      if let item { own[item].append(line) }
    }
    var remarks: [HTMLPage.Remark] = []
    var taken: Set<String> = []
    var remarkOfItem = [Int?](repeating: nil, count: items.count)
    let topic = tree.nodes.firstIndex { $0.tag == .title }.map { tree.plainText($0, limit: 400) } ?? ""
    let isNamed = zip(items, own).allSatisfy { $1.isEmpty || tree.nodes[mark($0.nodes)].number != nil || name(of: $0.nodes) != nil }
    for index in items.indices {
      let parts = CommentParts(tree, lines, own[index], within: items[index].nodes, topic: arePosts ? topic : nil)
      let parent = items[index].parent.flatMap { remarkOfItem[$0] }
      guard !parts.text.isEmpty else {
        // What it holds answers what it stands in.
        remarkOfItem[index] = parent
        continue
      }
      remarkOfItem[index] = remarks.count
      remarks.append(
        HTMLPage.Remark(
          id: id(of: items[index].nodes, isNamed: isNamed, among: &taken), author: parts.author, time: parts.time, text: parts.text,
          parent: parent, depth: parent.map { remarks[$0].depth + 1 } ?? 0))
    }
    return remarks
  }

  /// How the page numbers an item, which stays when others come and go.
  ///
  /// - Parameter isNamed: whether all have a name, where they have no number.
  private func id(of nodes: Range<Int>, isNamed: Bool, among taken: inout Set<String>) -> String? {
    let id =
      switch tree.nodes[mark(nodes)].number {
      case .comment(let number)?: "comment-\(number)"
      case .post(let number)?, .anchor(let number)?: "post-\(number)"
      case nil: isNamed ? name(of: nodes) : nil
      }
    return id.flatMap { taken.insert($0).inserted ? $0 : nil }
  }

  /// The first id in a block before its text begins, a bare number as that of a comment.
  private func name(of nodes: Range<Int>) -> String? {
    let named = beginning(of: nodes).first { tree.text[tree.nodes[$0].id].contains { 0x30...0x39 ~= $0 } }
    return named.map { node in
      let id = String(decoding: tree.text[tree.nodes[node].id], as: UTF8.self)
      return id.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? "comment-\(id)" : id
    }
  }
}

/// A comment taken apart: author, time, text.
struct CommentParts {
  private(set) var author: String?
  private(set) var time: String?
  private(set) var text = ""

  /// Longer lines are text.
  private static let mostFurnitureWords = 25
  private static let mostHeaderWords = 10

  static let replyWords: Set<String> = [
    "reply", "replies", "respond", "antworten", "antwort", "responder", "répondre", "answer", "report", "permalink", "flag", "quote",
    "parent", "melden", "citar",
  ]
  private static let controlWords: Set<String> = replyWords.union([
    "like", "likes", "liked", "unlike", "share", "edit", "delete", "link", "to", "this", "comment", "abuse", "thread", "recommend",
    "recommended", "by",
    "up", "down", "vote", "votes", "rate", "rating", "thumbs", "points", "point", "log", "in", "login", "register", "post", "posted", "new",
    "a", "no",
    "says", "said", "wrote", "writes", "on", "at", "the", "from", "via", "mobile", "web", "site", "website", "email", "e-mail", "profile",
    "view",
    "members", "member", "since", "joined", "location", "show", "hide", "collapse", "expand", "mark", "as", "spam", "inappropriate",
    "offensive",
    "score", "recommendations", "recommendation", "responded", "and", "or", "cancel", "continue", "following", "follow", "user", "author",
    "comments", "people", "find", "helpful", "is", "with", "save", "embed", "last", "edited", "total",
    "write", "subject", "re",
  ])

  /// - Parameter topic: for the posts of a forum, what the page calls itself.
  init(_ tree: HTMLTree, _ lines: PageLines, _ all: [Int], within nodes: Range<Int>, topic: String?) {
    let signature = all.last.flatMap { Signature(tree, lines, line: $0) }
    author = signature?.author ?? Self.authorName(tree, nodes, all, lines)
    time = signature?.time ?? Self.timeValue(tree, nodes, all, lines)
    var name = AuthorName(author)
    var words = LineWords()
    var kept: [Int] = []
    /// Texts that are the comment's where there are no others.
    var spare: [Int] = []
    let own = topic == nil ? all : Self.withoutSignature(tree, lines, all, nodes, &spare)
    let subject = AuthorName(topic)
    let hasQuotes = own.contains { lines.lines[$0].isQuote } && own.contains { !lines.lines[$0].isQuote }
    for (place, index) in own.enumerated() {
      guard lines.lines[index].words <= Self.mostFurnitureWords, !hasQuotes || !lines.lines[index].isQuote,
        signature == nil || index != all.last
      else {
        kept.append(index)
        continue
      }
      if kept.isEmpty, Self.isSubject(tree, lines, index, topic ?? "") {
        spare.append(index)
        continue
      }
      words.read(lines.bytes(ofLine: index))
      if Self.isProfile(words) { continue }
      let isAtEdge = place < 3 || own.count - place <= 3 || topic != nil && kept.isEmpty
      var isKept = true
      if place < 6 || isAtEdge || words.count <= 12, let match = PageTime.find(words), words.count - match.words.count <= 14 {
        // A time in a sentence of the remark is no time of the remark.
        let rest = (0..<words.count).filter { !match.words.contains($0) }
        let isMeta = rest.allSatisfy { Self.isControl(words, $0) || name.contains(words, $0) || subject.contains(words, $0) }
        if isMeta || isAtEdge && rest.count <= 8 && !Self.looksLikeSentence(words, rest) {
          let original = lines.words(ofLine: index)
          if time == nil { time = original[match.words].joined(separator: " ").trimmed }
          if author == nil { author = Self.name(original, rest) }
          isKept = false
        }
      }
      if isKept, place < 4, author == nil, words.count <= Self.mostHeaderWords {
        let original = lines.words(ofLine: index)
        author = Self.saidName(original, original.map { $0.lowercased() })
        if author != nil { isKept = false }
      }
      if author != nil, name.isEmpty { name = AuthorName(author) }
      if isKept, name.isAll(of: words) { isKept = false }
      if isKept, (0..<words.count).allSatisfy({ Self.isControl(words, $0) }) || Self.isLinkUp(words, lines.lines[index]) { isKept = false }
      guard isKept else { continue }
      let isAside = kept.isEmpty && Self.isInitial(words, of: author) || topic != nil && Self.isInProfile(tree, lines, index, nodes)
      if isAside { spare.append(index) } else { kept.append(index) }
    }
    if kept.isEmpty { kept = spare.sorted() }
    if author == nil, kept.count > 1, let first = kept.first, let name = Self.cleanedName(lines.quotedText(ofLine: first)),
      Self.looksLikeName(name)
    {
      author = name
      kept.removeFirst()
    }
    // Forums name the whole text of a post for what can be quoted of it.
    text = lines.text(of: kept, marksQuotes: kept.contains { !lines.lines[$0].isQuote })
    if let signature, kept.last == all.last { text = String(decoding: text.utf8.dropLast(signature.length), as: UTF8.self).trimmed }
  }

  /// Without what the author has below every post: elements that say so, and what stands below a line of strokes.
  private static func withoutSignature(
    _ tree: HTMLTree, _ lines: PageLines, _ own: [Int], _ nodes: Range<Int>, _ signature: inout [Int]
  ) -> [Int] {
    var kept: [Int] = []
    for (place, index) in own.enumerated() {
      let bytes = lines.bytes(ofLine: index)
      if !kept.isEmpty, bytes.count > 7, bytes.allSatisfy({ $0 == UInt8(ascii: "_") }) {
        signature += own[(place + 1)...]
        return kept
      }
      let isSignature =
        lines.lines[index].inherited.contains(.signature)
        && holds(tree, lines.lines[index], nodes) { tree.nodes[$0].hints.contains(.signature) }
      if isSignature { signature.append(index) } else { kept.append(index) }
    }
    return kept
  }

  /// Whether one of the elements between a comment and a line of it is such.
  private static func holds(_ tree: HTMLTree, _ line: PageLines.Line, _ nodes: Range<Int>, _ isSuch: (Int) -> Bool) -> Bool {
    var node = tree.nodes[line.first].parent
    while node > nodes.lowerBound {
      if tree.nodes[node].hints.isDisjoint(with: [.comment, .text, .content]), isSuch(node) { return true }
      node = tree.nodes[node].parent
    }
    return false
  }

  /// Whether a line stands in an element about the author, which has short lines alone: *Full Member*, *Site Admin*.
  private static func isInProfile(_ tree: HTMLTree, _ lines: PageLines, _ line: Int, _ nodes: Range<Int>) -> Bool {
    guard lines.lines[line].inherited.contains(.author) else { return false }
    return holds(tree, lines.lines[line], nodes) { node in
      let range = lines.range(of: node..<tree.nodes[node].end)
      return tree.nodes[node].hints.contains(.author) && range.count <= 20 && range.allSatisfy { lines.lines[$0].words <= 8 }
    }
  }

  /// The subject that a forum gives to every answer: a heading or a link that begins *Re:* or repeats the page's title.
  private static func isSubject(_ tree: HTMLTree, _ lines: PageLines, _ index: Int, _ topic: String) -> Bool {
    let line = lines.lines[index]
    guard line.block >= 0, tree.nodes[line.block].tag.isHeading || line.words == line.linkWords else { return false }
    let bytes = lines.bytes(ofLine: index)
    return bytes.starts(with: "Re: ".utf8) || line.words > 1 && topic.contains(String(decoding: bytes, as: UTF8.self))
  }

  /// The first letter of the name, in place of a picture.
  private static func isInitial(_ words: LineWords, of author: String?) -> Bool {
    guard words.count == 1, let author else { return false }
    let line = String(decoding: words.bytes, as: UTF8.self)
    return line.count == 1 && author.lowercased().hasPrefix(line)
  }

  /// *Top*, as a link.
  private static func isLinkUp(_ words: LineWords, _ line: PageLines.Line) -> Bool {
    words.count == 1 && line.linkWords == 1 && words.bytes.elementsEqual("top".utf8)
  }

  /// What lines are asked about the author.
  private struct AuthorName {
    private var bytes: [UInt8] = []
    /// The hashes of its words without punctuation.
    private var words: [UInt64] = []

    init(_ author: String?) {
      guard let author else { return }
      var line = LineWords()
      line.read(author.utf8)
      words = (0..<line.count).map { CommentParts.bareHash(line, $0) }
      bytes = line.bytes
    }

    var isEmpty: Bool { words.isEmpty }

    /// Whether a word is a part of the name.
    func contains(_ line: LineWords, _ word: Int) -> Bool {
      let range = line.bare(word)
      guard !range.isEmpty, range.count <= bytes.count else { return false }
      return (0...bytes.count - range.count).contains { start in
        range.indices.allSatisfy { bytes[start + $0 - range.lowerBound] == line.bytes[$0] }
      }
    }

    /// Whether a line holds the name, furniture, and nothing else.
    func isAll(of line: LineWords) -> Bool {
      guard !words.isEmpty, line.count <= 14 else { return false }
      var isNamed = false
      for word in 0..<line.count {
        if words.contains(CommentParts.bareHash(line, word)) {
          isNamed = true
        } else if !CommentParts.isControl(line, word) {
          return false
        }
      }
      return isNamed
    }
  }

  /// The hash of a word without punctuation; zero where nothing is left.
  private static func bareHash(_ line: LineWords, _ word: Int) -> UInt64 {
    let range = line.bare(word)
    if range.isEmpty { return 0 }
    let hash = line.hash(range)
    return line.bytes[range.lowerBound] >= 0x80 && symbolTable.contains(hash) ? 0 : hash
  }

  private static func isControl(_ line: LineWords, _ word: Int) -> Bool {
    let range = line.bare(word)
    let hash = bareHash(line, word)
    return hash == 0 || controlTable.contains(hash)
      || range.allSatisfy { 0x30...0x39 ~= line.bytes[$0] || ",.".utf8.contains(line.bytes[$0]) }
  }

  private static let symbols: Set<String> = [
    "↓", "↑", "·", "»", "«", "—", "–", "•", "▲", "▼", "△", "▽", "★", "☆", "👍", "👎", "❤",
  ]
  private static let symbolTable = ByteTable(symbols)
  private static let controlTable = ByteTable(controlWords)

  /// Without the ASCII punctuation around it.
  static func bare(_ word: String) -> String {
    var bytes = word.utf8[...]
    while let first = bytes.first, isPunctuation(first) { bytes.removeFirst() }
    while let last = bytes.last, isPunctuation(last) { bytes.removeLast() }
    let bare = String(Substring(bytes))
    return bytes.first ?? 0 >= 0x80 && symbols.contains(bare) ? "" : bare
  }

  private static func isPunctuation(_ byte: UInt8) -> Bool {
    byte < 0x80 && !(0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte)
  }

  static func isControl(_ word: String) -> Bool {
    let bare = bare(word)
    return bare.isEmpty || controlWords.contains(bare) || bare.utf8.allSatisfy { 0x30...0x39 ~= $0 }
  }

  /// *Join Date: Mar 2005*, *Posts: 1,204*, *Senior Member*: what forums say of an author.
  private static func isProfile(_ words: LineWords) -> Bool {
    guard words.count <= 7, words.count > 0 else { return false }
    let last = words.count - 1
    return profileTable.contains(words.hash(ofWord: 0))
      || last > 0 && profileTable.contains(words.hash(words.ranges[0].lowerBound..<words.ranges[1].upperBound))
      || last <= 2 && words.bytes[words.ranges[last]].elementsEqual("member".utf8)
      || profileTerms.contains(words.hash(0..<words.bytes.count))
  }

  private static let profileTable = ByteTable([
    "posts:", "location:", "join date:", "joined:", "registered:", "beiträge:", "moderator", "administrator", "banned", "member", "thanks:",
    "likes:", "rank:",
  ])
  /// The same in a list, each line a term or what it is.
  private static let profileTerms = ByteTable(["posts", "join date", "joined", "registered", "messages", "beiträge", "site admin"])

  private static func looksLikeSentence(_ words: LineWords, _ rest: [Int]) -> Bool {
    guard rest.count > 4, let last = rest.last else { return false }
    return ".!?".utf8.contains(words.bytes[words.ranges[last].upperBound - 1])
  }

  static func looksLikeName(_ text: String) -> Bool {
    let words = text.split(separator: " ")
    guard (1...4).contains(words.count), text.count <= 40, let last = text.last, !".!?…,;".contains(last) || words.count > 1 && last == "."
    else {
      return false
    }
    return text.contains(where: \.isLetter)
      && words.allSatisfy { $0.first.map { $0.isUppercase || $0.isNumber } == true || words.count == 1 }
  }

  private static let saidWords: Set<String> = [
    "says:", "said:", "said...", "wrote:", "says...", "says", "writes:", "schrieb:", "dijo:", "dice:", "sagt:", "said…", "said,", "says,",
    "wrote,", "commented:", "responded:", "responded", "replied:", "added:",
  ]

  /// *NAME says:*, *Posted by NAME*, *NAME said...*
  static func saidName(_ original: [String], _ words: [String], allowsBy: Bool = true) -> String? {
    guard words.count <= mostHeaderWords, let last = words.last else { return nil }
    if saidWords.contains(last), words.count > 1 {
      return cleanedName(original.dropLast().joined(separator: " "))
    }
    if allowsBy, let by = words.firstIndex(of: "by"), by <= 2, by + 1 < words.count, words.count - by <= 5 {
      return cleanedName(original[(by + 1)...].joined(separator: " "))
    }
    return nil
  }

  /// What is left of a line of name and time.
  static func name(_ original: [String], _ rest: [Int]) -> String? {
    var rest = rest
    // *by NAME on TIME*: what stands before *by* is no name.
    if let by = rest.firstIndex(where: { ["by", "von", "por"].contains(original[$0].lowercased()) }) { rest.removeFirst(by + 1) }
    let kept = rest.filter {
      !isControl(original[$0].lowercased())
        || original[$0].first?.isUppercase == true && !replyWords.contains(bare(original[$0].lowercased()))
    }
    let name = cleanedName(kept.map { original[$0] }.joined(separator: " "))
    return name.flatMap { $0.split(separator: " ").count <= 6 ? $0 : nil }
  }

  private static let wordsBeforeName: Set<String> = ["by", "posted", "from", "comment", "written", "von", "por", "submitted"]
  private static let wordsAfterName: Set<String> = [
    "says", "said", "wrote", "on", "at", "writes", "schrieb", "sagt", "dijo", "responded", "replied", "commented",
  ]

  private static func cleanedName(_ text: String) -> String? {
    var words = text.split(separator: " ").map(String.init)
    while let first = words.first,
      wordsBeforeName.contains(bare(first.lowercased())) || bare(first).isEmpty
        || first.first == "#" && first.dropFirst().allSatisfy(\.isNumber)
    {
      words.removeFirst()
    }
    while let last = words.last,
      wordsAfterName.contains(bare(last.lowercased())) || bare(last).isEmpty
    {
      words.removeLast()
    }
    let name = words.joined(separator: " ").trimming { ":|,-–—•·\u{A0}".contains($0) || $0.isWhitespace }
    return name.isEmpty || name.utf8.count > 80 && name.count > 80 ? nil : name
  }

  /// The first of the lines that has text in a range of nodes.
  private static func firstLine(in nodes: Range<Int>, _ own: [Int], _ lines: PageLines) -> Int? {
    var (low, high) = (0, own.count)
    while low < high {
      let middle = (low + high) / 2
      if lines.lines[own[middle]].last < nodes.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < own.count && lines.lines[own[low]].first < nodes.upperBound ? own[low] : nil
  }

  /// What the element that names the author says, or the first line of one that tells more of them.
  private static func authorName(_ tree: HTMLTree, _ nodes: Range<Int>, _ own: [Int], _ lines: PageLines) -> String? {
    var best: (node: Int, rank: Int, name: String, isFirstLine: Bool)?
    let hasPlain = own.contains { !lines.lines[$0].isQuote }
    for node in nodes where tree.nodes[node].tag != .text {
      let hints = tree.nodes[node].hints
      let isCite = tree.nodes[node].tag == .cite
      guard hints.contains(.author) || isCite, hints.isDisjoint(with: [.reply, .text, .signature]) else { continue }
      let range = node..<tree.nodes[node].end
      guard let line = firstLine(in: range, own, lines), !hasPlain || !lines.lines[line].isQuote else { continue }
      var text = tree.plainText(node, limit: 120)
      let (lineCount, first) = (lines.range(of: range).count, lines.lines[line])
      let isFirstLine = lineCount > 1 && first.words <= 4 && first.words == first.linkWords && first.first >= node
      if isFirstLine { text = lines.text(of: [line]) }
      let words = text.split(separator: " ").count
      guard words > 0, words <= 8, text.contains(where: \.isLetter),
        PageTime.find(text.lowercased().split(separator: " ").map(String.init)) == nil
      else { continue }
      let rank = words <= 4 ? 2 : 1
      // Within what begins with a name, several lines are no better one.
      let isBetter =
        best.map {
          rank > $0.rank || tree.contains($0.node, node) && rank >= $0.rank && (!$0.isFirstLine || isFirstLine || lineCount < 2)
        } ?? true
      if isBetter { best = (node, rank, text, isFirstLine) }
    }
    return best.flatMap { cleanedName($0.name) }
  }

  private static func timeValue(_ tree: HTMLTree, _ nodes: Range<Int>, _ own: [Int], _ lines: PageLines) -> String? {
    guard let first = own.first, let last = own.last else { return nil }
    for node in nodes where tree.nodes[node].tag == .time || tree.nodes[node].hints.contains(.time) && !tree.nodes[node].value.isEmpty {
      guard lines.lines[first].first <= tree.nodes[node].end, node <= lines.lines[last].last else { continue }
      let (value, text) = (String(decoding: tree.text[tree.nodes[node].value], as: UTF8.self), tree.plainText(node, limit: 80))
      if let time = Timestamps.instant(value) { return time }
      if !text.isEmpty { return text }
      if !value.isEmpty { return value }
    }
    return nil
  }
}

extension String {
  func trimming(_ isEdge: (Character) -> Bool) -> String {
    var text = self[...]
    while let first = text.first, isEdge(first) { text.removeFirst() }
    while let last = text.last, isEdge(last) { text.removeLast() }
    return String(text)
  }

  var trimmed: String { trimming(\.isWhitespace) }
}
