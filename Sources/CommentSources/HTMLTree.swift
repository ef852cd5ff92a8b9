/// An HTML page as arrays: its elements and texts in document order, with what their names say of them.
///
/// ``HTMLParser`` tells of every tag and text. Elements of scripts, styles and the like are left out. Nesting and size are
/// bounded, so that no page can take all memory.
struct HTMLTree {
  struct Node {
    var tag: HTMLTag
    /// −1 for the root.
    var parent: Int
    /// Behind the last descendant.
    var end: Int
    var hints: Hints
    /// Elements that look alike have the same: tag and class names without numbers and such words as *odd*.
    var signature: UInt64
    /// Within ``text``; empty for elements.
    var range: Range<Int>
    /// The number in an id or name such as `comment-123`.
    var number: HintWords.Numbered?
    /// The value of `datetime` or `content`, for elements that carry one.
    var value: Range<Int>
    var id: Range<Int> = 0..<0
    /// How deep it says that it stands, in whatever unit; −1 where it says nothing.
    var depth: Int32 = -1
  }

  private(set) var nodes: [Node] = []
  /// The texts of all text nodes and values, one after another, UTF-8.
  private(set) var text: [UInt8] = []
  private(set) var metaTitle: String?
  /// Scripts that hold JSON-LD.
  private(set) var linkedData: [[UInt8]] = []

  private static let maximumNodes = 2_000_000
  private static let longestID = 100

  private var open: [Int] = []
  private var skipDepth = 0
  private var skippedTag: HTMLTag = .other
  /// The element that starts next, as far as its attributes are read.
  private var next = blank
  private var isTitleNext = false
  /// Of an image that starts next.
  private var width: Int32 = -1
  private var isThin = false
  private var classes = ClassMemory()

  private static let blank = Node(
    tag: .text, parent: -1, end: 0, hints: [], signature: 0, range: 0..<0, number: nil, value: 0..<0)

  /// - Parameter page: UTF-8.
  init(_ page: [UInt8]) {
    text.reserveCapacity(page.count / 4)
    nodes.reserveCapacity(page.count / 50)
    page.withUnsafeBufferPointer { HTMLParser.parse($0, into: &self) }
    while let last = open.popLast() { nodes[last].end = nodes.count }
  }

  // MARK: What the parser tells

  /// Whether what comes stands in an element that is left out.
  var isSkipping: Bool { skipDepth > 0 }

  /// An attribute of the element that starts next.
  mutating func read(_ attribute: HTMLAttribute, of tag: HTMLTag, _ value: UnsafeBufferPointer<UInt8>) {
    switch attribute {
    case .id:
      next.hints.formUnion(HintWords.hints(value, origin: .id))
      next.number = next.number ?? HintWords.number(value)
      if value.count <= Self.longestID {
        next.id = text.count..<text.count + value.count
        text.append(contentsOf: value)
      }
    case .name: if tag == .a { next.number = next.number ?? HintWords.number(value, isAnchor: true) }
    case .class:
      let meaning = classes[value]
      next.hints.formUnion(meaning.hints)
      next.signature = UInt64(tag.rawValue) &* 31 &+ meaning.signature
      if next.depth < 0 { next.depth = meaning.depth }
    case .itemprop: next.hints.formUnion(HintWords.hints(value, origin: .property))
    case .itemtype: next.hints.formUnion(HintWords.typeHints(value))
    case .rel: next.hints.formUnion(HintWords.hints(value, origin: .class).intersection([.author, .tag]))
    case .style:
      if containsIgnoringSpace(value, "display:none") { next.hints.insert(.hidden) }
      if next.depth < 0, tag.isBlock { next.depth = margin(value) }
    case .depth: next.depth = leadingNumber(value)
    case .width: if tag == .img { width = leadingNumber(value) }
    case .height: if tag == .img { isThin = leadingNumber(value) == 1 }
    case .datetime, .content:
      next.value = text.count..<text.count + value.count
      text.append(contentsOf: value)
    case .property: isTitleNext = tag == .meta && equals(value, "og:title")
    }
  }

  mutating func start(_ tag: HTMLTag) {
    if skipDepth > 0 {
      if tag == skippedTag { skipDepth += 1 }
      return
    }
    var node = next
    next = Self.blank
    // An invisible image may push a comment to the right.
    if isThin, node.depth < 0 { node.depth = width }
    (width, isThin) = (-1, false)
    guard nodes.count < Self.maximumNodes else { return }
    node.tag = tag
    node.parent = open.last ?? -1
    if node.signature == 0 { node.signature = UInt64(tag.rawValue) }
    if isTitleNext {
      isTitleNext = false
      if !node.value.isEmpty { metaTitle = String(decoding: text[node.value], as: UTF8.self) }
    }
    if tag.isSkipped {
      (skipDepth, skippedTag) = (1, tag)
      return
    }
    if tag.isVoid { node.end = nodes.count + 1 } else { open.append(nodes.count) }
    nodes.append(node)
  }

  mutating func end(_ tag: HTMLTag) {
    if skipDepth > 0 {
      if tag == skippedTag { skipDepth -= 1 }
      return
    }
    guard !tag.isVoid, let place = open.lastIndex(where: { nodes[$0].tag == tag }) else { return }
    for index in open[place...] { nodes[index].end = nodes.count }
    open.removeSubrange(place...)
  }

  mutating func append(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    guard skipDepth == 0, nodes.count < Self.maximumNodes else { return }
    let start = text.count
    text.append(contentsOf: bytes)
    if let last = nodes.indices.last, nodes[last].tag == .text, nodes[last].range.upperBound == start, nodes[last].parent == open.last ?? -1
    {
      nodes[last].range = nodes[last].range.lowerBound..<text.count
      return
    }
    nodes.append(
      Node(
        tag: .text, parent: open.last ?? -1, end: nodes.count + 1, hints: [], signature: 0, range: start..<text.count, number: nil,
        value: 0..<0))
  }

  /// A script of JSON-LD.
  mutating func readLinkedData(_ script: Slice<UnsafeBufferPointer<UInt8>>) {
    if skipDepth == 0 { linkedData.append(Array(script)) }
  }

  // MARK: Reading

  /// Whether `ancestor` holds `node`, or is it.
  func contains(_ ancestor: Int, _ node: Int) -> Bool { ancestor <= node && node < nodes[ancestor].end }

  /// The text below an element, white space made single.
  func plainText(_ node: Int, limit: Int = .max) -> String {
    var bytes: [UInt8] = []
    for index in node..<nodes[node].end where nodes[index].tag == .text {
      for byte in text[nodes[index].range] {
        if byte > 0x20 { bytes.append(byte) } else if let last = bytes.last, last != 0x20 { bytes.append(0x20) }
      }
      if bytes.count > limit { break }
    }
    if bytes.last == 0x20 { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What classes mean. A page has few and repeats them: what was found is kept for a while, by the hash of the value.
private struct ClassMemory {
  private static let size = 128

  private var keys = [UInt64](repeating: 0, count: size)
  private var meanings = [HintWords.ClassMeaning](repeating: HintWords.ClassMeaning(), count: size)

  subscript(value: UnsafeBufferPointer<UInt8>) -> HintWords.ClassMeaning {
    mutating get {
      let key = ByteHash.of(value)
      let slot = Int(truncatingIfNeeded: key ^ key >> 32) & (Self.size - 1)
      if keys[slot] != key {
        keys[slot] = key
        meanings[slot] = HintWords.classMeaning(value)
      }
      return meanings[slot]
    }
  }
}

private func equals(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
  bytes.count == text.utf8CodeUnitCount && bytes.indices.allSatisfy { bytes[$0] | 0x20 == text.utf8Start[$0] | 0x20 }
}

private func containsIgnoringSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ needle: StaticString) -> Bool {
  let packed = bytes.filter { $0 > 0x20 }.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
  let count = needle.utf8CodeUnitCount
  guard packed.count >= count else { return false }
  return (0...packed.count - count).contains { start in (0..<count).allSatisfy { packed[start + $0] == needle.utf8Start[$0] } }
}

/// The number that a value begins with; −1 where it begins with none.
private func leadingNumber(_ bytes: some Collection<UInt8>) -> Int32 {
  let digits = bytes.drop { $0 <= 0x20 }.prefix(6).prefix { 0x30...0x39 ~= $0 }
  return digits.isEmpty ? -1 : digits.reduce(0) { $0 * 10 + Int32($1 - 0x30) }
}

/// Ten times the left margin or padding of a style, in its own unit; −1 where it has none.
private func margin(_ style: UnsafeBufferPointer<UInt8>) -> Int32 {
  guard style.count < 2000 else { return -1 }
  for declaration in style.split(separator: UInt8(ascii: ";")) {
    guard let colon = declaration.firstIndex(of: UInt8(ascii: ":")) else { continue }
    let name = declaration[..<colon].filter { $0 > 0x20 }.map { $0 | 0x20 }
    guard ["margin-left", "padding-left", "margin-inline-start"].contains(where: { name.elementsEqual($0.utf8) }) else { continue }
    let value = declaration[(colon + 1)...]
    let whole = leadingNumber(value)
    guard whole >= 0 else { continue }
    let rest = value.drop { $0 <= 0x20 || 0x30...0x39 ~= $0 }
    return whole * 10 + (rest.first == UInt8(ascii: ".") ? max(0, leadingNumber(rest.dropFirst().prefix(1))) : 0)
  }
  return -1
}

/// The elements that matter to separation.
enum HTMLTag: UInt8 {
  case text, other
  case html, head, body, title, meta, link, base
  case div, p, section, article, main, aside, nav, header, footer, form, table, tbody, tr, td, th, ul, ol, li, dl, dt, dd, blockquote, pre
  case h1, h2, h3, h4, h5, h6, hr, br, address, figure, figcaption, fieldset, center, caption, thead
  case a, span, b, strong, em, i, cite, time, q, small, font, img, input, label, abbr, u, sup, sub, code, big
  case script, style, noscript, template, iframe, select, option, textarea, button, svg, object, embed, canvas, audio, video, math, map

  /// Of no account but for what their start ends.
  case tfoot, col, colgroup, dir, menu, listing, xmp, legend, optgroup, strike, s, tt, area, param, frame, frameset, noframes, isindex
  case wbr, source, track, basefont, acronym, bdo, dfn, kbd, samp, `var`

  private static let byName: ByteTable<HTMLTag> = {
    var table = ByteTable<HTMLTag>(bits: 9)
    var value = HTMLTag.html.rawValue
    while let tag = HTMLTag(rawValue: value) {
      table.insert(tag, for: ByteHash.of("\(tag)".utf8))
      value += 1
    }
    return table
  }()

  init(hash: UInt64) { self = Self.byName[hash] ?? .other }

  // MARK: What tags imply, in HTML 4 as libxml2 reads it, and for the elements that HTML 5 adds

  /// Starts of the first end an open element of the second.
  private static let endings: [(starts: String, ends: String)] = {
    let headings = "h1 h2 h3 h4 h5 h6"
    let menus = "dir menu listing xmp"
    return [
      ("head title caption", "p"),
      ("body frameset", "head title p"),
      ("div blockquote hr dir listing xmp \(headings)", "head p"),
      ("section article aside main nav header footer figure figcaption", "p"),
      ("p", "head p b i small u big s strike tt \(headings)"),
      ("form", "head p form ul ol dl pre hr address \(headings) \(menus)"),
      ("table", "head p pre a listing xmp \(headings)"),
      ("tbody", "p tbody thead tfoot tr td th caption col colgroup"),
      ("tfoot", "p tbody thead tr td th caption col colgroup"),
      ("thead", "caption col colgroup"),
      ("tr", "p tr td th caption col colgroup"),
      ("td th", "p td th a span b i font u"),
      ("col", "p caption"),
      ("colgroup", "p caption col colgroup"),
      ("ul", "head p ol pre address \(menus)"),
      ("ol pre address menu", "head p ul"),
      ("li", "head p li dl pre address listing xmp \(headings)"),
      ("dl", "head p dt pre address \(menus)"),
      ("dt dd", "head p dt dd pre address \(menus)"),
      ("fieldset", "head p pre a legend listing xmp \(headings)"),
      ("center", "head p b i font"),
      ("a", "head a"),
      (
        "br span b strong em i cite q small font img abbr u sup sub code big iframe map acronym bdo dfn kbd samp s strike tt var",
        "head"
      ),
      ("option optgroup", "option"),
    ]
  }()

  private static let endingTable: [Bool] = {
    var table = [Bool](repeating: false, count: 1 << 14)
    for (starts, ends) in endings {
      for start in starts.utf8.split(separator: 0x20) {
        for end in ends.utf8.split(separator: 0x20) {
          table[Int(HTMLTag(hash: ByteHash.of(start)).rawValue) << 7 | Int(HTMLTag(hash: ByteHash.of(end)).rawValue)] = true
        }
      }
    }
    return table
  }()

  static func doesStart(of tag: HTMLTag, end open: HTMLTag) -> Bool { endingTable[Int(tag.rawValue) << 7 | Int(open.rawValue)] }

  /// The end of an element leaves alone those with more around it.
  var endPriority: Int {
    switch self {
    case .div: 150
    case .td, .th: 160
    case .tr: 170
    case .tbody, .thead, .tfoot: 180
    case .table: 190
    case .head, .body: 200
    case .html: 220
    default: 100
    }
  }

  /// Has no contents.
  var isEmpty: Bool {
    switch self {
    case .meta, .link, .base, .hr, .br, .img, .input, .area, .param, .col, .frame, .isindex, .basefont, .embed, .wbr, .source, .track: true
    default: false
    }
  }

  var isSkipped: Bool {
    switch self {
    case .script, .style, .noscript, .template, .iframe, .select, .option, .textarea, .button, .svg, .object, .canvas, .audio, .video,
      .math, .map:
      true
    default: false
    }
  }

  var isVoid: Bool {
    switch self {
    case .br, .hr, .img, .input, .meta, .link, .base, .embed: true
    default: false
    }
  }

  /// Starts and ends a line.
  var isBlock: Bool { rawValue >= HTMLTag.html.rawValue && rawValue <= HTMLTag.thead.rawValue && self != .td && self != .th }

  var isHeading: Bool { rawValue >= HTMLTag.h1.rawValue && rawValue <= HTMLTag.h6.rawValue }
}

/// The attributes that matter to separation, each a bit.
enum HTMLAttribute: UInt16 {
  case id = 1
  case name = 2
  case `class` = 4
  case itemprop = 8
  case itemtype = 16
  case rel = 32
  case style = 64
  case datetime = 128
  case content = 256
  case property = 512
  case depth = 1024
  case width = 2048
  case height = 4096

  /// Other names of ``depth``.
  private static let depthNames = ["data-depth", "data-level", "data-indent", "data-nesting-level", "aria-level", "indent"]

  private static let byName: ByteTable<HTMLAttribute> = {
    var table = ByteTable<HTMLAttribute>(bits: 6)
    for place in 0..<13 {
      if let attribute = HTMLAttribute(rawValue: 1 << place) { table.insert(attribute, for: ByteHash.of("\(attribute)".utf8)) }
    }
    for name in depthNames { table.insert(.depth, for: ByteHash.of(name.utf8)) }
    return table
  }()

  init?(hash: UInt64) {
    guard let attribute = Self.byName[hash] else { return nil }
    self = attribute
  }
}
