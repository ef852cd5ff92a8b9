internal import BelowTheLine
internal import CLibxml2

/// The elements of an XML dump of any size, one after another, over libxml2's push parser.
///
/// Real exports have bad bytes and broken markup, which must not lose the rest. ``XMLCleaner`` mends what it can; where the parser
/// still stops for good, the damage is reported once, and a fresh parser goes on at the next record: as in
///
///     <item>…</item> <item <damaged> </item> <item>…</item>
///
/// where the first and the last item are read. Memory is bounded: by one chunk, ``maximumText`` and ``maximumDepth``. No entity
/// is expanded, nothing is loaded.
struct XMLStream {
  /// Text of one element beyond this is passed over, and its field told.
  static let maximumText = 16 << 20
  static let maximumDepth = 64

  struct Start {
    /// With its prefix as it is written: `wp:comment`.
    var name: String
    var attributes: [String: String]
    var line: Int
  }

  struct End {
    var name: String
    /// The text since the start tag.
    var text: String
    /// Why the text is not what stood there; nil where it is.
    var problem: String?
    var line: Int

    /// Whether text stands right behind the end of another element, on the same line: that was no end.
    var holdsRestOfText: Bool { text.utf8.first.map { $0 != 0x0A && $0 != 0x0D } == true && ![nil, "]]>"].contains(text.filled) }
  }

  static let restIsElsewhere = "more of it stands behind an end tag that is not its own"

  enum Event {
    case start(Start)
    case end(End)
    /// Something was skipped; whatever is open is not to be finished.
    case broken(Rejection)
    /// Something was cut short. What it means for the record shows in what follows.
    case damaged(Rejection)
  }

  /// A start tag at which reading can go on, and the elements that have to be open there.
  struct RecordStart {
    var name: String
    var inside: [String]
    /// What stands at the beginning of every such record and in no honest text: a text that holds it has swallowed records.
    var mark: String
  }

  private let input: ByteInput
  private let recordStarts: [RecordStart]
  private var head: [UInt8]
  private var cleaner: XMLCleaner
  private var parser: Parser
  private var events: ArraySlice<Event> = []
  private var ended = false
  private var finished = false

  /// Clean bytes: those still to be parsed, and some before them, to find where a stopped parser stood.
  private var clean: [UInt8] = []
  /// How many clean bytes came before ``clean``.
  private var cleanStart = 0
  private var parsed = 0
  /// A line known, from which others are counted: an offset of clean bytes, and its line.
  private var knownLine = (offset: 0, line: 1)
  /// Where the parser at work began.
  private var parserStart = -1
  private var damage: Damage?

  /// What is being skipped.
  private struct Damage {
    var offset: Int
    var line: Int
    var reason: String
    /// Where nothing but end tags is skipped, nothing is lost: at the end of a dump that closes too much, or where levels of elements
    /// that lack their end tags have added up and a record begins.
    var isHarmless: Bool
    var raw: [UInt8] = []
    var hasContent = false
  }

  /// A parser that stops copies no more than this in vain.
  private static let sliceSize = 8 << 10
  private static let kept = 64 << 10

  /// - Throws: ``InputError`` where the encoding is neither UTF-8 nor Latin-1.
  init(_ input: ByteInput, head: [UInt8], recordStarts: [RecordStart]) throws(InputError) {
    self.input = input
    self.head = head.starts(with: utf8ByteOrderMark) ? Array(head[3...]) : head
    self.recordStarts = recordStarts
    let encoding = XMLCleaner.encoding(of: self.head)
    if case .unknown(let name) = encoding {
      throw InputError(source: input.name, reason: "the encoding \(name) is not read; convert to UTF-8 first, for example with iconv")
    }
    cleaner = XMLCleaner(encoding: encoding, recordStarts: recordStarts)
    parser = Parser(source: input.name, marks: recordStarts.map(\.mark), inside: [], line: 1)
  }

  mutating func next() throws(InputError) -> Event? {
    while true {
      if let event = events.popFirst() { return event }
      if finished { return nil }
      try advance()
    }
  }

  // MARK: Steps

  private mutating func advance() throws(InputError) {
    if damage != nil {
      if resume() { return }
      if ended { return finishDamage() }
    }
    if damage == nil, let cut = cleaner.takeCut(upTo: cleanStart + parsed) {
      return events.append(damaged(cut))
    }
    if parsed < clean.count, damage == nil {
      let end = min(clean.count, parsed + Self.sliceSize, (cleaner.nextCut ?? .max) - cleanStart)
      parser.parse(clean[parsed..<end])
      parsed = end
      takeEvents()
      return
    }
    if ended {
      if !parser.hasEnded {
        parser.end()
        takeEvents()
      }
      return finish()
    }
    forget()
    let chunk = head.isEmpty ? try input.next() : head
    head = []
    ended = chunk == nil
    clean += cleaner.clean(chunk ?? [], isLast: ended)
  }

  private mutating func takeEvents() {
    events = parser.takeEvents()[...]
    guard let stop = parser.stop else { return }
    let offset = max(parserStart + 1, cleanStart, max(0, parserStart) + stop.offset)
    damage = Damage(offset: offset, line: stop.line, reason: stop.reason, isHarmless: stop.isHarmless)
    parsed = min(clean.count, max(0, offset - cleanStart))
  }

  /// Searches for a record to go on with.
  private mutating func resume() -> Bool {
    var position = parsed
    while position < clean.count {
      guard let tag = clean[position...].firstIndex(of: UInt8(ascii: "<")) else {
        skip(to: clean.count)
        return false
      }
      guard let length = clean[tag...].prefix(Self.sliceSize).firstIndex(of: UInt8(ascii: ">")).map({ $0 - tag }) else {
        // The tag may go on in the next chunk.
        if ended || clean.count - tag > Self.sliceSize {
          position = tag + 1
          continue
        }
        skip(to: tag)
        return false
      }
      let record = recordStarts.first { isStart($0.name, clean[tag..<tag + length]) }
      if let record {
        skip(to: tag)
        reportDamage()
        parserStart = cleanStart + tag
        parser = Parser(source: input.name, marks: recordStarts.map(\.mark), inside: record.inside, line: line(at: parserStart))
        return true
      }
      position = tag + 1
    }
    skip(to: clean.count)
    return false
  }

  /// Whether `<name …` without an end of its own: `<thread dsq:id="1"/>` names a thread and begins none.
  private func isStart(_ name: String, _ tag: ArraySlice<UInt8>) -> Bool {
    let rest = tag.dropFirst()
    guard rest.starts(with: name.utf8), tag.last != UInt8(ascii: "/") else { return false }
    let after = rest.dropFirst(name.utf8.count).first
    return after == nil || after.map { $0 <= 0x20 } == true
  }

  private mutating func skip(to position: Int) {
    guard var damage, position > parsed else { return }
    let skipped = clean[parsed..<position]
    damage.hasContent = damage.hasContent || Self.hasContent(skipped)
    damage.raw += skipped.prefix(Rejection.maximumRaw - damage.raw.count)
    self.damage = damage
    parsed = position
  }

  /// Anything but white space and end tags, as they stand at the end of a dump.
  private static func hasContent(_ bytes: ArraySlice<UInt8>) -> Bool {
    var inEndTag = false
    var previous: UInt8 = 0
    for byte in bytes {
      if inEndTag {
        inEndTag = byte != UInt8(ascii: ">")
      } else if previous == UInt8(ascii: "<") {
        guard byte == UInt8(ascii: "/") else { return true }
        inEndTag = true
      } else if byte > 0x20, byte != UInt8(ascii: "<") {
        return true
      }
      previous = inEndTag ? 0 : byte
    }
    return false
  }

  private mutating func reportDamage() {
    guard let damage else { return }
    self.damage = nil
    guard damage.hasContent || !damage.isHarmless else { return }
    events.append(.broken(rejection(damage)))
  }

  private func rejection(_ damage: Damage) -> Rejection {
    Rejection(
      SourceLocation(name: input.name, line: damage.line),
      reason: "\(damage.reason) at byte \(cleaner.original(damage.offset)); reading goes on at the next record", raw: damage.raw)
  }

  private mutating func finishDamage() {
    finished = true
    reportDamage()
    while let cut = cleaner.takeCut(upTo: .max) { events.append(damaged(cut)) }
  }

  private func damaged(_ reason: String) -> Event { .damaged(Rejection(SourceLocation(name: input.name), reason: reason, raw: [])) }

  private mutating func finish() {
    if damage != nil { return }
    finished = true
    let location = SourceLocation(name: input.name, line: line(at: cleanStart + clean.count))
    if cleaner.isInsideOmission {
      events.append(.broken(Rejection(location, reason: "the file ends inside a comment or declaration that is not closed", raw: [])))
    } else if let name = parser.openElement {
      events.append(.broken(Rejection(location, reason: "the file breaks off inside <\(name)>", raw: [])))
    }
  }

  private mutating func forget() {
    let drop = max(0, parsed - Self.kept)
    guard drop > 0 else { return }
    _ = line(at: cleanStart + drop)
    clean.removeFirst(drop)
    cleanStart += drop
    parsed -= drop
    cleaner.forgetCorrespondences(before: cleanStart)
  }

  /// Offsets may only grow from call to call, so that all counting together is linear.
  private mutating func line(at offset: Int) -> Int {
    if offset > knownLine.offset {
      for byte in clean[max(0, knownLine.offset - cleanStart)..<offset - cleanStart] where byte == 0x0A { knownLine.line += 1 }
      knownLine.offset = offset
    }
    return knownLine.line
  }
}

/// One run of libxml2's push parser, from a start to a stop.
private final class Parser {
  struct Stop {
    /// Bytes from the start of this run.
    var offset: Int
    var line: Int
    var reason: String
    /// As long as nothing but end tags is skipped.
    var isHarmless: Bool
  }

  private(set) var stop: Stop?
  private(set) var hasEnded = false
  private var context: xmlParserCtxtPtr?
  private var events: [XMLStream.Event] = []
  private var stack: [String] = []
  private var text: [UInt8] = []
  /// Why the text of the innermost element is not what stands there.
  private var problem: String?
  private let source: String
  private let marks: [String]
  private let firstLine: Int
  private let preambleLength: Int
  /// Start tags that are ours and no events.
  private var hiddenStarts: Int
  private var lastError: (code: Int, offset: Int, line: Int, reason: String)?

  /// - Parameters:
  ///   - source: the name of the input.
  ///   - marks: what no honest text holds.
  ///   - inside: elements taken to be open already.
  ///   - line: where this run begins in the input.
  init(source: String, marks: [String], inside: [String], line: Int) {
    _ = libxml2
    self.source = source
    self.marks = marks
    firstLine = line
    hiddenStarts = inside.count
    let preamble = inside.map { "<\($0)>" }.joined()
    preambleLength = preamble.utf8.count
    var handler = xmlSAXHandler()
    handler.initialized = UInt32(truncatingIfNeeded: XML_SAX2_MAGIC)
    handler.startElementNs = { data, name, prefix, _, _, _, count, _, attributes in
      Parser.from(data)?.start(Parser.qualified(prefix, name), attributes, count: Int(count))
    }
    handler.endElementNs = { data, name, prefix, _ in Parser.from(data)?.end(Parser.qualified(prefix, name)) }
    handler.characters = { data, bytes, count in Parser.from(data)?.append(bytes, count: Int(count)) }
    handler.ignorableWhitespace = handler.characters
    handler.cdataBlock = handler.characters
    handler.serror = { data, error in
      guard let error else { return }
      Parser.from(data)?.note(
        code: Int(error.pointee.code), isFatal: error.pointee.level == XML_ERR_FATAL,
        message: error.pointee.message.map { String(cString: $0) })
    }
    context = xmlCreatePushParserCtxt(&handler, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
    if let context {
      xmlCtxtUseOptions(context, Int32(XML_PARSE_RECOVER.rawValue | XML_PARSE_NONET.rawValue))
      if !preamble.isEmpty { push(Array(preamble.utf8)[...], isLast: false) }
    } else {
      stop = Stop(offset: 0, line: line, reason: "no memory for a parser", isHarmless: false)
    }
  }

  deinit { xmlFreeParserCtxt(context) }

  /// The innermost element that is open.
  var openElement: String? { stack.last }

  func parse(_ bytes: ArraySlice<UInt8>) {
    if stop == nil { push(bytes, isLast: false) }
  }

  /// Nothing follows.
  func end() {
    hasEnded = true
    if stop == nil { push([], isLast: true) }
  }

  func takeEvents() -> [XMLStream.Event] {
    defer { events = [] }
    return events
  }

  private func push(_ bytes: ArraySlice<UInt8>, isLast: Bool) {
    guard let context else { return }
    bytes.withUnsafeBytes { buffer in
      _ = xmlParseChunk(context, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), isLast ? 1 : 0)
    }
    guard !isLast, stop == nil, context.pointee.disableSAX != 0 || context.pointee.instate == XML_PARSER_EOF else { return }
    stop = Stop(
      offset: lastError?.offset ?? 0, line: lastError?.line ?? firstLine, reason: lastError?.reason ?? "the XML cannot be read",
      isHarmless: lastError?.code == Int(XML_ERR_DOCUMENT_END.rawValue))
  }

  // MARK: What libxml2 calls

  private static func from(_ data: UnsafeMutableRawPointer?) -> Parser? {
    data.map { Unmanaged<Parser>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func qualified(_ prefix: UnsafePointer<xmlChar>?, _ name: UnsafePointer<xmlChar>?) -> String {
    let name = name.map { String(cString: $0) } ?? ""
    return prefix.map { "\(String(cString: $0)):\(name)" } ?? name
  }

  private var line: Int { firstLine - 1 + Int(context?.pointee.input?.pointee.line ?? 1) }
  private var offset: Int { max(0, Int(xmlByteConsumed(context)) - preambleLength) }

  private func start(_ name: String, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int) {
    stack.append(name)
    takeText()
    problem = nil
    if hiddenStarts > 0 {
      hiddenStarts -= 1
      return
    }
    guard stack.count <= XMLStream.maximumDepth else {
      if stop == nil {
        // Back to the start of this tag, which may begin a record.
        stop = Stop(
          offset: max(0, offset - name.utf8.count - 1), line: line, reason: "more than \(XMLStream.maximumDepth) levels of elements",
          isHarmless: true)
        xmlStopParser(context)
      }
      return
    }
    var values: [String: String] = [:]
    for index in 0..<count {
      guard let attributes, let begin = attributes[index * 5 + 3], let end = attributes[index * 5 + 4] else { continue }
      let value = String(decoding: UnsafeBufferPointer(start: begin, count: end - begin), as: UTF8.self)
      // libxml2 leaves this one reference as it is.
      values[Self.qualified(attributes[index * 5 + 1], attributes[index * 5])] =
        value.contains(ascii: "&") ? value.replacing("&#38;", with: "&") : value
    }
    events.append(.start(.init(name: name, attributes: values, line: line)))
  }

  private func end(_ name: String) {
    if stack.last == name { stack.removeLast() }
    let text = takeText()
    events.append(.end(.init(name: name, text: String(decoding: text, as: UTF8.self), problem: problem, line: line)))
    // What follows, up to the end of the element around, is not all of that element's text.
    problem = "it holds elements; its markup is not escaped"
  }

  /// The text since the last tag. Where it has swallowed records, that is told.
  @discardableResult private func takeText() -> [UInt8] {
    defer { text = [] }
    if text.contains(UInt8(ascii: "<")), let mark = marks.first(where: text.contains(text:)) {
      let reason = "a text holds \(mark): a CDATA section is not closed, and the records in it are lost"
      events.append(.broken(Rejection(SourceLocation(name: source, line: line), reason: reason, raw: text)))
      problem = "it holds other records"
    }
    return text
  }

  private func append(_ bytes: UnsafePointer<xmlChar>?, count: Int) {
    guard let bytes else { return }
    if text.count + count > XMLStream.maximumText {
      problem = "longer than \(XMLStream.maximumText >> 20) MiB"
    } else {
      text.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    }
  }

  private func note(code: Int, isFatal: Bool, message: String?) {
    guard isFatal else { return }
    let reason = message.map { $0.prefix { $0 != "\n" } } ?? "the XML cannot be read"
    lastError = (code, offset, line, "the XML breaks off: \(reason)")
  }
}

/// libxml2's tables, made once before threads use them.
let libxml2: Void = xmlInitParser()
