internal import BelowTheLine

/// Whether comments came as they were meant, by a sample: signs of a wrong encoding, of another language, of markup, of fields under other
/// names, and of the order in which they stand.
struct CommentSample: Sendable {
  private var comments = 0
  private var empty = 0
  /// With characters that stand for bytes that could not be read.
  private var damaged = 0
  private var withMarkup = 0
  /// Comments of enough words to say, and those of which a model knows too few.
  private var measured = 0
  private var unfamiliar = 0
  /// By the option that names it, the field that is most likely meant.
  private var misnamed: [String: (name: String, count: Int)] = [:]
  /// A field that holds other comments.
  private var nesting: String?
  /// Pairs of neighbours of which the second is later, or earlier.
  private var ascents = 0
  private var descents = 0
  private var last: (number: Int, time: Double)?

  /// The first ones, so that small inputs are looked at whole; then neighbours, closer together where articles may come first, and of many
  /// too few to take time.
  ///
  /// - Parameter number: of a line or comment, from 1.
  static func takes(_ number: Int) -> Bool { number <= 64 || number % (number <= 4096 ? 64 : 4096) < 2 }

  /// - Parameters:
  ///   - number: as ``takes(_:)`` has it.
  ///   - scorer: whose model is to know the words.
  mutating func add(_ comment: Comment, number: Int, _ scorer: Scorer?) {
    comments += 1
    if let isUnfamiliar = scorer?.familiarity(of: comment.text)?.isUnfamiliar {
      measured += 1
      if isUnfamiliar { unfamiliar += 1 }
    }
    let text = comment.text
    if text.utf8.allSatisfy({ $0 <= 0x20 }) { empty += 1 }
    if text.contains(bytesOf: "\u{FFFD}") { damaged += 1 }
    if Self.markup.contains(where: { text.contains(bytesOf: $0) }) { withMarkup += 1 }
    if comment.articleID == nil { add(Self.articleNames, of: comment, "--article-field") }
    if comment.parentID == nil { add(Self.parentNames, of: comment, "--parent-field") }
    nesting = nesting ?? Self.nestingNames.first { comment.extra[$0]?.elements.first?.members.isEmpty == false }
    guard let time = comment.createdAt.flatMap({ Instant($0)?.seconds ?? Double($0) }) else { return }
    if let last, last.number + 1 == number {
      if time > last.time { ascents += 1 }
      if time < last.time { descents += 1 }
    }
    last = (number, time)
  }

  private mutating func add(_ names: Set<String>, of comment: Comment, _ option: String) {
    let found = comment.extra.filter { $0.value.text != nil && names.contains($0.key.lowercased().filter { $0 != "_" && $0 != "-" }) }
    guard let name = found.keys.min() else { return }
    misnamed[option] = (misnamed[option]?.name ?? name, (misnamed[option]?.count ?? 0) + 1)
  }

  mutating func add(_ other: CommentSample) {
    comments += other.comments
    empty += other.empty
    damaged += other.damaged
    withMarkup += other.withMarkup
    measured += other.measured
    unfamiliar += other.unfamiliar
    misnamed.merge(other.misnamed) { ($0.name, $0.count + $1.count) }
    nesting = nesting ?? other.nesting
    ascents += other.ascents
    descents += other.descents
  }

  /// Comments of a thread then stand before those that they answer.
  var isNewestFirst: Bool { descents > 3 && descents > 4 * ascents }

  /// What is more than the odd comment.
  var notes: [String] {
    func note(_ count: Int, of all: Int, _ problem: String) -> String? {
      guard count > 0, count == all || count > 1 && 10 * count >= all else { return nil }
      return "btl: \(count.grouped) of \(all.grouped) comments looked at \(problem)"
    }
    let fields = misnamed.sorted { $0.key < $1.key }.map { option, field in
      note(field.count, of: comments, "have a field \"\(field.name)\", which is not read; \(option) \(field.name) does")
    }
    return
      ([
        empty == comments ? note(empty, of: comments, "have an empty text; --text-field names the field that holds it") : nil,
        note(
          damaged, of: comments,
          "hold \u{FFFD} for bytes that are no UTF-8; iconv -f WINDOWS-1252 -t UTF-8 FILE | btl … - reads most such files"),
        note(
          unfamiliar, of: measured,
          "are in words of which the model knows less than half: it learnt from another language, or from too little, and their scores mean little"
        ),
        note(withMarkup, of: comments, "hold HTML, whose tags and entities are read as if a reader had written them"),
        nesting.map { "btl: the field \"\($0)\" of comments holds others, which are not read; jq -c 'recurse(.\($0)[]?)' takes them out" },
      ] + fields).compactMap { $0 }
  }

  private static let markup: [StaticString] = [
    "</p>", "<br", "</a>", "</div>", "</span>", "&amp;", "&quot;", "&#", "&lt;", "&gt;", "&nbsp;",
  ]
  private static let nestingNames = ["answers", "children", "comments", "replies", "responses"]
  /// In small letters, without what joins words.
  private static let articleNames: Set = ["articleid", "storyid", "threadid", "topicid", "postid", "pageid"]
  private static let parentNames: Set = ["parentid", "parentcommentid", "replyto", "replytoid", "inreplyto", "inreplytoid"]
}
