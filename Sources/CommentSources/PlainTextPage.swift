internal import BelowTheLine

/// A page as plain text whose structure is lost: an article, then perhaps names and remarks.
///
/// Which line is what is decided for the page as a whole: the lines pass through the states body, header (a name, perhaps with
/// a time), detail (a time), remark and closing (a count of votes), each line has a score in each state, and the best path
/// wins (Viterbi 1967). The weights are chosen by hand. A thread has to earn more than the cost of beginning one, so a
/// heading, a caption or a byline does not make it.
enum PlainTextPage {
  static let maximumSize = 16 << 20
  /// Each takes some hundred bytes and some microseconds, however short.
  static let maximumLines = 200_000

  static func read(_ bytes: [UInt8], name: String, url: String? = nil, _ emit: (SourceEvent) throws -> Void) throws {
    guard let page = separate(String(decoding: bytes, as: UTF8.self)) else {
      return try emit(
        .rejected(
          Rejection(SourceLocation(name: name), reason: "more than \(maximumLines) lines, which is too much for one page", raw: bytes)))
    }
    try emit(.record(.article(Article(id: name, url: url, title: page.title, body: page.body))))
    for (index, remark) in page.remarks.enumerated() {
      try emit(
        .record(
          .comment(
            Comment(
              id: "\(name)#\(index + 1)", articleID: name, author: remark.author, createdAt: remark.details.first, text: remark.text,
              depth: 0, source: SourceLocation(name: name, line: remark.line)))))
    }
  }

  struct Remark: Equatable {
    var author: String
    /// Times, votes and the like, as they stand.
    var details: [String]
    var text: String
    /// Of the author's name, from 1.
    var line: Int
  }

  struct Page: Equatable {
    var title: String?
    /// Lines of the article, blank lines left out, the title among them.
    var body: String
    var remarks: [Remark]
  }

  /// nil where there are too many lines.
  static func separate(_ text: String) -> Page? {
    guard let lines = TextLines.split(text, most: maximumLines).map(PageLine.lines) else { return nil }
    let states = bestStates(lines)
    var body: [String] = []
    var remarks: [Remark] = []
    for (line, state) in zip(lines, states) {
      switch state {
      case .body: body.append(line.text)
      case .header:
        remarks.append(
          Remark(author: line.header.author ?? line.text, details: line.header.time.map { [$0] } ?? [], text: "", line: line.number))
      case .detail, .closing: remarks[remarks.count - 1].details.append(line.text)
      case .remark:
        let separator = remarks[remarks.count - 1].text.isEmpty ? "" : "\n"
        remarks[remarks.count - 1].text += separator + line.text
      }
    }
    let title = body.first.flatMap { PageLine.looksLikeTitle($0) ? $0 : nil }
    return Page(title: title, body: body.joined(separator: "\n"), remarks: remarks)
  }

  enum State: Int, CaseIterable {
    case body
    case header
    /// A time or the like between name and remark.
    case detail
    case remark
    /// *Reply*, votes and the like after a remark.
    case closing
  }

  /// What a thread has to earn before it is believed.
  private static let costOfThread = 7.0
  private static let impossible = -1e9

  private static func bestStates(_ lines: [PageLine]) -> [State] {
    guard !lines.isEmpty else { return [] }
    let states = State.allCases
    var scores = states.map { $0 == .body ? 0.0 : impossible }
    var origins: [[State]] = []
    for (index, line) in lines.enumerated() {
      var next = [Double](repeating: impossible, count: states.count)
      var origin = [State](repeating: .body, count: states.count)
      for state in states {
        let emission = line.score(in: state)
        guard emission > impossible else { continue }
        for previous in states {
          let transition = index == 0 ? (state == .body ? 0 : impossible) : cost(from: previous, to: state, after: lines[index - 1])
          let score = scores[previous.rawValue] + transition + emission
          if score > next[state.rawValue] { (next[state.rawValue], origin[state.rawValue]) = (score, previous) }
        }
      }
      scores = next
      origins.append(origin)
    }
    // A header without a remark ends no thread.
    var state = [State.remark, .closing].reduce(State.body) { scores[$1.rawValue] > scores[$0.rawValue] ? $1 : $0 }
    var path: [State] = []
    for origin in origins.reversed() {
      path.append(state)
      state = origin[state.rawValue]
    }
    return path.reversed()
  }

  private static func cost(from previous: State, to next: State, after line: PageLine) -> Double {
    switch (previous, next) {
    case (.body, .body): 0
    case (.body, .header): (line.endsArticle ? 4 : 0) - costOfThread
    case (.header, .detail), (.header, .remark), (.detail, .detail), (.detail, .remark): 0
    case (.remark, .remark), (.remark, .closing), (.closing, .closing), (.remark, .header), (.closing, .header): 0
    // A line within a remark may look like a time.
    case (.closing, .remark): -2
    case (.body, _), (.header, _), (.detail, _), (.remark, _), (.closing, _): impossible
    }
  }
}

/// One line of a page with what its shape says.
struct PageLine {
  /// The line that begins a comment, taken apart.
  struct Header {
    var author: String?
    var time: String?
    var score: Double
  }

  private static let impossible = -1e9
  private static let mostHeaderWords = 18

  let text: String
  let number: Int
  let endsArticle: Bool
  let header: Header
  private let isDetail: Bool
  private let remarkScore: Double

  /// The lines that are not blank.
  static func lines(_ lines: [Substring]) -> [PageLine] {
    let trimmed = lines.enumerated()
      .map { (number: $0.offset + 1, text: trim($0.element)) }
      .filter { !$0.text.isEmpty }
    var counts: [String: Int] = [:]
    for line in trimmed where line.text.utf8.count <= 48 { counts[line.text, default: 0] += 1 }
    let speakers = Set(counts.filter { $0.value > 3 && NameShape($0.key) != nil }.keys)
    var wordsBefore = 0
    return trimmed.map { line in
      let recurs = (counts[line.text] ?? 0) > 1
      // Two names that take turns all the page long are an interview.
      let isInterview = recurs && speakers.count <= 2 && speakers.contains(line.text)
      defer { wordsBefore += line.text.utf8.count / 6 }
      return PageLine(line.text, number: line.number, recurs: recurs && !isInterview, isAtTop: wordsBefore < 40, isInterview: isInterview)
    }
  }

  private init(_ text: String, number: Int, recurs: Bool, isAtTop: Bool, isInterview: Bool) {
    self.text = text
    self.number = number
    let pieces = text.words(most: Self.mostHeaderWords + 1).map(String.init)
    var header = Header(author: nil, time: nil, score: Self.impossible)
    var isDetail = false
    if pieces.count <= Self.mostHeaderWords {
      let original = PageTime.unglued(pieces)
      let words = original.map { $0.lowercased() }
      let match = PageTime.find(words)
      isDetail = Self.looksLikeDetail(words, match)
      if !isDetail { header = Self.header(text, original, words, match, recurs: recurs) }
    }
    if isInterview { header.score = min(header.score, -1) }
    // A name and a date at the top are the article's.
    if isAtTop { header.score -= 4 }
    self.header = header
    self.isDetail = isDetail
    endsArticle = Self.looksLikeEnd(text)
    remarkScore = Self.remarkScore(text)
  }

  func score(in state: PlainTextPage.State) -> Double {
    switch state {
    case .body: 0
    case .header: header.score
    case .detail, .closing: isDetail ? 1.2 : Self.impossible
    // A remark of a capitalised word or two is rarer than a name.
    case .remark: header.score > 0 ? min(-2, remarkScore - header.score) : remarkScore
    }
  }

  static func looksLikeTitle(_ text: String) -> Bool {
    text.count <= 160 && !(text.last.map { ".!”\"".contains($0) } ?? true)
  }

  // MARK: Headers

  private static func header(_ text: String, _ original: [String], _ words: [String], _ match: PageTime.Match?, recurs: Bool) -> Header {
    if let said = CommentParts.saidName(original, words, allowsBy: false) { return Header(author: said, time: nil, score: 4) }
    if let replied = words.firstIndex(where: { $0 == "replied" || $0 == "answered" }), replied > 0, replied <= 5, words.count > replied + 1,
      words[replied + 1] == "to", words.count <= 12
    {
      return Header(author: original[..<replied].joined(separator: " "), time: nil, score: 4)
    }
    if let match {
      let rest = words.indices.filter { !match.words.contains($0) }
      guard rest.count <= 9, let name = CommentParts.name(original, rest), NameShape(name) != nil || rest.count <= 3 else {
        return Header(author: nil, time: nil, score: impossible)
      }
      // *Posted by NAME on DATE* is how articles sign too, a clock is how comments do.
      let score = 2.0 + (match.hasClock ? 1.5 : 0) + (match.words.lowerBound > 0 ? 0.5 : 0)
      return Header(author: name, time: original[match.words].joined(separator: " ").trimmed, score: score)
    }
    var named = original
    while let first = named.first, first.hasPrefix("http://") || first.hasPrefix("https://") || first.first == "#" || Self.isOrdinal(first)
    { named.removeFirst() }
    let isMarked = named.count < original.count
    if words.first == "by", (2...5).contains(words.count) {
      return Header(author: original.dropFirst().joined(separator: " "), time: nil, score: 2)
    }
    let name = named.joined(separator: " ")
    guard let shape = NameShape(name) else { return Header(author: nil, time: nil, score: impossible) }
    return Header(author: name, time: nil, score: (recurs ? 4.5 : shape.score) + (isMarked ? 1 : 0))
  }

  /// `12.` or `12)` or `12`.
  private static func isOrdinal(_ word: String) -> Bool {
    word.count <= 5 && word.first?.isNumber == true && word.allSatisfy { $0.isNumber || $0 == "." || $0 == ")" || $0 == ":" }
  }

  /// A time alone, or nothing but *Reply*, *4 likes* and the like.
  private static func looksLikeDetail(_ words: [String], _ match: PageTime.Match?) -> Bool {
    guard words.count <= 14 else { return false }
    let rest = match.map { match in words.indices.filter { !match.words.contains($0) } } ?? Array(words.indices)
    guard rest.allSatisfy({ CommentParts.isControl(words[$0]) }) else { return false }
    return match != nil
      || words.contains { CommentParts.replyWords.contains(CommentParts.bare($0)) || counted.contains(CommentParts.bare($0)) }
  }

  private static let counted: Set<String> = ["like", "likes", "votes", "points", "share", "recommend", "edit", "log", "edited"]

  // MARK: Article and remark

  private static func looksLikeEnd(_ text: String) -> Bool {
    if text.contains(bytesOf: "©") { return true }
    guard text.utf8.count < 400 else { return false }
    let lower = text.lowercased()
    if lower.contains(bytesOf: "(c) copyright") || lower.contains(bytesOf: "all rights reserved") { return true }
    // A fourth word or more, which may be left together, tell enough.
    let words = lower.split(maxSplits: 4) { !$0.isLetter }
    return words.count <= 3 && words.contains { endWords.contains(String($0)) }
  }

  private static let endWords: Set<String> = ["comments", "comment", "discussion", "kommentare", "comentarios", "responses"]
  private static let mostRemarkWords = 40

  /// Remarks are personal and loose; articles attribute and run long.
  private static func remarkScore(_ text: String) -> Double {
    // Never above 0, or a blog told in the first person would all be a remark.
    var score = -0.25
    if text.utf8.count > 500 { score -= 0.1 }
    var personal = 0.0
    for word in text.words(most: mostRemarkWords + 1).prefix(mostRemarkWords) {
      let plain = CommentParts.bare(word.lowercased())
      if personalWords.contains(plain) { personal += 0.1 }
      if attributions.contains(plain) { score -= 0.4 }
    }
    score += min(0.2, personal)
    if text.contains(ascii: "?") || text.contains(ascii: "!") { score += 0.05 }
    return max(-0.8, score)
  }

  private static let personalWords: Set<String> = [
    "i", "i'm", "i’m", "i've", "i’ve", "my", "you", "you're", "you’re", "you've", "you’ve", "your", "lol", "ich", "du", "yo", "thanks",
    "thank",
  ]
  private static let attributions: Set<String> = ["said", "says", "told", "according", "announced", "reported", "sagte", "dijo"]

  private static func trim(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

/// One to five words without the punctuation of a sentence, each capitalised, a particle, or the only one; nil for anything else.
private struct NameShape {
  /// How much more likely a line of this shape is a name than anything else.
  let score: Double

  private static let particles: Set<String> = [
    "de", "da", "van", "von", "of", "the", "la", "le", "del", "der", "and", "y", "bin", "al", "em.",
  ]
  private static let prepositions: Set<String> = ["from", "in", "at", "on", "for", "to", "aus"]

  init?(_ text: String) {
    guard text.utf8.count <= 48 else { return nil }
    let words = text.words()
    guard (1...5).contains(words.count), let first = text.first, let last = text.last, let lastWord = words.last,
      first.isLetter || first.isNumber || first == "@" || first == "'" || first == "‘", text.contains(where: \.isLetter)
    else { return nil }
    // A full stop only after an initial: *Marta K.*
    if last == "." ? lastWord.count > 3 : "!?:;,…\"”’'".contains(last) { return nil }
    var hasPreposition = false
    if words.count > 1 {
      guard first.isUppercase || first == "'" || first == "‘",
        lastWord.first.map({ $0.isUppercase || $0.isNumber || $0 == "(" || $0 == "[" }) == true
      else { return nil }
      for word in words.dropFirst().dropLast() where word.first?.isUppercase != true && word.first != "(" {
        guard Self.particles.contains(String(word)) || Self.prepositions.contains(String(word)) else { return nil }
        if Self.prepositions.contains(String(word)) { hasPreposition = true }
      }
    }
    // *rickyleepotts* and *Marta K.* are names and nothing else; *Minute Stool* may be a heading, *Withdrawal from Soledar* is one.
    let isUserName = words.count == 1 && (first.isLowercase || text.dropFirst().contains { $0.isUppercase || $0 == "_" || $0.isNumber })
    if first.isNumber {
      score = 0
    } else if hasPreposition {
      score = 0.5
    } else {
      score = isUserName || last == "." ? 2.5 : words.count == 1 ? 1.8 : 1.3
    }
  }
}
