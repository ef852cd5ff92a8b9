internal import BelowTheLine
internal import CLibxml2

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// An HTML page as arrays: its elements and texts in document order, with what their names say of them.
///
/// libxml2's tolerant parser calls back for every tag and text; no tree of its own is built. Elements of scripts, styles and
/// the like are left out. Nesting and size are bounded, so that no page can take all memory.
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
  }

  private(set) var nodes: [Node] = []
  /// The texts of all text nodes and values, one after another, UTF-8.
  private(set) var text: [UInt8] = []
  private(set) var metaTitle: String?

  private static let maximumNodes = 2_000_000
  private static let maximumDepth = 250

  private var open: [Int] = []
  private var skipDepth = 0
  private var skippedTag: HTMLTag = .other

  /// - Parameter page: UTF-8.
  init(_ page: [UInt8]) {
    let bytes = Self.withoutScripts(page)
    guard !bytes.isEmpty, bytes.count < Int(Int32.max) else { return }
    text.reserveCapacity(bytes.count / 3)
    nodes.reserveCapacity(bytes.count / 40)
    var handler = xmlSAXHandler()
    handler.startElement = { context, name, attributes in
      guard let context, let name else { return }
      context.assumingMemoryBound(to: HTMLTree.self).pointee.start(name, attributes)
    }
    handler.endElement = { context, name in
      guard let context, let name else { return }
      context.assumingMemoryBound(to: HTMLTree.self).pointee.end(name)
    }
    let characters: charactersSAXFunc = { context, bytes, count in
      guard let context, let bytes else { return }
      context.assumingMemoryBound(to: HTMLTree.self).pointee.append(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
    handler.characters = characters
    handler.cdataBlock = characters
    handler.ignorableWhitespace = characters
    withUnsafeMutablePointer(to: &self) { tree in
      bytes.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { source in
          guard let context = htmlCreateMemoryParserCtxt(source.baseAddress, Int32(source.count)) else { return }
          defer { htmlFreeParserCtxt(context) }
          htmlCtxtUseOptions(
            context,
            Int32(
              HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue | HTML_PARSE_NONET.rawValue
                | HTML_PARSE_IGNORE_ENC.rawValue))
          xmlSwitchEncoding(context, XML_CHAR_ENCODING_UTF8)
          withUnsafeMutablePointer(to: &handler) { handler in
            let original = context.pointee.sax
            context.pointee.sax = handler
            context.pointee.userData = UnsafeMutableRawPointer(tree)
            htmlParseDocument(context)
            context.pointee.sax = original
            context.pointee.userData = nil
          }
        }
      }
    }
    while let last = open.popLast() { nodes[last].end = nodes.count }
  }

  /// A quarter of a page is scripts, styles and remarks of its makers: left out before the parser looks at every byte of them.
  private static func withoutScripts(_ page: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    kept.reserveCapacity(page.count)
    page.withUnsafeBufferPointer { page in
      var start = 0
      var index = 0
      while let open = position(of: UInt8(ascii: "<"), in: page, from: index) {
        index = open + 1
        let close: StaticString
        if matches("<script", page, open) {
          close = "</script"
        } else if matches("<style", page, open) {
          close = "</style"
        } else if matches("<!--", page, open) {
          close = "-->"
        } else {
          continue
        }
        // What is never closed is left to the parser.
        guard let end = end(of: close, in: page, from: index) else { break }
        kept.append(contentsOf: page[start..<open])
        kept.append(0x20)
        (start, index) = (end, end)
      }
      kept.append(contentsOf: page[start...])
    }
    return kept
  }

  private static func position(of byte: UInt8, in page: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard start < page.count, let base = page.baseAddress, let found = memchr(base + start, Int32(byte), page.count - start) else {
      return nil
    }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  private static func matches(_ name: StaticString, _ page: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
    guard start + name.utf8CodeUnitCount <= page.count else { return false }
    for offset in 0..<name.utf8CodeUnitCount {
      let byte = page[start + offset]
      if (0x41...0x5A ~= byte ? byte | 0x20 : byte) != name.utf8Start[offset] { return false }
    }
    return true
  }

  /// Behind the next closing mark and its `>`.
  private static func end(of close: StaticString, in page: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var index = start
    while let found = position(of: close.utf8Start[0], in: page, from: index) {
      if matches(close, page, found) {
        return position(of: UInt8(ascii: ">"), in: page, from: found + close.utf8CodeUnitCount - 1).map { $0 + 1 }
      }
      index = found + 1
    }
    return nil
  }

  // MARK: Callbacks

  private mutating func start(_ name: UnsafePointer<UInt8>, _ attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?) {
    let tag = HTMLTag(name)
    if skipDepth > 0 {
      if tag == skippedTag { skipDepth += 1 }
      return
    }
    guard nodes.count < Self.maximumNodes, open.count < Self.maximumDepth else { return }
    var node = Node(
      tag: tag, parent: open.last ?? -1, end: 0, hints: [], signature: UInt64(tag.rawValue), range: 0..<0, number: nil, value: 0..<0)
    var metaIsTitle = false
    var position = 0
    while let attributes, let key = attributes[position] {
      defer { position += 2 }
      guard let value = attributes[position + 1] else { continue }
      let bytes = UnsafeBufferPointer(start: value, count: cLength(value))
      switch HTMLAttribute(key) {
      case .id:
        node.hints.formUnion(HintWords.hints(bytes, origin: .id))
        node.number = node.number ?? HintWords.number(bytes)
      case .name where tag == .a:
        node.number = node.number ?? HintWords.number(bytes)
      case .class:
        node.hints.formUnion(HintWords.hints(bytes, origin: .class))
        node.signature = node.signature &* 31 &+ HintWords.signature(bytes)
      case .itemprop:
        node.hints.formUnion(HintWords.hints(bytes, origin: .property))
      case .itemtype:
        node.hints.formUnion(HintWords.typeHints(bytes))
      case .rel:
        node.hints.formUnion(HintWords.hints(bytes, origin: .class).intersection([.author, .tag]))
      case .style:
        if containsIgnoringSpace(bytes, "display:none") { node.hints.insert(.hidden) }
      case .datetime, .content:
        node.value = text.count..<text.count + bytes.count
        text.append(contentsOf: bytes)
      case .property:
        metaIsTitle = tag == .meta && equals(bytes, "og:title")
      default: break
      }
    }
    if metaIsTitle, !node.value.isEmpty { metaTitle = String(decoding: text[node.value], as: UTF8.self) }
    if tag.isSkipped {
      (skipDepth, skippedTag) = (1, tag)
      return
    }
    if tag.isVoid {
      node.end = nodes.count + 1
      nodes.append(node)
      return
    }
    open.append(nodes.count)
    nodes.append(node)
  }

  private mutating func end(_ name: UnsafePointer<UInt8>) {
    let tag = HTMLTag(name)
    if skipDepth > 0 {
      if tag == skippedTag { skipDepth -= 1 }
      return
    }
    guard !tag.isVoid, let place = open.lastIndex(where: { nodes[$0].tag == tag }) else { return }
    for index in open[place...] { nodes[index].end = nodes.count }
    open.removeSubrange(place...)
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
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

private func cLength(_ text: UnsafePointer<UInt8>) -> Int {
  var length = 0
  while text[length] != 0 { length += 1 }
  return length
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

/// The elements that matter to separation.
enum HTMLTag: UInt8 {
  case text, other
  case html, head, body, title, meta, link, base
  case div, p, section, article, main, aside, nav, header, footer, form, table, tbody, tr, td, th, ul, ol, li, dl, dt, dd, blockquote, pre
  case h1, h2, h3, h4, h5, h6, hr, br, address, figure, figcaption, fieldset, center, caption, thead
  case a, span, b, strong, em, i, cite, time, q, small, font, img, input, label, abbr, u, sup, sub, code, big
  case script, style, noscript, template, iframe, select, option, textarea, button, svg, object, embed, canvas, audio, video, math, map

  private static let byName: [UInt64: HTMLTag] = {
    var table: [UInt64: HTMLTag] = [:]
    var value: UInt8 = 2
    while let tag = HTMLTag(rawValue: value) {
      table[FeatureHash.bytes("\(tag)".utf8, seed: 0)] = tag
      value += 1
    }
    return table
  }()

  init(_ name: UnsafePointer<UInt8>) {
    var hash: UInt64 = 0
    var index = 0
    while name[index] != 0 {
      hash = FeatureHash.extend(hash, 0x41...0x5A ~= name[index] ? name[index] | 0x20 : name[index])
      index += 1
    }
    self = Self.byName[hash] ?? .other
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

private enum HTMLAttribute {
  case id, name, `class`, itemprop, itemtype, rel, style, datetime, content, property, other

  init(_ name: UnsafePointer<UInt8>) {
    let bytes = UnsafeBufferPointer(start: name, count: cLength(name))
    switch bytes.first.map({ $0 | 0x20 }) {
    case UInt8(ascii: "i"):
      self = equals(bytes, "id") ? .id : equals(bytes, "itemprop") ? .itemprop : equals(bytes, "itemtype") ? .itemtype : .other
    case UInt8(ascii: "c"): self = equals(bytes, "class") ? .class : equals(bytes, "content") ? .content : .other
    case UInt8(ascii: "n"): self = equals(bytes, "name") ? .name : .other
    case UInt8(ascii: "r"): self = equals(bytes, "rel") ? .rel : .other
    case UInt8(ascii: "s"): self = equals(bytes, "style") ? .style : .other
    case UInt8(ascii: "d"): self = equals(bytes, "datetime") ? .datetime : .other
    case UInt8(ascii: "p"): self = equals(bytes, "property") ? .property : .other
    default: self = .other
    }
  }
}
