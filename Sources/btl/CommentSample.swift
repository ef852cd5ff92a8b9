internal import BelowTheLine

/// Whether comments came as they were meant, by a sample: signs of a wrong encoding, of markup, of fields under other names, and of the
/// order in which they stand.
struct CommentSample: Sendable {
  private var comments = 0
  private var empty = 0
  /// With characters that stand for bytes that could not be read.
  private var damaged = 0
  private var withMarkup = 0
  /// By the option that names it, the field that is most likely meant.
  private var misnamed: [String: (name: String, count: Int)] = [:]
  /// A field that holds other comments.
  private var nesting: String?
  /// Pairs of neighbours of which the second is later, or earlier.
  private var ascents = 0
  private var descents = 0
  private var last: (number: Int, time: Double)?

  /// The first ones, so that small inputs are looked at whole; then neighbours, closer together where articles may come first.
  ///
  /// - Parameter number: of a line or comment, from 1.
  static func takes(_ number: Int) -> Bool { number <= 64 || number % (number <= 4096 ? 64 : 512) < 2 }

  /// - Parameter number: as ``takes(_:)`` has it.
  mutating func add(_ comment: Comment, number: Int) {
    comments += 1
    let text = comment.text
    if text.utf8.allSatisfy({ $0 <= 0x20 }) { empty += 1 }
    // Bytes first: most texts hold neither, and looking for characters takes time.
    if text.utf8.contains(0xEF), text.unicodeScalars.contains("\u{FFFD}") { damaged += 1 }
    if text.contains(ascii: "<") || text.contains(ascii: "&"), Self.markup.contains(where: { text.contains($0) }) { withMarkup += 1 }
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
    misnamed.merge(other.misnamed) { ($0.name, $0.count + $1.count) }
    nesting = nesting ?? other.nesting
    ascents += other.ascents
    descents += other.descents
  }

  /// Comments of a thread then stand before those that they answer.
  var isNewestFirst: Bool { descents > 3 && descents > 4 * ascents }

  /// What is more than the odd comment.
  var notes: [String] {
    func isTold(_ count: Int) -> Bool { count > 0 && (count == comments || count > 1 && 10 * count >= comments) }
    func note(_ count: Int, _ problem: String) -> String? {
      isTold(count) ? "btl: \(count.grouped) of \(comments.grouped) comments looked at \(problem)" : nil
    }
    let fields = misnamed.sorted { $0.key < $1.key }.map { option, field in
      note(field.count, "have a field \"\(field.name)\", which is not read; \(option) \(field.name) does")
    }
    return
      ([
        empty == comments ? note(empty, "have an empty text; --text-field names the field that holds it") : nil,
        note(damaged, "hold \u{FFFD} for bytes that are no UTF-8; iconv -f WINDOWS-1252 -t UTF-8 FILE | btl … - reads most such files"),
        note(withMarkup, "hold HTML, whose tags and entities are read as if a reader had written them"),
        nesting.map { "btl: the field \"\($0)\" of comments holds others, which are not read; jq -c 'recurse(.\($0)[]?)' takes them out" },
      ] + fields).compactMap { $0 }
  }

  private static let markup = ["</p>", "<br", "</a>", "</div>", "</span>", "&amp;", "&quot;", "&#", "&lt;", "&gt;", "&nbsp;"]
  private static let nestingNames = ["answers", "children", "comments", "replies", "responses"]
  /// In small letters, without what joins words.
  private static let articleNames: Set = ["articleid", "storyid", "threadid", "topicid", "postid", "pageid"]
  private static let parentNames: Set = ["parentid", "parentcommentid", "replyto", "replytoid", "inreplyto", "inreplytoid"]
}
