internal import BelowTheLine
internal import CLibxml2

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Reads the tags and texts of a page and tells an ``HTMLTree`` of them.
///
/// It reads as libxml2's tolerant parser does: html, head, body and p are implied, a new tag ends what it ends in HTML 4, and
/// what makes no sense is passed over. Of HTML 5 it also knows the elements that end a p and those that are empty. The records of
/// 532 real pages come out the same by both. libxml2 itself took two fifths of the time of
/// separation, most of it to copy names and values that nobody asks for, a character at a time.
///
///     <ul><li>One<li>Two</ul>    is read as    <html><body><ul><li>One</li><li>Two</li></ul></body></html>
///
/// Time is linear in the length of the page, as the depth of nesting is bounded. Any bytes will do.
struct HTMLParser {
  /// An element that has not ended.
  private struct Open {
    var tag: HTMLTag
    /// The hash of its name, which tells apart the tags that ``HTMLTag`` does not know.
    var name: UInt64
  }

  /// Deeper elements are passed over, their texts kept.
  private static let maximumDepth = 250

  private static let space: [UInt8] = [0x20]
  private static let linkedDataType = Array("application/ld+json".utf8)

  private let page: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var open: [Open] = []
  /// Start tags of html, head and body that stood where none may, and whose end tags are not to end the first ones.
  private var misplaced = 0
  private var hasHead = false
  private var hasBody = false
  /// A value with its references resolved.
  private var resolved: [UInt8] = []

  /// - Parameter page: UTF-8 without NUL.
  static func parse(_ page: UnsafeBufferPointer<UInt8>, into tree: inout HTMLTree) {
    var parser = HTMLParser(page: page)
    parser.run(&tree)
  }

  private init(page: UnsafeBufferPointer<UInt8>) {
    self.page = page
    open.reserveCapacity(Self.maximumDepth)
  }

  private mutating func run(_ tree: inout HTMLTree) {
    skipRemarks(&tree)
    if matches("<!doctype", at: index) { skipDeclaration() }
    skipRemarks(&tree)
    while index < page.count {
      switch page[index] {
      case UInt8(ascii: "<"): markup(&tree)
      case UInt8(ascii: "&"): reference(&tree)
      default: text(&tree)
      }
    }
    while let last = open.popLast() { tree.end(last.tag) }
  }

  // MARK: Bytes

  /// The byte at a place; NUL beyond the end, which is in no page.
  @inline(__always)
  private func byte(_ place: Int) -> UInt8 { place < page.count ? page[place] : 0 }

  private func matches(_ text: StaticString, at start: Int) -> Bool {
    guard start + text.utf8CodeUnitCount <= page.count else { return false }
    for offset in 0..<text.utf8CodeUnitCount where page[start + offset].lowercased != text.utf8Start[offset] { return false }
    return true
  }

  /// The next place of a byte, or the end of the page.
  private func place(of wanted: UInt8, from start: Int) -> Int {
    guard start < page.count, let base = page.baseAddress, let found = memchr(base + start, Int32(wanted), page.count - start) else {
      return page.count
    }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private mutating func skipBlanks() {
    while index < page.count, page[index].isBlank { index += 1 }
  }

  /// The hash of the name that begins here, in lower case; nil where none does.
  private mutating func name() -> UInt64? {
    guard index < page.count, page[index].beginsName else { return nil }
    var hash = ByteHash.start
    while index < page.count, page[index].continuesName {
      hash = ByteHash.extend(hash, page[index].lowercased)
      index += 1
    }
    return hash
  }

  // MARK: Markup

  private mutating func markup(_ tree: inout HTMLTree) {
    let next = byte(index + 1)
    if skipsUnread(&tree) {
      // What stood before and behind it are two words.
      Self.space.withUnsafeBufferPointer { tree.append($0[...]) }
    } else if next.isLetter {
      startTag(&tree)
    } else if next == UInt8(ascii: "/") {
      endTag(&tree)
    } else if next == UInt8(ascii: "?") {
      skipInstruction()
    } else if matches("<!doctype", at: index) {
      skipDeclaration()
    } else {
      tree.append(page[index..<index + 1])
      index += 1
    }
  }

  private mutating func startTag(_ tree: inout HTMLTree) {
    index += 1
    guard let name = name() else { return }
    let tag = HTMLTag(hash: name)
    endWhat(tag, ends: &tree)
    imply(for: tag, &tree)
    let isMisplaced =
      switch tag {
      case .html: !open.isEmpty
      case .head: open.count != 1
      case .body: open.contains { $0.tag == .body }
      default: false
      }
    if isMisplaced { misplaced += 1 }
    let isTold = !isMisplaced && open.count < Self.maximumDepth
    attributes(of: isTold && !tree.isSkipping ? tag : nil, &tree)
    if isTold { start(tag, name, &tree) }
    if byte(index) == UInt8(ascii: "/") {
      index += 2
      if isTold || isMisplaced { endLast(&tree) }
      return
    }
    index += 1
    if isTold, tag.isEmpty { endLast(&tree) }
  }

  /// Up to the `>` or `/>` that ends the tag.
  ///
  /// - Parameter tag: nil where nobody wants them.
  private mutating func attributes(of tag: HTMLTag?, _ tree: inout HTMLTree) {
    var seen: UInt16 = 0
    skipBlanks()
    while index < page.count, page[index] != UInt8(ascii: ">"), page[index] != UInt8(ascii: "/") || byte(index + 1) != UInt8(ascii: ">") {
      if let name = name() {
        skipBlanks()
        if byte(index) == UInt8(ascii: "=") {
          index += 1
          skipBlanks()
          let value = value()
          if let tag, let attribute = HTMLAttribute(hash: name), seen & attribute.rawValue == 0 {
            // Of two of the same name the first counts.
            seen |= attribute.rawValue
            withResolved(value) { tree.read(attribute, of: tag, $0) }
          }
        }
      } else {
        // What is no attribute goes as far as the next space.
        while index < page.count, !page[index].isBlank, page[index] != UInt8(ascii: ">"),
          page[index] != UInt8(ascii: "/") || byte(index + 1) != UInt8(ascii: ">")
        {
          index += 1
        }
      }
      skipBlanks()
    }
  }

  /// The bytes of a value, without its quotation marks.
  private mutating func value() -> Range<Int> {
    let quote = byte(index)
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      let start = index + 1
      let end = place(of: quote, from: start)
      index = min(end + 1, page.count)
      return start..<max(start, end)
    }
    let start = index
    while index < page.count, !page[index].isBlank, page[index] != UInt8(ascii: ">") { index += 1 }
    return start..<index
  }

  /// Calls `body` with a value as its author meant it.
  private mutating func withResolved(_ value: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    let bytes = UnsafeBufferPointer(rebasing: page[value])
    guard let base = bytes.baseAddress, memchr(base, Int32(UInt8(ascii: "&")), bytes.count) != nil else { return body(bytes) }
    resolved.removeAll(keepingCapacity: true)
    let end = index
    index = value.lowerBound
    while index < value.upperBound {
      if page[index] != UInt8(ascii: "&") {
        resolved.append(page[index])
        index += 1
      } else if let scalar = scalar() {
        if scalar > 0 { appendUTF8(scalar, to: &resolved) }
      } else {
        resolved.append(UInt8(ascii: "&"))
        index += 1
      }
    }
    index = end
    resolved.withUnsafeBufferPointer(body)
  }

  private mutating func endTag(_ tree: inout HTMLTree) {
    index += 2
    guard let name = name() else { return }
    index = min(place(of: UInt8(ascii: ">"), from: index) + 1, page.count)
    let tag = HTMLTag(hash: name)
    if misplaced > 0, tag == .html || tag == .head || tag == .body {
      misplaced -= 1
      return
    }
    guard let last = open.lastIndex(where: { $0.name == name }) else { return }
    // The end of an inner element does not end a table or a div around it.
    for outer in open[(last + 1)...] where outer.tag.endPriority > tag.endPriority { return }
    while open.count > last { endLast(&tree) }
  }

  private mutating func start(_ tag: HTMLTag, _ name: UInt64, _ tree: inout HTMLTree) {
    if tag == .head || tag == .body { hasHead = true }
    if tag == .body { hasBody = true }
    open.append(Open(tag: tag, name: name))
    tree.start(tag)
  }

  private mutating func endLast(_ tree: inout HTMLTree) {
    if let last = open.popLast() { tree.end(last.tag) }
  }

  private mutating func endWhat(_ tag: HTMLTag, ends tree: inout HTMLTree) {
    while let last = open.last, HTMLTag.doesStart(of: tag, end: last.tag) { endLast(&tree) }
  }

  /// Starts html, head and body where a page leaves them out.
  private mutating func imply(for tag: HTMLTag, _ tree: inout HTMLTree) {
    if tag == .html { return }
    if open.isEmpty { start(.html, ByteHash.of("html"), &tree) }
    if tag == .body || tag == .head { return }
    switch tag {
    case .meta, .link, .title, .base:
      if open.count <= 1 {
        if !hasHead { start(.head, ByteHash.of("head"), &tree) }
        return
      }
      fallthrough
    default:
      if hasBody || tag == .frame || tag == .frameset || tag == .noframes { return }
      if open.contains(where: { $0.tag == .body || $0.tag == .head }) { return }
      start(.body, ByteHash.of("body"), &tree)
    }
  }

  /// Text needs a body and stands in a paragraph if in nothing else.
  private mutating func implyParagraph(_ tree: inout HTMLTree) {
    guard open.last.map({ $0.tag == .html || $0.tag == .head }) ?? true else { return }
    endWhat(.p, ends: &tree)
    imply(for: .p, &tree)
    start(.p, ByteHash.of("p"), &tree)
  }

  // MARK: What says nothing

  /// What may stand before the first element.
  private mutating func skipRemarks(_ tree: inout HTMLTree) {
    skipBlanks()
    while true {
      if matches("<?", at: index) { skipInstruction() } else if !skipsUnread(&tree) { return }
      skipBlanks()
    }
  }

  /// Passes over a comment, script or style, which are a quarter of a page; a script of JSON-LD is told.
  ///
  /// - Returns: false where none begins here.
  private mutating func skipsUnread(_ tree: inout HTMLTree) -> Bool {
    switch byte(index + 1) {
    case UInt8(ascii: "!"):
      guard matches("<!--", at: index) else { return false }
      skipComment()
    case UInt8(ascii: "s"), UInt8(ascii: "S"):
      if matches("<script", at: index) {
        let start = place(of: UInt8(ascii: ">"), from: index) + 1
        let isLinkedData = page[index..<min(start, page.count)].firstRange(of: Self.linkedDataType) != nil
        let end = skip(to: "</script")
        if isLinkedData, start < end { tree.readLinkedData(page[start..<end]) }
      } else if matches("<style", at: index) {
        skip(to: "</style")
      } else {
        return false
      }
    default: return false
    }
    return true
  }

  /// As far as `-->` or `--!>`, which may share its dashes with the `<!--`.
  private mutating func skipComment() {
    index += 2
    while index < page.count {
      index = place(of: UInt8(ascii: "-"), from: index)
      if matches("-->", at: index) || matches("--!>", at: index) { return skipDeclaration() }
      index += 1
    }
  }

  /// Behind an end tag, or to the end of the page.
  ///
  /// - Returns: where the end tag begins.
  @discardableResult private mutating func skip(to end: StaticString) -> Int {
    repeat { index = place(of: UInt8(ascii: "<"), from: index + 1) } while index < page.count && !matches(end, at: index)
    defer { skipDeclaration() }
    return index
  }

  private mutating func skipInstruction() {
    index += 2
    if byte(index).beginsName { skipDeclaration() }
  }

  private mutating func skipDeclaration() {
    index = min(place(of: UInt8(ascii: ">"), from: index) + 1, page.count)
  }

  // MARK: Text

  private mutating func text(_ tree: inout HTMLTree) {
    let start = index
    var isBlank = true
    var hasControls = false
    while index < page.count {
      let byte = page[index]
      if byte > 0x20 {
        if byte == UInt8(ascii: "<") || byte == UInt8(ascii: "&") { break }
        isBlank = false
      } else if !byte.isBlank {
        hasControls = true
      }
      index += 1
    }
    // White space between elements needs no paragraph.
    if !isBlank || byte(index) == UInt8(ascii: "&") { implyParagraph(&tree) }
    if hasControls {
      for piece in page[start..<index].split(whereSeparator: { $0 < 0x20 && !$0.isBlank }) { tree.append(piece) }
    } else {
      tree.append(page[start..<index])
    }
  }

  private mutating func reference(_ tree: inout HTMLTree) {
    let start = index
    guard let scalar = scalar() else {
      implyParagraph(&tree)
      tree.append(page[start..<start + 1])
      index = start + 1
      return
    }
    guard scalar > 0 else { return }
    implyParagraph(&tree)
    resolved.removeAll(keepingCapacity: true)
    appendUTF8(scalar, to: &resolved)
    resolved.withUnsafeBufferPointer { tree.append($0[...]) }
  }

  /// What the reference that begins here stands for: zero for what is no character, nil where it is no reference.
  private mutating func scalar() -> UInt32? {
    if byte(index + 1) == UInt8(ascii: "#") { return number() }
    let start = index
    index += 1
    var hash = ByteHash.start
    while index < page.count, page[index].isLetter || page[index].isDigit {
      hash = ByteHash.extend(hash, page[index])
      index += 1
    }
    guard byte(index) == UInt8(ascii: ";"), let scalar = Self.references[hash] else {
      index = start
      return nil
    }
    index += 1
    return scalar
  }

  /// `&#8217;` or `&#x2019;`; the semicolon may be missing.
  private mutating func number() -> UInt32 {
    index += 2
    let isHexadecimal = byte(index) | 0x20 == UInt8(ascii: "x")
    if isHexadecimal { index += 1 }
    var scalar: UInt32 = 0
    while true {
      let byte = byte(index)
      if byte.isDigit {
        scalar = scalar * (isHexadecimal ? 16 : 10) + UInt32(byte & 15)
      } else if isHexadecimal, UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 0x20 {
        scalar = scalar * 16 + UInt32(byte & 15) + 9
      } else {
        break
      }
      scalar = min(scalar, 0x11_0000)
      index += 1
    }
    if byte(index) == UInt8(ascii: ";") { index += 1 }
    switch scalar {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x1_0000...0x10_FFFF: return scalar
    default: return 0
    }
  }

  /// The named references of HTML 4 as libxml2 holds them, by the blocks of Unicode that they are from.
  private static let references: ByteTable<UInt32> = {
    var table = ByteTable<UInt32>(bits: 10)
    for block: ClosedRange<UInt32> in [
      34...62, 160...255, 338...402, 710...732, 913...982, 8194...8364, 8465...9002, 9674...9674, 9824...9830,
    ] {
      for scalar in block {
        guard let name = htmlEntityValueLookup(scalar)?.pointee.name else { continue }
        table.insert(scalar, for: ByteHash.of(UnsafeBufferPointer(start: name, count: strlen(name)).lazy.map(UInt8.init(bitPattern:))))
      }
    }
    return table
  }()
}

extension UInt8 {
  /// White space of HTML, but for the form feed, which is no character of XML.
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x0A || self == 0x09 || self == 0x0D }
  fileprivate var isLetter: Bool { 0x61...0x7A ~= self | 0x20 }
  fileprivate var isDigit: Bool { 0x30...0x39 ~= self }
  fileprivate var lowercased: UInt8 { 0x41...0x5A ~= self ? self | 0x20 : self }

  fileprivate var beginsName: Bool { isLetter || self == UInt8(ascii: "_") || self == UInt8(ascii: ":") || self == UInt8(ascii: ".") }
  fileprivate var continuesName: Bool { isLetter || isDigit || self == UInt8(ascii: "-") || beginsName }
}
