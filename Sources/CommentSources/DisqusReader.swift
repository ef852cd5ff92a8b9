internal import BelowTheLine

/// Disqus exports: threads, then posts that name theirs.
///
///     <thread dsq:id="70"><link>…</link><title>…</title><message/>…</thread>
///     <post dsq:id="901"><message>…</message><isDeleted>false</isDeleted><isSpam>false</isSpam>…<thread dsq:id="70"/></post>
///
/// A post's status is `spam`, `deleted`, or else `approved`: an export holds no others. Addresses of mail and network are not taken over.
enum DisqusReader {
  static func looksLikeExport(_ head: [UInt8]) -> Bool { head.contains(text: "<disqus") && head.contains(text: "://disqus.com") }

  static func read(_ input: ByteInput, head: [UInt8], _ emit: (SourceEvent) throws -> Void) throws {
    var stream = try XMLStream(
      input, head: head,
      recordStarts: [
        .init(name: "thread", inside: ["disqus"], mark: "<thread dsq:id="), .init(name: "post", inside: ["disqus"], mark: "<post dsq:id="),
      ])
    var draft: Draft?
    // A record ends where the next one begins: an end tag too many shifts those behind it, and the end of a field may come as that of a
    // post.
    func finish(isTold: Bool = false) throws {
      guard let finished = draft else { return }
      draft = nil
      switch event(finished) {
      case .rejected where isTold: break
      case let event: try emit(event)
      }
    }
    while let event = try stream.next() {
      switch event {
      case .start(let start):
        draft?.closed = nil
        switch start.name {
        case "post":
          try finish()
          draft = Draft(start, name: input.name)
        case "thread" where draft?.isPost == true && draft?.hasReference == false:
          draft?.threadID = start.attributes["dsq:id"]
          draft?.hasReference = true
        case "thread":
          try finish()
          draft = Draft(start, name: input.name)
        case "parent" where draft?.isPost == true: draft?.parentID = start.attributes["dsq:id"]
        case let field where fields.contains(field):
          // The start tag of the record is damaged.
          if draft?.fields[field] != nil, let last = draft, last.isWhole || field == "message" {
            try finish()
            draft = Draft(start, name: input.name, like: last)
          }
          // What looked like a post's mention of a thread is one.
          if field == "link" || field == "title", draft?.isPost == true {
            let id = draft?.threadID
            try finish()
            draft = Draft(thread: id, start, name: input.name)
          }
          draft?.open = field
        default: break
        }
      case .end(let end):
        if draft?.closed == "message", end.holdsRestOfText { draft?.problems["message"] = XMLStream.restIsElsewhere }
        if end.name == draft?.element {
          draft?.isWhole = true
        } else if end.name == draft?.open {
          draft?.open = nil
          draft?.closed = end.name
          draft?.fields[end.name] = end.text
          draft?.problems[end.name] = end.problem
        }
      case .broken(let rejection):
        try finish(isTold: true)
        try emit(.rejected(rejection))
      case .damaged(let rejection): try emit(.rejected(rejection))
      }
    }
    try finish()
  }

  private static let fields: Set<String> = ["link", "title", "message", "createdAt", "isDeleted", "isSpam", "name", "username"]

  private struct Draft {
    let element: String
    let id: String?
    let location: SourceLocation
    var fields: [String: String] = [:]
    var problems: [String: String] = [:]
    var threadID: String?
    var parentID: String?
    /// A post has named its thread, the last thing that every post has.
    var hasReference = false
    /// Its end tag was read, or one that was taken for it.
    var isWhole = false
    /// The field that began last and has not ended: an end that comes later is that of a field of another record.
    var open: String?

    /// The field that has ended, until another element begins: text behind it is the rest of it.
    var closed: String?

    init(thread: String?, _ start: XMLStream.Start, name: String) {
      element = "thread"
      id = thread?.filled
      location = SourceLocation(name: name, line: start.line)
    }

    /// - Parameter like: the record before, where the start tag is damaged and does not say what this is.
    init(_ start: XMLStream.Start, name: String, like last: Draft? = nil) {
      element = last?.element ?? start.name
      id = start.attributes["dsq:id"]?.filled
      location = SourceLocation(name: name, line: start.line)
    }

    var isPost: Bool { element == "post" }
  }

  private static func event(_ draft: Draft) -> SourceEvent {
    func rejected(_ field: String, _ reason: String) -> SourceEvent {
      let raw = draft.fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
      return .rejected(Rejection(draft.location, field: field, reason: reason, raw: Array(raw.utf8)))
    }
    if let (field, problem) = draft.problems.min(by: { $0.key < $1.key }) { return rejected(field, problem) }
    guard draft.isWhole || draft.hasReference else { return rejected(draft.element, "its tags are damaged, and not all of it is there") }
    let message = draft.fields["message"]
    if !draft.isPost {
      // What is left of a damaged post names its thread, and would take the place of the thread itself.
      if draft.fields.isEmpty { return rejected("thread", "it holds nothing, as a post's mention of a thread does") }
      guard let id = draft.id else { return rejected("dsq:id", "missing; a thread needs one, its posts name it") }
      return .record(
        .article(
          Article(
            id: id, url: draft.fields["link"]?.filled, title: draft.fields["title"].map { HTMLText.plain($0) }?.filled,
            body: HTMLText.plain(message ?? ""))))
    }
    guard let message else { return rejected("message", "missing; a post needs a text") }
    let created = draft.fields["createdAt"]?.filled
    return .record(
      .comment(
        Comment(
          id: draft.id ?? draft.location.description, articleID: draft.threadID?.filled, parentID: draft.parentID?.filled,
          author: draft.fields["name"]?.filled ?? draft.fields["username"]?.filled,
          createdAt: created.flatMap(Timestamps.utc) ?? created, text: HTMLText.plain(message),
          status: draft.fields["isSpam"]?.filled == "true" ? "spam" : draft.fields["isDeleted"]?.filled == "true" ? "deleted" : "approved",
          source: draft.location)))
  }
}
