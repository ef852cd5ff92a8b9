internal import BelowTheLine

/// Web archives (WARC 1.0 and 1.1, ISO 28500): every HTML response and every converted text is one page.
///
/// Read as a stream, plain or compressed member by member: memory is bounded by the largest page, whatever the size of the
/// file. A record whose header is broken is rejected with its byte offset, and reading goes on at the next `WARC/1.` line.
enum WARCReader {
  /// A larger page is passed over.
  static let maximumPage = 32 << 20

  static func read(_ input: ByteInput, head: [UInt8], _ emit: (SourceEvent) throws -> Void) throws {
    var stream = ByteStream(input, head: head)
    while try stream.skipToRecord() {
      let offset = stream.offset
      let location = SourceLocation(name: input.name)
      guard let header = try Header(&stream), let length = header["content-length"].flatMap({ Int($0) }), length >= 0 else {
        try emit(
          .rejected(Rejection(location, field: "Content-Length", reason: "the WARC record at byte \(offset) has no valid header", raw: [])))
        continue
      }
      let type = header["warc-type"]
      let isPage = type == "conversion" || type == "response" && header["content-type"]?.lowercased().hasPrefix("application/http") != false
      guard isPage, length <= maximumPage else {
        if isPage {
          try emit(
            .rejected(
              Rejection(
                location, reason: "the WARC record at byte \(offset) has \(length >> 20) MiB, which is too much for one page", raw: [])))
        }
        guard try stream.skip(length) else { return try emit(.rejected(brokenOff(location, offset))) }
        continue
      }
      guard let block = try stream.take(length) else { return try emit(.rejected(brokenOff(location, offset))) }
      if try !stream.isAtEndOfRecord(), let next = block.firstRange(of: Array("\nWARC/1.".utf8)) {
        let reason = "the WARC record at byte \(offset) is said to be longer than it is"
        try emit(.rejected(Rejection(location, field: "Content-Length", reason: reason, raw: [])))
        stream.putBack(block[(next.lowerBound + 1)...])
        continue
      }
      let url = header["warc-target-uri"].map { $0.trimming { "<>".contains($0) } }
      let name = url ?? "\(input.name)@\(offset)"
      if type == "conversion" {
        try PlainTextPage.read(block, name: name, url: url, emit)
        continue
      }
      do {
        if let (page, charset) = try html(block) { try HTMLPage.read(page, name: name, url: url, charset: charset, emit) }
      } catch let problem as BrokenPage {
        try emit(.rejected(Rejection(location, reason: "the page of the WARC record at byte \(offset) \(problem.reason)", raw: [])))
      }
    }
  }

  /// Why there is no reading a page that is there.
  private struct BrokenPage: Error { var reason: String }

  private static func brokenOff(_ location: SourceLocation, _ offset: Int) -> Rejection {
    Rejection(location, reason: "the WARC record at byte \(offset) breaks off", raw: [])
  }

  /// The body of an HTTP response that is a page (RFC 9112), and its charset; nil for images, redirections and the like.
  private static func html(_ message: [UInt8]) throws -> (page: [UInt8], charset: String?)? {
    var stream = ByteStream(ByteInput(name: "", bytes: []), head: message)
    guard let status = try stream.line(), status.hasPrefix("HTTP/"), status.split(separator: " ").dropFirst().first == "200" else {
      return nil
    }
    guard let header = try Header(&stream, version: nil) else { throw BrokenPage(reason: "has no end of its HTTP header") }
    let type = (header["content-type"] ?? "text/html").lowercased()
    guard type.hasPrefix("text/html") || type.hasPrefix("application/xhtml") else { return nil }
    let charset = HTMLEncoding.charset(in: type.utf8)
    var body = Array(message[stream.offset...])
    if header["transfer-encoding"]?.lowercased() == "chunked", let whole = unchunked(body) { body = whole }
    if body.starts(with: [0x1F, 0x8B]) {
      do throws(InputError) {
        let input = ByteInput(name: "", bytes: body)
        let page = try input.all(limit: maximumPage)
        if let damage = input.damage { throw damage }
        return (page, charset)
      } catch {
        throw BrokenPage(reason: "cannot be unpacked: \(error.reason)")
      }
    }
    // Many archives hold the page unpacked, and the header as it was.
    if let encoding = header["content-encoding"]?.lowercased(), ["br", "deflate", "zstd"].contains(encoding), !looksLikeText(body) {
      throw BrokenPage(reason: "is packed as \(encoding), which is not read")
    }
    return (body, charset)
  }

  /// Whether no byte at the beginning is one that texts do not hold.
  private static func looksLikeText(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(1024).allSatisfy { $0 >= 0x20 || 0x09...0x0D ~= $0 }
  }

  /// RFC 9112, section 7.1; nil where the body is not chunked after all, as many archives store it.
  private static func unchunked(_ body: [UInt8]) -> [UInt8]? {
    var stream = ByteStream(ByteInput(name: "", bytes: []), head: body)
    var whole: [UInt8] = []
    while let line = try? stream.line() {
      guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16), size >= 0, size <= body.count else { return nil }
      if size == 0 { return whole }
      guard let chunk = try? stream.take(size), (try? stream.line()) == "" else { return nil }
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
    init?(_ stream: inout ByteStream, version: String? = "WARC/1.") throws(InputError) {
      if let version {
        guard let line = try stream.line(), line.hasPrefix(version) else { return nil }
      }
      var last = ""
      for _ in 0..<Self.maximumFields {
        // The end of this one is lost, not the next record.
        if version != nil, try stream.isAtRecord() { return nil }
        guard let line = try stream.line() else { return nil }
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

/// Bytes of an input, taken line by line or by count.
private struct ByteStream {
  private let input: ByteInput
  private var buffer: [UInt8]
  private var position = 0
  /// Bytes taken so far.
  private(set) var offset = 0

  private static let maximumLine = 64 << 10

  init(_ input: ByteInput, head: [UInt8]) {
    self.input = input
    buffer = head
  }

  /// - Returns: whether there is anything left.
  private mutating func fill() throws(InputError) -> Bool {
    while position == buffer.count {
      guard let next = try input.next() else { return false }
      buffer = next
      position = 0
    }
    return true
  }

  /// A line without its end; nil at the end of the input. Of a line beyond the limit the rest is the next line.
  mutating func line() throws(InputError) -> String? {
    var bytes: [UInt8] = []
    var isEmpty = true
    while bytes.count < Self.maximumLine, try fill() {
      isEmpty = false
      let byte = buffer[position]
      position += 1
      offset += 1
      if byte == 0x0A { break }
      bytes.append(byte)
    }
    if isEmpty { return nil }
    if bytes.last == 0x0D { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Moves to the next line that begins a record; the line is left unread.
  mutating func skipToRecord() throws(InputError) -> Bool {
    while try fill() {
      if try isAtRecord() { return true }
      while try fill() {
        let byte = buffer[position]
        position += 1
        offset += 1
        if byte == 0x0A { break }
      }
    }
    return false
  }

  /// Whether a record begins here.
  mutating func isAtRecord() throws(InputError) -> Bool { try peek(7).elementsEqual("WARC/1.".utf8) }

  /// Whether the two line ends follow that stand behind each record, or nothing at all.
  mutating func isAtEndOfRecord() throws(InputError) -> Bool {
    let next = try peek(4)
    return next.isEmpty || next.elementsEqual("\r\n\r\n".utf8) || next.starts(with: "\n\n".utf8)
  }

  /// The next bytes, left unread; fewer at the end.
  private mutating func peek(_ count: Int) throws(InputError) -> ArraySlice<UInt8> {
    while buffer.count - position < count, let next = try input.next() {
      buffer = Array(buffer[position...]) + next
      position = 0
    }
    return buffer[position..<min(position + count, buffer.count)]
  }

  /// Lets bytes that were taken come again.
  mutating func putBack(_ bytes: ArraySlice<UInt8>) {
    buffer = Array(bytes) + buffer[position...]
    position = 0
    offset -= bytes.count
  }

  mutating func take(_ count: Int) throws(InputError) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, 1 << 20))
    while bytes.count < count {
      guard try fill() else { return nil }
      let part = min(count - bytes.count, buffer.count - position)
      bytes += buffer[position..<position + part]
      position += part
      offset += part
    }
    return bytes
  }

  mutating func skip(_ count: Int) throws(InputError) -> Bool {
    var left = count
    while left > 0 {
      guard try fill() else { return false }
      let part = min(left, buffer.count - position)
      position += part
      offset += part
      left -= part
    }
    return true
  }
}
