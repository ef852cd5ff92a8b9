/// What the names of an element (id, class, itemprop, rel) say of its part in the page.
struct Hints: OptionSet {
  let rawValue: UInt32

  /// Of comments: the section, the list or one of them.
  static let comment = Hints(rawValue: 1 << 0)
  /// Exactly one comment: schema.org's `Comment`, `itemprop=comment`.
  static let commentItem = Hints(rawValue: 1 << 1)
  static let author = Hints(rawValue: 1 << 2)
  static let time = Hints(rawValue: 1 << 3)
  static let reply = Hints(rawValue: 1 << 4)
  /// Article text.
  static let content = Hints(rawValue: 1 << 5)
  /// Navigation, adverts, footers, share bars and other furniture.
  static let furniture = Hints(rawValue: 1 << 6)
  /// Lists of other articles or of recent comments.
  static let elsewhere = Hints(rawValue: 1 << 7)
  static let pingback = Hints(rawValue: 1 << 8)
  static let form = Hints(rawValue: 1 << 9)
  static let quote = Hints(rawValue: 1 << 10)
  static let hidden = Hints(rawValue: 1 << 11)
  static let tag = Hints(rawValue: 1 << 12)
  /// The text of a comment: `commentText`, `comment-body`.
  static let text = Hints(rawValue: 1 << 13)
  /// A word such as *post*, *entry* or *message*, which may name an article or a remark.
  static let post = Hints(rawValue: 1 << 14)
  /// For those who hear a page rather than see it.
  static let aloud = Hints(rawValue: 1 << 15)
  static let articleBody = Hints(rawValue: 1 << 16)
  /// What an author has below every post.
  static let signature = Hints(rawValue: 1 << 17)
}

/// Reads hints out of attribute values: words split at punctuation, digits and capitals.
enum HintWords {
  enum Origin {
    case id
    case `class`
    case property
  }

  /// Words by their beginnings; the longest that fits counts.
  private static let beginnings: [(String, Hints)] = [
    ("comment", .comment), ("kommentar", .comment), ("coment", .comment), ("cmt", .comment), ("cmnt", .comment), ("disqus", .comment),
    ("dsq", .comment), ("idc", .comment), ("talkback", .comment), ("feedback", .comment),
    ("guestbook", .comment), ("commenter", [.comment, .author]), ("commentauthor", .author),
    ("commentmeta", [.comment, .time]), ("commentdate", .time), ("commenttext", [.comment, .text]), ("commentbody", [.comment, .text]),
    ("commentcontent", [.comment, .text]), ("commentform", .form), ("commentreply", .reply),
    ("author", .author), ("autor", .author), ("byline", .author), ("username", .author), ("nickname", .author), ("poster", .author),
    ("vcard", .author), ("screenname", .author), ("realname", .author), ("creator", .author), ("user", .author),
    ("postprofile", .author), ("hnuser", .author), ("signature", .signature), ("visually", .aloud), ("commtext", [.comment, .text]),
    ("date", .time), ("time", .time), ("published", .time), ("posted", .time), ("permalink", .time), ("created", .time), ("datum", .time),
    ("reply", .reply), ("replies", .reply), ("antwort", .reply), ("vote", .reply), ("rating", .reply),
    ("article", [.content, .post]), ("articlebody", [.content, .articleBody]), ("entry", [.content, .post]), ("story", .content),
    ("content", .content), ("hentry", [.content, .post]), ("maincontent", .content), ("post", [.content, .post]), ("message", .post),
    ("sidebar", .furniture), ("widget", .furniture), ("nav", .furniture), ("menu", .furniture), ("footer", .furniture),
    ("share", .furniture),
    ("sharing", .furniture), ("social", .furniture), ("breadcrumb", .furniture), ("promo", .furniture), ("sponsor", .furniture),
    ("advert", .furniture), ("banner", .furniture), ("newsletter", .furniture), ("subscri", .furniture), ("toolbar", .furniture),
    ("printfooter", .furniture), ("popup", .furniture), ("cookie", .furniture), ("masthead", .furniture), ("copyright", .furniture),
    ("login", .furniture),
    ("signup", .furniture), ("pagination", .furniture), ("pager", .furniture), ("addthis", .furniture), ("sharedaddy", .furniture),
    ("wp-polls", .furniture), ("outbrain", .elsewhere), ("taboola", .elsewhere),
    ("related", .elsewhere), ("popular", .elsewhere), ("recent", .elsewhere), ("similar", .elsewhere), ("trending", .elsewhere),
    ("mostread", .elsewhere), ("archive", .elsewhere), ("blogroll", .elsewhere), ("teaser", .elsewhere), ("headlines", .elsewhere),
    ("trackback", .pingback), ("pingback", .pingback), ("ping", .pingback),
    ("respond", .form), ("captcha", .form), ("quote", .quote), ("blockquote", .quote), ("hidden", .hidden),
    ("tags", .tag), ("categor", .tag), ("tagged", .tag),
  ]

  /// Words that must stand alone.
  private static let wholes: [(String, Hints)] = [
    ("ad", .furniture), ("ads", .furniture), ("fn", .author), ("by", .author), ("name", .author), ("cite", .author), ("when", .time),
    ("text", .text), ("body", .text), ("tag", .tag), ("header", .furniture), ("headline", .content), ("tools", .furniture),
    ("more", .elsewhere), ("latest", .elsewhere), ("top", []), ("c", []), ("reviews", .comment), ("review", .post), ("thread", .post),
    ("main", .content), ("discussion", .comment), ("discussions", .comment), ("response", .comment), ("responses", .comment),
    ("reactions", .comment),
    ("report", .reply), ("form", .form), ("forms", .form), ("like", .reply), ("likes", .reply),
    ("sig", .signature), ("sr", .aloud), ("screen", .aloud), ("toc", .furniture),
  ]

  private static let wholeTable = table(wholes)
  private static let beginningTable = table(beginnings)
  private static func table(_ words: [(String, Hints)]) -> ByteTable<Hints> {
    var table = ByteTable<Hints>(bits: 9)
    for (word, hints) in words { table.insert(hints, for: ByteHash.of(word.utf8)) }
    return table
  }

  private static let longestBeginning = beginnings.map(\.0.utf8.count).max() ?? 0
  private static let noise = ByteTable(
    [
      "odd", "even", "alt", "first", "last", "depth", "thread", "parent", "children", "byuser", "bypostauthor", "author", "clearfix",
      "level",
      "highlighted", "highlight", "active", "new", "hidden", "visible", "approved", "admin", "has", "with", "no", "is", "staff", "user",
      "by", "post",
    ])

  /// Calls `body` with the hash of every beginning of every word; `isWhole` for the word itself.
  private static func forEachWord(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (_ hash: UInt64, _ isWhole: Bool) -> Void) {
    var hash = ByteHash.start
    var length = 0
    for (index, byte) in bytes.enumerated() {
      let isCapital = 0x41...0x5A ~= byte
      let lower = isCapital ? byte | 0x20 : byte
      let startsWord = isCapital && index > 0 && 0x61...0x7A ~= bytes[index - 1]
      if length > 0, startsWord || !(0x61...0x7A ~= lower) {
        body(hash, true)
        (hash, length) = (ByteHash.start, 0)
      }
      guard 0x61...0x7A ~= lower else { continue }
      hash = ByteHash.extend(hash, lower)
      length += 1
      if length >= 3, length <= longestBeginning { body(hash, false) }
    }
    if length > 0 { body(hash, true) }
  }

  static func hints(_ bytes: UnsafeBufferPointer<UInt8>, origin: Origin) -> Hints {
    guard bytes.count < 2000 else { return [] }
    var hints: Hints = []
    var best: Hints = []
    forEachWord(bytes) { hash, isWhole in
      if let found = beginningTable[hash] { best = found }
      guard isWhole else { return }
      if let found = wholeTable[hash] { best = found }
      hints.formUnion(best)
      best = []
    }
    // WordPress lists an article's subjects in its class: *category-related tag-ads* says nothing of its part in the page.
    if hints.isSuperset(of: [.post, .tag]) { hints.formIntersection([.post, .content]) }
    if origin == .property, hints.contains(.comment), !hints.contains(.text), bytes.count <= 8 { hints.insert(.commentItem) }
    return hints
  }

  static func typeHints(_ bytes: UnsafeBufferPointer<UInt8>) -> Hints {
    let name = String(decoding: bytes, as: UTF8.self)
    if name.hasSuffix("/Comment") || name.hasSuffix("/UserComments") || name.hasSuffix("/Answer") { return [.comment, .commentItem] }
    return name.hasSuffix("Article") || name.hasSuffix("BlogPosting") ? .content : []
  }

  struct ClassMeaning {
    var hints: Hints = []
    /// A sum of its words but for numbers and such words as *odd*: elements that look alike have the same.
    var signature: UInt64 = 0
    /// What it says of how deep an element stands; −1 where it does not.
    var depth: Int32 = -1
  }

  static func classMeaning(_ bytes: UnsafeBufferPointer<UInt8>) -> ClassMeaning {
    ClassMeaning(hints: hints(bytes, origin: .class), signature: signature(bytes), depth: depth(bytes))
  }

  private static let depthWords = ByteTable(["depth", "level", "indent", "indentation", "nest", "nested", "nesting"])
  /// What else has levels.
  private static let rankedWords = ByteTable([
    "user", "author", "member", "trust", "badge", "rank", "access", "heading", "header", "toc", "menu", "nav", "rating",
  ])

  /// The number of `depth-2`, `comment--level-2`, `coral-indent-2`; −1 where no name ends in one.
  private static func depth(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    guard bytes.count < 2000 else { return -1 }
    var end = 0
    while end < bytes.count {
      let start = end
      while end < bytes.count, bytes[end] > 0x20 { end += 1 }
      if let depth = depth(ofName: UnsafeBufferPointer(rebasing: bytes[start..<end])) { return depth }
      end += 1
    }
    return -1
  }

  private static func depth(ofName name: UnsafeBufferPointer<UInt8>) -> Int32? {
    var digits = name.count
    while digits > 0, 0x30...0x39 ~= name[digits - 1] { digits -= 1 }
    guard 1...2 ~= name.count - digits else { return nil }
    var last: UInt64 = 0
    var isRank = false
    forEachWord(UnsafeBufferPointer(rebasing: name[..<digits])) { hash, isWhole in
      guard isWhole else { return }
      last = hash
      if rankedWords.contains(hash) { isRank = true }
    }
    return depthWords.contains(last) && !isRank ? name[digits...].reduce(0) { $0 * 10 + Int32($1 - 0x30) } : nil
  }

  /// Noise but for the only name of a class, where they tell a part of a comment: `comment-author`, `card-children`.
  private static let partWords = ByteTable(["author", "children", "parent", "user", "post", "thread"])

  private static func signature(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var sum: UInt64 = 0
    let isOneName = !bytes.contains { $0 <= 0x20 }
    forEachWord(bytes) { hash, isWhole in
      if isWhole, !noise.contains(hash) || isOneName && partWords.contains(hash) { sum &+= hash &* 0x9E37_79B9_7F4A_7C15 }
    }
    return sum
  }

  private static let commentWord = ByteHash.of("comment")
  private static let numberedWords = ByteTable([
    "comment", "comments", "cmt", "cmnt", "dsq", "idcomment", "com", "c", "kommentar", "response",
  ])
  private static let numberedPosts = ByteTable(["reply", "post", "p", "msg", "message"])

  /// What an id or name numbers.
  ///
  /// Blogger's numbers have 64 bits, and others more.
  enum Numbered: Equatable {
    case comment(UInt128)
    /// A post of a forum, or the article of a blog.
    case post(UInt128)
    /// What a bare number as an anchor's name counts, which old forums have before their posts.
    case anchor(UInt128)
  }

  /// The number of `comment-123`, `li-comment-123`, `IDComment123`, `c123`, `post_123`; nil where the rest is not of that form.
  ///
  /// - Parameter isAnchor: whether a number alone will do.
  static func number(_ bytes: UnsafeBufferPointer<UInt8>, isAnchor: Bool = false) -> Numbered? {
    guard bytes.count <= 64, let last = bytes.last, 0x30...0x39 ~= last else { return nil }
    var start = bytes.count
    while start > 0, 0x30...0x39 ~= bytes[start - 1] { start -= 1 }
    // In `c-Ann-20240501-Bob-20240430` the last number is that of another.
    guard bytes.count - start <= 38, !bytes[..<start].contains(where: { 0x30...0x39 ~= $0 }) else { return nil }
    var number: UInt128 = 0
    for byte in bytes[start...] { number = number * 10 + UInt128(byte - 0x30) }
    var (isComment, isPost) = (false, false)
    var words = 0
    forEachWord(UnsafeBufferPointer(rebasing: bytes[..<start])) { hash, isWhole in
      if hash == commentWord { isComment = true }
      guard isWhole else { return }
      words += 1
      if words == 1, numberedWords.contains(hash) { isComment = true }
      if words == 1, numberedPosts.contains(hash) { isPost = true }
    }
    if start == 0 { return isAnchor ? .anchor(number) : nil }
    guard words <= 3, isComment || isPost else { return nil }
    return isComment ? .comment(number) : .post(number)
  }
}
