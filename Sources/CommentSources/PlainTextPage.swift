internal import BelowTheLine

/// A page as plain text whose structure is lost: an article, then perhaps names and remarks.
///
/// Which line is what is decided for the page as a whole: the lines pass through the states body, name, detail (a time),
/// remark and closing (a count of votes), each line has a score in each state, and the best path wins (Viterbi 1967). The weights are
/// chosen by hand. A thread has to earn more than the cost of beginning one, so a heading or a caption does not make it.
enum PlainTextPage {
  static let maximumSize = 64 << 20

  static func read(_ bytes: [UInt8], name: String, _ emit: (SourceEvent) throws -> Void) throws {
    let page = separate(String(decoding: bytes, as: UTF8.self))
    try emit(.record(.article(Article(id: name, title: page.title, body: page.body))))
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

  static func separate(_ text: String) -> Page {
    let lines = PageLine.lines(of: text)
    let states = bestStates(lines)
    var body: [String] = []
    var remarks: [Remark] = []
    for (line, state) in zip(lines, states) {
      switch state {
      case .body: body.append(line.text)
      case .name: remarks.append(Remark(author: line.text, details: [], text: "", line: line.number))
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
    case name
    /// A time or the like between name and remark.
    case detail
    case remark
    /// *Reply*, votes and the like after a remark.
    case closing
  }

  /// What a thread has to earn before it is believed.
  private static let costOfThread = 8.0
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
    // A name without a remark ends no thread.
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
    case (.body, .name): (line.endsArticle ? 4 : 0) - costOfThread
    case (.name, .detail), (.name, .remark), (.detail, .detail), (.detail, .remark): 0
    case (.remark, .remark), (.remark, .closing), (.closing, .closing), (.remark, .name), (.closing, .name): 0
    // A line within a remark may look like a time.
    case (.closing, .remark): -2
    case (.body, _), (.name, _), (.detail, _), (.remark, _), (.closing, _): impossible
    }
  }
}

/// One line of a page with what its shape says.
struct PageLine {
  let text: String
  let number: Int
  let endsArticle: Bool
  private let nameScore: Double
  private let isDetail: Bool
  private let remarkScore: Double

  /// The lines that are not blank.
  static func lines(of text: String) -> [PageLine] {
    let trimmed = text.split(omittingEmptySubsequences: false) { $0.isNewline }
      .enumerated()
      .map { (number: $0.offset + 1, text: trim($0.element)) }
      .filter { !$0.text.isEmpty }
    var counts: [String: Int] = [:]
    for line in trimmed { counts[line.text, default: 0] += 1 }
    return trimmed.map { PageLine($0.text, number: $0.number, recurs: (counts[$0.text] ?? 0) > 1) }
  }

  private init(_ text: String, number: Int, recurs: Bool) {
    self.text = text
    self.number = number
    let words = text.split { $0.isWhitespace }
    isDetail = Self.looksLikeDetail(text, words)
    nameScore = isDetail ? -1e9 : Self.nameScore(text, words, recurs: recurs)
    endsArticle = Self.looksLikeEnd(text)
    remarkScore = Self.remarkScore(text, words)
  }

  func score(in state: PlainTextPage.State) -> Double {
    switch state {
    case .body: 0
    case .name: nameScore
    case .detail, .closing: isDetail ? 1.5 : -1e9
    // A remark of a capitalised word or two is rarer than a name.
    case .remark: nameScore > 0 ? min(-2, remarkScore - nameScore) : remarkScore
    }
  }

  static func looksLikeTitle(_ text: String) -> Bool {
    text.count <= 160 && !(text.last.map { ".!”\"".contains($0) } ?? true)
  }

  /// One to four words without the punctuation of a sentence, each capitalised, a particle, or the only one.
  private static func nameScore(_ text: String, _ words: [Substring], recurs: Bool) -> Double {
    let no = -1e9
    guard (1...4).contains(words.count), text.utf8.count <= 48, let first = text.first, let last = text.last, let lastWord = words.last,
      first.isLetter || first.isNumber || first == "@", text.contains(where: \.isLetter)
    else { return no }
    // A full stop only after an initial: *Marta K.*
    if last == "." ? lastWord.count > 3 : "!?:;,…\"”’'".contains(last) { return no }
    var score = recurs ? 4.5 : 2
    if words.count > 1 {
      guard first.isUppercase, lastWord.first?.isUppercase == true || lastWord.first?.isNumber == true else { return no }
      for word in words.dropFirst().dropLast() where word.first?.isUppercase != true {
        guard particles.contains(String(word)) || prepositions.contains(String(word)) else { return no }
        // *Withdrawal from Soledar* is a heading, *Bob from Saltmarsh* is not.
        if prepositions.contains(String(word)) { score -= 1.5 }
      }
    }
    return score
  }

  private static let prepositions: Set<String> = ["from", "in", "at", "on", "for", "to", "aus", "in"]
  private static let particles: Set<String> = ["de", "da", "van", "von", "of", "the", "la", "le", "del", "der", "and", "y", "bin", "al"]

  private static func looksLikeDetail(_ text: String, _ words: [Substring]) -> Bool {
    guard words.count <= 8, text.utf8.count <= 64 else { return false }
    let lower = text.lowercased()
    if detailWords.contains(lower) { return true }
    let hasDigit = lower.contains { $0.isNumber }
    return hasDigit && words.contains { detailUnits.contains($0.lowercased().filter(\.isLetter)) } && words.count <= 6
  }

  private static let detailWords: Set<String> = [
    "reply", "like", "share", "report", "permalink", "edited", "flag", "antworten", "responder",
  ]
  private static let detailUnits: Set<String> = [
    "ago", "hours", "hour", "minutes", "mins", "min", "days", "day", "weeks", "week", "months", "years", "likes", "replies", "am", "pm",
    "votes", "points", "upvotes", "uhr", "hrs",
  ]

  private static func looksLikeEnd(_ text: String) -> Bool {
    let lower = text.lowercased()
    if lower.contains("©") || lower.contains("(c) copyright") || lower.contains("all rights reserved") { return true }
    let words = lower.split { !$0.isLetter }
    return words.count <= 3 && words.contains { endWords.contains(String($0)) }
  }

  private static let endWords: Set<String> = ["comments", "comment", "discussion", "kommentare", "comentarios", "responses"]

  /// Remarks are personal and loose; articles attribute and run long.
  private static func remarkScore(_ text: String, _ words: [Substring]) -> Double {
    var score = 0.0
    let plain = words.map { $0.lowercased().filter { $0.isLetter || $0 == "'" || $0 == "’" } }
    score += min(1, 0.5 * Double(plain.count { personalWords.contains($0) }))
    if text.contains("?") || text.contains("!") { score += 0.3 }
    if plain.contains(where: attributions.contains) { score -= 1 }
    if words.count > 120 { score -= 1 }
    return score
  }

  private static let personalWords: Set<String> = [
    "i", "i'm", "i’m", "i've", "i’ve", "my", "you", "you're", "you’re", "you've", "you’ve", "your", "lol", "ich", "du", "yo",
  ]
  private static let attributions: Set<String> = ["said", "says", "told", "according", "announced", "reported", "sagte", "dijo"]

  private static func trim(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
