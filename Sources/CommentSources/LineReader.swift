internal import BelowTheLine

/// Lines of an input, without their ends (LF or CRLF), counted from 1.
struct LineReader {
  /// A longer line is passed over, so that memory stays bounded.
  static let maximumLength = 16 << 20

  private let input: ByteInput
  private var buffer: [UInt8] = []
  private var position = 0
  private var searched = 0
  private var ended = false
  private(set) var line = 0

  enum Line {
    case bytes([UInt8])
    case tooLong
  }

  init(_ input: ByteInput) { self.input = input }

  /// A reader that begins with bytes already taken from the input.
  init(_ input: ByteInput, head: [UInt8]) {
    self.input = input
    buffer = head
  }

  mutating func next() throws(InputError) -> Line? {
    var tooLong = false
    while true {
      if let end = newline() {
        defer {
          position = end + 1
          searched = position
        }
        line += 1
        return tooLong || end - position > Self.maximumLength ? .tooLong : .bytes(contents(position..<end))
      }
      if ended {
        guard position < buffer.count || tooLong else { return nil }
        defer { position = buffer.count }
        line += 1
        return tooLong ? .tooLong : .bytes(contents(position..<buffer.count))
      }
      searched = buffer.count
      if buffer.count - position > Self.maximumLength {
        tooLong = true
        position = buffer.count
      }
      if position > 0 {
        buffer.removeSubrange(..<position)
        searched -= position
        position = 0
      }
      if let chunk = try input.next() { buffer += chunk } else { ended = true }
    }
  }

  /// Calls `body` with every line that is not blank, a byte order mark left out; lines beyond the limit are rejected.
  static func forEachLine(
    _ lines: LineReader, name: String, _ emit: (SourceEvent) throws -> Void, _ body: ([UInt8], SourceLocation) throws -> Void
  ) throws {
    var lines = lines
    while let line = try lines.next() {
      let location = SourceLocation(name: name, line: lines.line)
      switch line {
      case .tooLong: try emit(tooLong(location))
      case .bytes(var bytes):
        if lines.line == 1, bytes.starts(with: utf8ByteOrderMark) { bytes.removeFirst(3) }
        if bytes.contains(where: { $0 > 0x20 }) { try body(bytes, location) }
      }
    }
  }

  static func tooLong(_ location: SourceLocation) -> SourceEvent {
    .rejected(Rejection(location, reason: "the line is longer than \(maximumLength >> 20) MiB", raw: []))
  }

  private func newline() -> Int? {
    buffer.withUnsafeBufferPointer { ByteSearch.index(of: 0x0A, in: $0, from: searched) }
  }

  private func contents(_ range: Range<Int>) -> [UInt8] {
    let end = range.upperBound > range.lowerBound && buffer[range.upperBound - 1] == 0x0D ? range.upperBound - 1 : range.upperBound
    return Array(buffer[range.lowerBound..<end])
  }
}
