internal import BelowTheLine
internal import CLibxml2

/// Fragments of HTML, as comment systems store them, as plain text.
///
///     HTMLText.plain("<blockquote>So they say.</blockquote><p>Who says?<br>Ann &amp; Bob.")
///     // "> So they say.\nWho says?\nAnn & Bob."
public enum HTMLText {
  /// Where elements are nested deeper, or have more attributes, only the tags are taken out.
  static let maximumDepth = 256
  static let maximumAttributes = 256

  /// The text of a fragment, a line a paragraph, without blank lines.
  ///
  /// Entities are decoded; scripts, styles and comments are dropped; a link is its text; a list item has its own line. What is
  /// quoted (`<blockquote>`, `<q cite>`, a class that says quote) stands in lines that begin with `> `, so that a reply is not taken
  /// for the words it answers.
  ///
  /// - Parameters:
  ///   - html: a fragment. Text without markup comes out as it is, but for white space.
  ///   - keepsLineEnds: a line end in the source ends a line, as in WordPress, which makes paragraphs of them when it shows them.
  /// - Complexity: linear in the length.
  public static func plain(_ html: String, keepsLineEnds: Bool = false) -> String {
    var writer = LineWriter(keepsLineEnds: keepsLineEnds)
    // XML and HTML parsers alike stop at NUL; other control characters say nothing either.
    let bytes = html.utf8.map { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D ? 0x20 : $0 }
    if !bytes.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }) {
      writer.append(bytes)
      return writer.finish()
    }
    let converter = HTMLConverter(writer)
    return hasCrowdedTag(bytes)
      ? stripped(bytes, keepsLineEnds: keepsLineEnds) : converter.convert(bytes) ?? stripped(bytes, keepsLineEnds: keepsLineEnds)
  }

  /// Whether a tag has more than ``maximumAttributes``, which libxml2 compares each with each.
  private static func hasCrowdedTag(_ bytes: [UInt8]) -> Bool {
    var inTag = false
    var quote: UInt8 = 0
    var gaps = 0
    for byte in bytes {
      if !inTag {
        inTag = byte == UInt8(ascii: "<")
        gaps = 0
      } else if quote != 0 {
        if byte == quote { quote = 0 }
      } else {
        switch byte {
        case UInt8(ascii: ">"): inTag = false
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
          quote = byte
          gaps += 1
        case 0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: "/"): gaps += 1
        default: break
        }
        if gaps > 2 * maximumAttributes { return true }
      }
    }
    return false
  }

  /// The text between the tags, for tags that no honest page has and that would cost libxml2 quadratic time.
  private static func stripped(_ bytes: [UInt8], keepsLineEnds: Bool) -> String {
    var writer = LineWriter(keepsLineEnds: keepsLineEnds)
    var inTag = false
    var start = 0
    for (index, byte) in bytes.enumerated() {
      if !inTag, byte == UInt8(ascii: "<") {
        writer.append(bytes[start..<index])
        inTag = true
      } else if inTag, byte == UInt8(ascii: ">") {
        writer.breakLine()
        inTag = false
        start = index + 1
      }
    }
    if !inTag { writer.append(bytes[start...]) }
    return writer.finish()
  }
}

/// Lines with their white space put in order.
private struct LineWriter {
  private let keepsLineEnds: Bool
  private var output: [UInt8] = []
  private var line: [UInt8] = []
  private var needsSpace = false
  var isQuoted = false
  /// Inside `<pre>`, where line ends count.
  var isPreformatted = false

  init(keepsLineEnds: Bool) { self.keepsLineEnds = keepsLineEnds }

  mutating func append(_ bytes: some Collection<UInt8>) {
    var previous: UInt8 = 0
    for byte in bytes {
      switch byte {
      case 0x0A where keepsLineEnds || isPreformatted: breakLine()
      case 0x09, 0x0A, 0x0C, 0x0D, 0x20: needsSpace = true
      // The no-break space U+00A0 is C2 A0.
      case 0xA0 where previous == 0xC2 && line.last == 0xC2:
        line.removeLast()
        needsSpace = true
      default:
        if needsSpace, !line.isEmpty { line.append(0x20) }
        needsSpace = false
        line.append(byte)
      }
      previous = byte
    }
  }

  mutating func breakLine() {
    needsSpace = false
    guard !line.isEmpty else { return }
    if !output.isEmpty { output.append(0x0A) }
    if isQuoted { output.append(contentsOf: "> ".utf8) }
    output += line
    line.removeAll(keepingCapacity: true)
  }

  mutating func space() { needsSpace = true }

  mutating func finish() -> String {
    breakLine()
    return String(decoding: output, as: UTF8.self)
  }
}

/// One run of libxml2's HTML parser.
private final class HTMLConverter {
  private enum Kind {
    case plain
    case block
    case quote
    case quotationMarks
    case preformatted
    case dropped
  }

  private var writer: LineWriter
  private var context: htmlParserCtxtPtr?
  private var stack: [Kind] = []
  private var quotes = 0
  private var dropped = 0
  private var preformatted = 0
  private var isTooDeep = false

  init(_ writer: LineWriter) { self.writer = writer }

  /// Nil where elements are nested too deep.
  func convert(_ bytes: [UInt8]) -> String? {
    _ = libxml2
    context = htmlNewParserCtxt()
    guard let context, let handler = context.pointee.sax else { return nil }
    defer { htmlFreeParserCtxt(context) }
    handler.pointee = htmlSAXHandler()
    handler.pointee.startElement = { data, name, attributes in HTMLConverter.from(data)?.start(name, attributes) }
    handler.pointee.endElement = { data, _ in HTMLConverter.from(data)?.end() }
    handler.pointee.characters = { data, bytes, count in HTMLConverter.from(data)?.append(bytes, count: Int(count)) }
    handler.pointee.ignorableWhitespace = handler.pointee.characters
    handler.pointee.cdataBlock = handler.pointee.characters
    context.pointee.userData = Unmanaged.passUnretained(self).toOpaque()
    let options =
      HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
      | HTML_PARSE_NONET.rawValue | HTML_PARSE_NOIMPLIED.rawValue | HTML_PARSE_IGNORE_ENC.rawValue
    // Text outside any element would be given paragraphs that nobody wrote.
    (Array("<body>".utf8) + bytes).withUnsafeBytes { buffer in
      let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      let document = htmlCtxtReadMemory(context, start, Int32(buffer.count), nil, "UTF-8", Int32(options))
      if document != nil { xmlFreeDoc(document) }
    }
    return isTooDeep ? nil : writer.finish()
  }

  private static func from(_ data: UnsafeMutableRawPointer?) -> HTMLConverter? {
    data.map { Unmanaged<HTMLConverter>.fromOpaque($0).takeUnretainedValue() }
  }

  private func start(_ name: UnsafePointer<xmlChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) {
    guard !isTooDeep else { return }
    guard stack.count < HTMLText.maximumDepth else {
      isTooDeep = true
      xmlStopParser(context)
      return
    }
    let kind = Self.kind(name.map { String(cString: $0) } ?? "", attributes)
    stack.append(kind)
    switch kind {
    case .plain: break
    case .block: writer.breakLine()
    case .quote:
      writer.breakLine()
      quotes += 1
      writer.isQuoted = true
    case .quotationMarks: if dropped == 0 { writer.append("\"".utf8) }
    case .preformatted:
      writer.breakLine()
      preformatted += 1
      writer.isPreformatted = true
    case .dropped: dropped += 1
    }
  }

  private func end() {
    guard let kind = stack.popLast() else { return }
    switch kind {
    case .plain: break
    case .block: writer.breakLine()
    case .quote:
      writer.breakLine()
      quotes -= 1
      writer.isQuoted = quotes > 0
    case .quotationMarks: if dropped == 0 { writer.append("\"".utf8) }
    case .preformatted:
      writer.breakLine()
      preformatted -= 1
      writer.isPreformatted = preformatted > 0
    case .dropped: dropped -= 1
    }
  }

  private func append(_ bytes: UnsafePointer<xmlChar>?, count: Int) {
    guard let bytes, dropped == 0, !isTooDeep else { return }
    writer.append(UnsafeBufferPointer(start: bytes, count: count))
  }

  private static func kind(_ name: String, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> Kind {
    if droppedNames.contains(name) { return .dropped }
    if name == "blockquote" { return .quote }
    var isCited = false
    if let attributes {
      var index = 0
      while let attribute = attributes[index] {
        switch String(cString: attribute).lowercased() {
        case "cite": isCited = true
        case "class": if attributes[index + 1].map({ saysQuote(String(cString: $0)) }) == true { return .quote }
        default: break
        }
        index += 2
      }
    }
    if name == "q" { return isCited ? .quote : .quotationMarks }
    if name == "pre" { return .preformatted }
    return blockNames.contains(name) ? .block : .plain
  }

  /// A class such as `quote`, `bbcode_quote` or `quote-body`; not `pullquote`, which is the writer's own.
  private static func saysQuote(_ value: String) -> Bool {
    value.lowercased().split { !$0.isLetter }.contains { $0 == "quote" || $0 == "blockquote" || $0 == "quoted" }
  }

  private static let droppedNames: Set<String> = [
    "script", "style", "template", "iframe", "object", "noscript", "noembed", "svg", "math", "head", "title", "select", "textarea",
  ]
  private static let blockNames: Set<String> = [
    "address", "article", "aside", "br", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "section", "summary",
    "table", "tbody", "thead", "tr", "ul",
  ]
}
