internal import BelowTheLine

/// WordPress exports (WXR 1.0 to 1.2): items with their comments.
///
///     <item><title>…</title><link>…</link><content:encoded>…</content:encoded><wp:post_id>7</wp:post_id>
///       <wp:comment><wp:comment_id>31</wp:comment_id><wp:comment_content>…</wp:comment_content>…</wp:comment></item>
///
/// Every item is an article, whatever its type. What WordPress decided of a comment is its status: `approved`, `pending`, `spam`,
/// `trash` or `post-trashed`. Pingbacks and trackbacks are other sites' notices and no readers' comments: they are passed over, and
/// counted as such. Addresses of mail and network are not taken over.
enum WordPressReader {
  /// The namespace, in which every version's number stands, and the root around it.
  static func looksLikeExport(_ head: [UInt8]) -> Bool {
    head.contains(text: "<rss") && head.contains(text: "://wordpress.org/export/")
  }

  static func read(_ input: ByteInput, head: [UInt8], _ emit: (SourceEvent) throws -> Void) throws {
    var stream = try XMLStream(
      input, head: head,
      recordStarts: [
        .init(name: "item", inside: ["rss", "channel"], mark: "<wp:post_id>"),
        .init(name: "wp:comment", inside: ["rss", "channel", "item"], mark: "<wp:comment_id>"),
      ])
    var state = State(name: input.name)
    while let event = try stream.next() {
      switch event {
      case .start(let start): try state.start(start, emit)
      case .end(let end): try state.end(end, emit)
      case .broken(let rejection):
        try state.finishComment(isTold: true, emit)
        try emit(.rejected(rejection))
      case .damaged(let rejection): try emit(.rejected(rejection))
      }
    }
    try state.finishComment(emit)
    try state.finishItem(emit)
  }

  private struct Item {
    var location: SourceLocation
    var fields: [String: String] = [:]
    var problems: [String: String] = [:]
    var articleID: String?
    /// Its end tag was read, or one that was taken for it.
    var isWhole = false
  }

  private struct CommentDraft {
    var location: SourceLocation
    var fields: [String: String] = [:]
    var problems: [String: String] = [:]
    /// Its end tag was read, or one that was taken for it.
    var isWhole = false
  }

  private static let itemFields: Set<String> = ["title", "link", "content:encoded", "wp:post_id", "dsq:thread_identifier"]
  private static let commentFields: Set<String> = Set(
    ["id", "author", "date", "date_gmt", "content", "approved", "type", "parent"].map { "wp:comment_" + $0 })

  /// What is read last. Items and comments end where the next one begins: an end tag that is missing, or one too many, shifts those
  /// behind it, and the end of a field may come as that of a comment or an item.
  private struct State {
    let name: String
    var item: Item?
    var comment: CommentDraft?
    /// The field that began last and has not ended: an end that comes later is that of a field of another record.
    var open: String?
    /// The field that has ended, until another begins: text behind it is the rest of it.
    var closed: String?
    /// What came where no item may be: the channel's, or that of an item whose start tag is damaged.
    var stray: [String: String] = [:]

    init(name: String) { self.name = name }

    mutating func start(_ start: XMLStream.Start, _ emit: (SourceEvent) throws -> Void) throws {
      let location = SourceLocation(name: name, line: start.line)
      closed = nil
      switch start.name {
      case "item":
        try begin(Item(location: location), emit)
      case "wp:comment":
        try finishComment(emit)
        comment = CommentDraft(location: location)
      case let field where commentFields.contains(field) && item != nil:
        open = field
        // The start tag of the comment is damaged.
        if comment == nil || comment?.fields[field] != nil && (comment?.isWhole == true || field == "wp:comment_id") {
          try finishComment(emit)
          comment = CommentDraft(location: location)
        }
      case let field where itemFields.contains(field):
        open = field
        // The start tag of the item is damaged. A channel has these two fields not.
        if isInItem, item?.isWhole == true, item?.fields[field] != nil {
          try begin(Item(location: location), emit)
        } else if !isInItem, field == "content:encoded" || field == "wp:post_id" {
          for lost in ["title", "link"] where stray[lost] == nil {
            try emit(.rejected(Rejection(location, field: lost, reason: "lost, as the beginning of the item is damaged", raw: [])))
          }
          try begin(Item(location: location, fields: stray), emit)
        }
      default: break
      }
    }

    mutating func end(_ end: XMLStream.End, _ emit: (SourceEvent) throws -> Void) throws {
      if closed == "wp:comment_content", end.holdsRestOfText { comment?.problems["wp:comment_content"] = XMLStream.restIsElsewhere }
      if closed == "content:encoded", end.holdsRestOfText { item?.problems["content:encoded"] = XMLStream.restIsElsewhere }
      if end.name == "item" { item?.isWhole = true }
      if end.name == "wp:comment" { comment?.isWhole = true }
      guard end.name == open else { return }
      (open, closed) = (nil, end.name)
      if commentFields.contains(end.name) {
        comment?.fields[end.name] = end.text
        comment?.problems[end.name] = end.problem
      } else if isInItem {
        item?.fields[end.name] = end.text
        item?.problems[end.name] = end.problem
      } else if comment?.isWhole ?? true {
        stray[end.name] = end.text
      }
    }

    /// An item is open, and its article is not told yet.
    private var isInItem: Bool { comment == nil && item != nil && item?.articleID == nil }

    private mutating func begin(_ next: Item, _ emit: (SourceEvent) throws -> Void) throws {
      try finishComment(emit)
      try finishItem(emit)
      item = next
      stray = [:]
    }

    mutating func finishItem(_ emit: (SourceEvent) throws -> Void) throws {
      _ = try article(emit)
      item = nil
    }

    /// The id of the article, which is told before its first comment.
    private mutating func article(_ emit: (SourceEvent) throws -> Void) throws -> String? {
      guard let item else { return nil }
      if let id = item.articleID { return id }
      let id = item.fields["wp:post_id"]?.filled ?? item.fields["dsq:thread_identifier"]?.filled ?? item.location.description
      self.item?.articleID = id
      for (field, problem) in item.problems.sorted(by: { $0.key < $1.key }) {
        try emit(.rejected(Rejection(item.location, field: field, reason: problem, raw: Array((item.fields[field] ?? "").utf8))))
      }
      let sound = item.fields.filter { item.problems[$0.key] == nil }
      try emit(
        .record(
          .article(
            Article(
              id: id, url: sound["link"]?.filled, title: sound["title"].map { HTMLText.plain($0) }?.filled,
              body: HTMLText.plain(sound["content:encoded"] ?? "", keepsLineEnds: true)))))
      self.item?.fields = [:]
      return id
    }

    /// - Parameter isTold: the damage is a rejection of its own already.
    mutating func finishComment(isTold: Bool = false, _ emit: (SourceEvent) throws -> Void) throws {
      guard let draft = comment else { return }
      comment = nil
      let articleID = try article(emit)
      func reject(_ field: String, _ reason: String) throws {
        if isTold { return }
        let raw = draft.fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
        try emit(.rejected(Rejection(draft.location, field: field, reason: reason, raw: Array(raw.utf8))))
      }
      if let (field, problem) = draft.problems.min(by: { $0.key < $1.key }) { return try reject(field, problem) }
      // Without its end tag, a comment counts only where its last fields are there.
      guard draft.isWhole || draft.fields["wp:comment_parent"] != nil else {
        return try reject("wp:comment", "its tags are damaged, and not all of it is there")
      }
      let type = draft.fields["wp:comment_type"] ?? ""
      if type == "pingback" || type == "trackback" { return try emit(.passedOver(draft.location, kind: type)) }
      guard let content = draft.fields["wp:comment_content"] else {
        return try reject("wp:comment_content", "missing; a comment needs a text")
      }
      var comment = Comment(
        id: draft.fields["wp:comment_id"]?.filled ?? draft.location.description, articleID: articleID,
        author: draft.fields["wp:comment_author"].map { HTMLText.plain($0) }?.filled, text: HTMLText.plain(content, keepsLineEnds: true),
        source: draft.location)
      if let parent = draft.fields["wp:comment_parent"]?.filled, parent != "0" { comment.parentID = parent }
      // A draft has zeros for the time; the local time is then all there is.
      comment.createdAt = draft.fields["wp:comment_date_gmt"].flatMap(Timestamps.utc) ?? draft.fields["wp:comment_date"]?.filled
      if !type.isEmpty, type != "comment" { comment.extra["comment_type"] = .string(type) }
      switch draft.fields["wp:comment_approved"]?.filled {
      case "1": comment.status = "approved"
      case "0": comment.status = "pending"
      case let other: comment.status = other
      }
      try emit(.record(.comment(comment)))
    }
  }
}

extension String {
  /// Without white space around it; nil where nothing is left.
  var filled: String? {
    if let first = utf8.first, let last = utf8.last, first > 0x20, last > 0x20 { return self }
    var bytes = utf8[...]
    while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
    while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
    return bytes.isEmpty ? nil : String(Substring(bytes))
  }
}

extension [UInt8] {
  /// Whether these bytes occur somewhere.
  func contains(text: String) -> Bool {
    let pattern = Array(text.utf8)
    guard let first = pattern.first, count >= pattern.count else { return false }
    return withUnsafeBytes { bytes in
      for index in 0...bytes.count - pattern.count where bytes[index] == first {
        if bytes[index..<index + pattern.count].elementsEqual(pattern) { return true }
      }
      return false
    }
  }
}
