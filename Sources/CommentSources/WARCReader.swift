internal import BelowTheLine

/// Web archives (WARC 1.0 and 1.1, ISO 28500): every HTML response and every converted text is one page.
///
/// Read as a stream, plain or compressed member by member: memory is bounded by the largest page, whatever the size of the
/// file. A record that is damaged is rejected with its byte offset, and reading goes on at the next `WARC/1.` line.
///
/// The length a record gives is believed where the next record stands behind it, or the end. Where not:
///
///     the next record begins earlier    it is rejected: some of it is missing
///     the next record begins later      the block goes on until there
///     header lines that end in LF       the block ends at the next record: line ends were changed, and so all lengths are wrong
///
/// A block beyond ``maximumPage`` is not kept until its end is seen: any line of it that begins as a record does is taken for one.
enum WARCReader {
  /// A larger page is passed over.
  static let maximumPage = 32 << 20

  static func read(_ input: ByteInput, head: [UInt8], _ emit: (SourceEvent) throws -> Void) throws {
    var stream = ByteStream(input, head: head)
    while stream.beginRecord() {
      let offset = stream.offset
      do {
        try readRecord(&stream, name: input.name, emit)
      } catch let problem as BrokenRecord {
        if !problem.isPassed { stream.skipToRecord() }
        let (raw, length) = stream.record
        let reason = "\(problem.subject) at byte \(offset) \(problem.reason)"
        var rejection = Rejection(SourceLocation(name: input.name), field: problem.field, reason: reason, raw: raw)
        if length > raw.count { rejection.length = length }
        try emit(.rejected(rejection))
      }
    }
    if let failure = stream.failure { throw failure }
  }

  /// - Throws: ``BrokenRecord``, and whatever `emit` throws.
  private static func readRecord(_ stream: inout ByteStream, name: String, _ emit: (SourceEvent) throws -> Void) throws {
    let offset = stream.offset
    guard stream.isAtRecord() else { throw BrokenRecord(subject: "what stands", reason: "is no WARC record") }
    guard let header = Header(&stream), let length = header["content-length"].flatMap({ Int($0) }), length >= 0 else {
      throw BrokenRecord(field: "Content-Length", reason: "has no valid header")
    }
    guard let type = header["warc-type"]?.lowercased() else { throw BrokenRecord(field: "WARC-Type", reason: "has no type") }
    let kind = kindOfOther(type, contentType: header["content-type"]?.lowercased())
    guard length <= maximumPage else {
      guard stream.skipToRecord(within: length) == length else { throw stream.isAtRecord() ? tooLong : brokenOff }
      if let kind { return try emit(.passedOver(SourceLocation(name: name), kind: kind)) }
      throw BrokenRecord(reason: "has \(length >> 20) MiB, which is too much for one page", isPassed: true)
    }
    let size = try sizeOfBlock(&stream, length)
    guard kind == nil, let block = stream.take(size) else {
      stream.skip(size)
      return try emit(.passedOver(SourceLocation(name: name), kind: kind ?? type))
    }
    let url = header["warc-target-uri"].map { $0.trimming { "<>".contains($0) } }
    let pageName = url ?? "\(name)@\(offset)"
    if type == "conversion" { return try PlainTextPage.read(block, name: pageName, url: url, emit) }
    switch try content(of: block) {
    case .page(let page, let charset): try HTMLPage.read(page, name: pageName, url: url, charset: charset, emit)
    case .other(let kind): try emit(.passedOver(SourceLocation(name: name), kind: kind))
    }
  }

  /// What a record is that holds no page; nil where it may hold one.
  ///
  /// No kind is named as the record names it: there would be as many as an archive likes.
  private static func kindOfOther(_ type: String, contentType: String?) -> String? {
    switch type {
    case "conversion": nil
    case "response": contentType?.hasPrefix("application/http") != false ? nil : "WARC response that is not HTTP"
    case "warcinfo", "request", "metadata", "resource", "revisit", "continuation": "WARC \(type)"
    default: "WARC record of unknown type"
    }
  }

  /// How far a block goes, where its record says how far it should.
  private static func sizeOfBlock(_ stream: inout ByteStream, _ length: Int) throws -> Int {
    let isWhole = stream.has(length)
    if isWhole, stream.isAtEndOfRecord(after: length) { return length }
    let linesEndInLF = !stream.isBehindCRLF
    guard let next = stream.nextRecord(within: maximumPage) else {
      if isWhole, stream.hasTwoLineEnds(after: length) { return length }
      throw BrokenRecord(field: "Content-Length", reason: "is said to be shorter than it is")
    }
    if next < length, !linesEndInLF { throw stream.has(next + 1) ? tooLong : brokenOff }
    // Whatever follows then is no part of this one.
    if isWhole, next >= length, stream.hasTwoLineEnds(after: length) { return length }
    let lineEnds = [4, 2].first { $0 <= next && stream.hasTwoLineEnds(after: next - $0) }
    return next - (lineEnds ?? 0)
  }

  private static var tooLong: BrokenRecord { BrokenRecord(field: "Content-Length", reason: "is said to be longer than it is") }
  private static var brokenOff: BrokenRecord { BrokenRecord(reason: "breaks off") }

  /// Why there is no reading a record that is there.
  private struct BrokenRecord: Error {
    var subject = "the WARC record"
    var field: String?
    var reason: String
    /// Whether all of it was taken.
    var isPassed = false
  }

  private enum Content {
    case page([UInt8], charset: String?)
    /// Images, redirections and the like.
    case other(kind: String)
  }

  /// The body of an HTTP response that is a page (RFC 9112).
  private static func content(of message: [UInt8]) throws -> Content {
    var stream = ByteStream(ByteInput(name: "", bytes: []), head: message)
    guard let line = stream.line(), line.hasPrefix("HTTP/"), let status = line.split(separator: " ").dropFirst().first, status.count == 3,
      status.allSatisfy({ "0"..."9" ~= $0 })
    else { throw brokenPage("is no HTTP message") }
    guard status == "200" else { return .other(kind: "HTTP status other than 200") }
    guard let header = Header(&stream, version: nil) else { throw brokenPage("has no end of its HTTP header") }
    let type = (header["content-type"] ?? "text/html").lowercased()
    guard type.hasPrefix("text/html") || type.hasPrefix("application/xhtml") else {
      return .other(kind: "media type other than HTML")
    }
    let charset = HTMLEncoding.charset(in: type.utf8)
    var body = Array(message[stream.offset...])
    if header["transfer-encoding"]?.lowercased() == "chunked", let whole = unchunked(body) { body = whole }
    if body.starts(with: [0x1F, 0x8B]) {
      do throws(InputError) {
        let input = ByteInput(name: "", bytes: body)
        let page = try input.all(limit: maximumPage)
        if let damage = input.damage { throw damage }
        return .page(page, charset: charset)
      } catch {
        throw brokenPage("cannot be unpacked: \(error.reason)")
      }
    }
    // Many archives hold the page unpacked, and the header as it was.
    if let encoding = header["content-encoding"]?.lowercased(), ["br", "deflate", "zstd"].contains(encoding), !looksLikeText(body) {
      throw brokenPage("is packed as \(encoding), which is not read")
    }
    return .page(body, charset: charset)
  }

  private static func brokenPage(_ reason: String) -> BrokenRecord {
    BrokenRecord(subject: "the page of the WARC record", reason: reason, isPassed: true)
  }

  /// Whether no byte at the beginning is one that texts do not hold.
  private static func looksLikeText(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(1024).allSatisfy { $0 >= 0x20 || 0x09...0x0D ~= $0 }
  }

  /// RFC 9112, section 7.1; nil where the body is not chunked after all, as many archives store it.
  private static func unchunked(_ body: [UInt8]) -> [UInt8]? {
    var stream = ByteStream(ByteInput(name: "", bytes: []), head: body)
    var whole: [UInt8] = []
    while let line = stream.line() {
      guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16), size >= 0, size <= body.count else { return nil }
      if size == 0 { return whole }
      guard let chunk = stream.take(size), stream.line() == "" else { return nil }
      whole += chunk
    }
    return nil
  }

  /// Named fields up to an empty line, names in lower case.
  private struct Header {
    private var fields: [String: String] = [:]
    private static let maximumFields = 200

    /// - Parameter version: what the first line begins with; nil where there is none to read.
    /// - Returns: nil where the lines are no header.
    init?(_ stream: inout ByteStream, version: String? = "WARC/1.") {
      if let version {
        guard let line = stream.line(), line.hasPrefix(version) else { return nil }
      }
      var last = ""
      for _ in 0..<Self.maximumFields {
        // The end of this one is lost, not the next record.
        if version != nil, stream.isAtRecord() { return nil }
        guard let line = stream.line() else { return nil }
        if line.isEmpty { return }
        if line.first == " " || line.first == "\t", fields[last] != nil {
          fields[last]? += " " + line.trimmed
        } else if let colon = line.firstIndex(of: ":") {
          last = line[..<colon].lowercased()
          fields[last] = String(line[line.index(after: colon)...]).trimmed
        } else if version != nil {
          return nil
        }
      }
      return nil
    }

    subscript(name: String) -> String? { fields[name] }
  }
}

/// Bytes of an input, taken line by line or by count; those of the record in hand are kept as long as they are of use.
private struct ByteStream {
  private let input: ByteInput
  private var buffer: [UInt8]
  private var position = 0
  /// Bytes that stood before the buffer.
  private var dropped = 0
  /// Where the record in hand begins, without ``released``.
  private var start = 0
  /// The first bytes of a record that is too large to be kept.
  private var released: [UInt8] = []
  private var offsetOfRecord = 0
  private var isAtEnd = false
  /// Why there is no reading on.
  private(set) var failure: InputError?

  private static let maximumLine = 64 << 10
  private static let recordStart = Array("WARC/1.".utf8)

  init(_ input: ByteInput, head: [UInt8]) {
    self.input = input
    buffer = head
  }

  /// Bytes taken so far.
  var offset: Int { dropped + position }

  /// Whether so many bytes are left; they are then in the buffer.
  mutating func has(_ count: Int) -> Bool {
    while buffer.count - position < count {
      if isAtEnd { return false }
      // Not before half of it is done with: so each byte is moved but once or twice, however small the records are.
      if start > buffer.count / 2 {
        buffer.removeSubrange(..<start)
        dropped += start
        position -= start
        start = 0
      }
      do throws(InputError) {
        isAtEnd = try !input.append(to: &buffer)
      } catch {
        failure = error
        isAtEnd = true
      }
    }
    return true
  }

  /// A line without its end; nil at the end of the input. Of a line beyond the limit the rest is the next line.
  mutating func line() -> String? {
    var bytes: [UInt8] = []
    guard has(1) else { return nil }
    while bytes.count < Self.maximumLine, has(1) {
      let byte = buffer[position]
      position += 1
      if byte == 0x0A { break }
      bytes.append(byte)
    }
    if bytes.last == 0x0D { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Moves to what stands behind the line ends.
  ///
  /// - Returns: whether there is anything left.
  mutating func beginRecord() -> Bool {
    start = position
    while has(1), Self.isLineEnd(buffer[position]) {
      position += 1
      start = position
    }
    released = []
    offsetOfRecord = offset
    return has(1)
  }

  /// Whether a record begins here.
  mutating func isAtRecord() -> Bool { holds(Self.recordStart, at: 0) }

  /// Whether the line before ended in CRLF.
  var isBehindCRLF: Bool { buffer[start..<position].suffix(2).elementsEqual([0x0D, 0x0A]) }

  /// Whether the next record stands behind a block, or the end.
  ///
  /// There should be two line ends between them; not every program writes so many.
  mutating func isAtEndOfRecord(after block: Int) -> Bool {
    var next = block
    while next < block + 16, has(next + 1), Self.isLineEnd(buffer[position + next]) { next += 1 }
    return !has(next + 1) || holds(Self.recordStart, at: next)
  }

  mutating func hasTwoLineEnds(after block: Int) -> Bool {
    holds(Array("\r\n\r\n".utf8), at: block) || holds(Array("\n\n".utf8), at: block)
  }

  /// How far the next line that begins a record is, or the end; nil where it is farther than `limit`.
  mutating func nextRecord(within limit: Int) -> Int? {
    var searched = 0
    var isLineStart = true
    while searched <= limit, has(searched + 1) {
      if isLineStart, holds(Self.recordStart, at: searched) { return searched }
      let end = newline(from: position + searched)
      searched = (end.map { $0 + 1 } ?? buffer.count) - position
      isLineStart = end != nil
    }
    return searched <= limit ? searched : nil
  }

  /// Passes over what stands before the next line that begins a record, without keeping it.
  ///
  /// - Returns: how many bytes that were, `limit` at most.
  @discardableResult
  mutating func skipToRecord(within limit: Int = .max) -> Int {
    var skipped = 0
    if offset > offsetOfRecord, isAtRecord() { return 0 }
    while skipped < limit, has(1) {
      let end = newline(from: position)
      let count = min(limit - skipped, (end.map { $0 + 1 } ?? buffer.count) - position)
      position += count
      skipped += count
      release()
      if skipped < limit, end != nil, isAtRecord() { break }
    }
    return skipped
  }

  private mutating func release() {
    released += buffer[start..<position].prefix(Rejection.maximumRaw - released.count)
    start = position
  }

  /// What was taken of the record in hand, the first bytes of it, and how much it was.
  var record: (bytes: [UInt8], length: Int) {
    (released + buffer[start..<position].prefix(Rejection.maximumRaw - released.count), offset - offsetOfRecord)
  }

  mutating func take(_ count: Int) -> [UInt8]? {
    guard has(count) else { return nil }
    defer { position += count }
    return Array(buffer[position..<position + count])
  }

  /// Passes over bytes that are there.
  mutating func skip(_ count: Int) { position += count }

  private mutating func holds(_ bytes: [UInt8], at distance: Int) -> Bool {
    guard has(distance + bytes.count), buffer[position + distance] == bytes[0] else { return false }
    return buffer[(position + distance)...].starts(with: bytes)
  }

  private func newline(from index: Int) -> Int? {
    buffer.withUnsafeBufferPointer { ByteSearch.index(of: 0x0A, in: $0, from: index) }
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A }
}
