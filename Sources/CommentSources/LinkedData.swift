internal import BelowTheLine

/// What a page says in JSON-LD, for search engines, by the names of schema.org: its comments, and its article.
///
///     {"@type":"NewsArticle","headline":"…","comment":[{"@type":"Comment","author":{"name":"Ann"},"text":"…","comment":[…]}]}
///
/// Comments are what is called one, what stands under `comment`, and the answers of a question; texts are HTML. What cannot be read is
/// decoration and passed over, as browsers do; where it names comments, that is told.
struct LinkedData {
  private(set) var remarks: [HTMLPage.Remark] = []
  private(set) var title: String?
  private(set) var body = ""
  /// Why scripts that name comments were not read.
  private(set) var problems: [(reason: String, script: [UInt8])] = []

  /// More than this is not made values of, which take up to twenty times as much memory.
  static let maximumSize = 8 << 20

  /// What is known of each remark until all are read.
  private struct Draft {
    var remark: HTMLPage.Remark
    /// The remark that it stands in.
    var holder: Int?
    var name: String?
    /// What `parentItem` calls the remark that it answers.
    var answered: String?
  }

  private var drafts: [Draft] = []
  /// Remarks by what others call them.
  private var places: [String: Int] = [:]
  /// Remarks that name others as their answers.
  private var holders: [String: Int] = [:]
  private var taken: Set<String> = []
  /// Remarks as they stand: pages with two scripts say many twice.
  private var seen: Set<[String?]> = []

  /// - Complexity: linear in the length of the scripts.
  init(_ scripts: [[UInt8]]) {
    var size = 0
    for script in scripts {
      size += script.count
      do throws(JSONError) {
        guard size <= Self.maximumSize else { throw JSONError(offset: 0, reason: "more than \(Self.maximumSize >> 20) MiB") }
        // Line ends in strings, which JSON forbids and pages have.
        let bytes = script.map { max($0, 0x20) }
        read(try JSONScanner.parse(bytes.span), in: nil, isComment: false)
      } catch {
        if Self.namesComments(script) { problems.append(("JSON-LD that names comments cannot be read: \(error)", script)) }
      }
    }
    remarks = drafts.map(\.remark)
    resolveParents()
  }

  /// Whether it is worth reading where there is an article already.
  static func namesComments(_ script: [UInt8]) -> Bool { ["omment\"", "nswer\""].contains(where: script.contains(text:)) }

  // MARK: Reading

  /// Members that lead to comments of this remark or of this page.
  private static let commentKeys: Set<String> = ["comment", "acceptedAnswer", "suggestedAnswer"]
  private static let commentTypes: Set<String> = ["Comment", "Answer", "UserComments"]

  /// - Parameters:
  ///   - holder: the remark that the value stands in.
  ///   - isComment: whether the place says that it is one.
  private mutating func read(_ value: JSONValue, in holder: Int?, isComment: Bool) {
    for element in value.elements { read(element, in: holder, isComment: isComment) }
    guard !value.members.isEmpty else { return }
    let types = Self.types(of: value)
    var holder = holder
    if isComment || !types.isDisjoint(with: Self.commentTypes) {
      switch add(value, in: holder) {
      case .added(let place): holder = place
      case .known: return
      case .noText: break
      }
    } else if types.contains(where: { $0.hasSuffix("Article") || $0.hasSuffix("Posting") || $0 == "Question" }) {
      readArticle(value)
    }
    // What a remark answers does not stand in it.
    for member in value.members where member.key != "parentItem" {
      read(member.value, in: holder, isComment: Self.commentKeys.contains(member.key))
    }
  }

  /// Without what stands before the name: `http://schema.org/Comment`.
  private static func types(of value: JSONValue) -> Set<String> {
    let types = value["@type"].map { [$0] + $0.elements } ?? []
    return Set(types.compactMap { $0.text?.split { "/:#".contains($0) }.last.map(String.init) })
  }

  /// The first text that is not empty.
  private static func text(_ value: JSONValue, _ keys: [String], keepsLineEnds: Bool = false) -> String? {
    keys.lazy.compactMap { value[$0]?.text.map { HTMLText.plain($0, keepsLineEnds: keepsLineEnds) }?.filled }.first
  }

  private mutating func readArticle(_ article: JSONValue) {
    title = title ?? Self.text(article, ["headline", "name"])
    if body.isEmpty { body = Self.text(article, ["articleBody", "text"], keepsLineEnds: true) ?? "" }
  }

  private enum Addition {
    case added(Int)
    /// It was read before.
    case known
    /// It has none, or names a comment that stands elsewhere.
    case noText
  }

  private mutating func add(_ comment: JSONValue, in holder: Int?) -> Addition {
    let names = ["@id", "url", "identifier"].compactMap { comment[$0]?.text?.filled }
    guard let text = Self.text(comment, ["text", "commentText", "articleBody", "description"], keepsLineEnds: true) else {
      if let name = names.first { holders[name] = holder }
      return .noText
    }
    let time = ["dateCreated", "datePublished", "commentTime"].lazy.compactMap { comment[$0]?.text?.filled }.first
    let author = (comment["author"] ?? comment["creator"]).flatMap { author in
      let author = author.elements.first ?? author
      return (author["name"]?.text ?? author.text).map { HTMLText.plain($0) }?.filled
    }
    // Two that are alike and say neither when nor which they are may be two.
    if !names.isEmpty || time != nil, !seen.insert([names.first, author, time, text]).inserted { return .known }
    let place = drafts.count
    let id = names.lazy.compactMap(Self.id).first { !taken.contains($0) }
    if let id { taken.insert(id) }
    for name in names where places[name] == nil { places[name] = place }
    let parent = comment["parentItem"]
    drafts.append(
      Draft(
        remark: HTMLPage.Remark(id: id, author: author, time: time.map { Timestamps.instant($0) ?? $0 }, text: text, depth: 0),
        holder: holder, name: names.first,
        answered: parent.flatMap { $0["@id"]?.text ?? $0["url"]?.text ?? $0["identifier"]?.text ?? $0.text }?.filled))
    return .added(place)
  }

  /// What a page calls a comment, as markup would have it: `comment-12` for `https://example.org/page#comment-12`.
  private static func id(_ name: String) -> String? {
    let bytes = Array(name.utf8.split(separator: UInt8(ascii: "#")).last ?? [])
    guard !bytes.isEmpty, bytes.count <= 200 else { return nil }
    if case .comment(let number)? = bytes.withUnsafeBufferPointer({ HintWords.number($0) }) { return "comment-\(number)" }
    let id = String(decoding: bytes, as: UTF8.self)
    // Remarks that have no id are numbered by their places.
    return bytes.allSatisfy { 0x30...0x39 ~= $0 } ? "comment-\(id)" : id
  }

  // MARK: Parents

  /// A remark answers what it says, else what names it as an answer, else what it stands in. Those that answer each other in a circle
  /// answer nothing.
  private mutating func resolveParents() {
    var answers: [[Int]] = Array(repeating: [], count: drafts.count)
    var open: [Int] = []
    for (place, draft) in drafts.enumerated() {
      let parent = draft.answered.flatMap { places[$0] } ?? draft.holder ?? draft.name.flatMap { holders[$0] }
      if let parent, parent != place { answers[parent].append(place) } else { open.append(place) }
    }
    while let place = open.popLast() {
      for answer in answers[place] {
        remarks[answer].parent = place
        remarks[answer].depth = remarks[place].depth + 1
        open.append(answer)
      }
    }
  }
}
