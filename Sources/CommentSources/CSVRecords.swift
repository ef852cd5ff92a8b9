internal import BelowTheLine

/// The records of a table (RFC 4180), from chunks of bytes. Memory is bounded by the longest record that is kept, and a chunk.
///
/// Reading is lenient, as spreadsheets are: a quotation mark within a field stands for itself. But a field whose closing mark was lost goes
/// on to the next mark, which opens another record's field. Where that is found, only the lines of the damaged record are given up.
struct CSVRecords {
  enum Record {
    /// Not all are kept of more than any table has; `count` tells how many there are.
    case fields([String], count: Int)
    case unclosed
    case tooLong
  }

  /// In bytes.
  static let maximumLength = 16 << 20
  /// No table has so many columns.
  private static let maximumFields = 1 << 14

  private let input: ByteInput
  private let separator: UInt8
  /// What was read of the last record and not yet of the next; of one that is too long, its last chunk.
  private var bytes: [UInt8]
  private var start = 0
  private var position = 0
  private var isKept = true
  private var line = 1
  /// The line on which the last record began.
  private(set) var startLine = 1
  /// Of a record of the table, once that is known: what a damaged record's following lines are compared with.
  var columnCount: Int?

  init(_ input: ByteInput, head: [UInt8], separator: UInt8) {
    self.input = input
    self.separator = separator
    bytes = head
  }

  /// The last record as it stands, without its end of line; empty where it is too long.
  var raw: [UInt8] {
    guard isKept else { return [] }
    var end = position
    if end > start, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return Array(bytes[start..<end])
  }

  /// - Complexity: O(bytes) over all records, whatever the bytes: a line that opens a field closes the field that a line before opened.
  mutating func next() throws(InputError) -> Record? {
    isKept = true
    if position > bytes.count / 2 {
      bytes.removeSubrange(..<position)
      position = 0
    }
    start = position
    startLine = line
    guard try byte(at: position) != nil else { return nil }
    var fields: [String] = []
    var count = 0
    var field: [UInt8] = []
    var length = 0
    var inQuotes = false
    var wasQuoted = false
    var openedLine = line
    /// Up to where lines were looked at for a record of their own.
    var searched = start
    func endField() {
      count += 1
      if length <= Self.maximumLength, count <= Self.maximumFields { fields.append(String(decoding: field, as: UTF8.self)) }
      field.removeAll(keepingCapacity: true)
      wasQuoted = false
    }
    while let byte = try byte(at: position) {
      if length > Self.maximumLength, isKept {
        if inQuotes, try giveUp(to: try ownRecord(after: &searched)) { return .unclosed }
        isKept = false
      }
      let run = plainRun(inQuotes: inQuotes)
      if !run.isEmpty {
        length += run.count
        if inQuotes { line += run.count { $0 == UInt8(ascii: "\n") } }
        position = run.endIndex
        if length <= Self.maximumLength { field += run }
        continue
      }
      position += 1
      length += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      if inQuotes {
        if try self.byte(at: position) == UInt8(ascii: "\"") {
          position += 1
          length += 1
          if length <= Self.maximumLength { field.append(byte) }
        } else {
          inQuotes = false
          if line > openedLine, isKept, !(try endsField(at: position)) {
            if try giveUp(to: try ownRecord(after: &searched)) { return .unclosed }
            let before = bytes[position - 2]
            if before == separator || before == UInt8(ascii: "\n") {
              // It opens a field: of a record that is damaged too.
              let lineStart = bytes[..<position].lastIndex(of: UInt8(ascii: "\n"))
              if try giveUp(to: lineStart.map { $0 + 1 }) { return .unclosed }
            }
          }
        }
      } else if byte == UInt8(ascii: "\""), field.isEmpty, !wasQuoted {
        inQuotes = true
        wasQuoted = true
        openedLine = line
      } else if byte == separator {
        endField()
      } else if byte == UInt8(ascii: "\n") {
        break
      } else if length <= Self.maximumLength {
        field.append(byte)
      }
    }
    if inQuotes, isKept {
      _ = try giveUp(to: try ownRecord(after: &searched))
      return .unclosed
    }
    if field.last == UInt8(ascii: "\r") { field.removeLast() }
    endField()
    return length > Self.maximumLength ? .tooLong : .fields(fields, count: count)
  }

  /// Ends the record before a place in ``bytes``, from where the next one is read.
  private mutating func giveUp(to place: Int?) throws(InputError) -> Bool {
    guard let place else { return false }
    line = startLine + bytes[start..<place].count { $0 == UInt8(ascii: "\n") }
    position = place
    return true
  }

  /// The first line of the record, but for its first, that begins a record without any fault: as many fields as the table has columns, and
  /// no quotation mark but around fields or doubled within them.
  private mutating func ownRecord(after searched: inout Int) throws(InputError) -> Int? {
    guard columnCount != nil else { return nil }
    while let end = bytes[searched..<position].firstIndex(of: UInt8(ascii: "\n")) {
      searched = end + 1
      if try isFaultless(from: searched) { return searched }
    }
    return nil
  }

  private mutating func isFaultless(from first: Int) throws(InputError) -> Bool {
    var index = first
    var count = 1
    while let byte = try byte(at: index), byte != UInt8(ascii: "\n") {
      guard index - start < Self.maximumLength else { return false }
      index += 1
      if byte == separator {
        count += 1
      } else if byte == UInt8(ascii: "\"") {
        guard index - 1 == first || bytes[index - 2] == separator else { return false }
        while true {
          guard let quoted = try self.byte(at: index), index - start < Self.maximumLength else { return false }
          index += 1
          if quoted != UInt8(ascii: "\"") { continue }
          guard try self.byte(at: index) == UInt8(ascii: "\"") else { break }
          index += 1
        }
        guard try endsField(at: index) else { return false }
      }
    }
    return count == columnCount
  }

  private mutating func endsField(at index: Int) throws(InputError) -> Bool {
    switch try byte(at: index) {
    case nil, separator, UInt8(ascii: "\n"): true
    case UInt8(ascii: "\r"): try byte(at: index + 1).map { $0 == UInt8(ascii: "\n") } ?? true
    default: false
    }
  }

  private mutating func byte(at index: Int) throws(InputError) -> UInt8? {
    while index >= bytes.count {
      guard let next = try input.next() else { return nil }
      guard isKept else {
        (bytes, position) = (next, 0)
        return next.first
      }
      bytes += next
    }
    return bytes[index]
  }

  /// The bytes from here on that mean nothing but themselves, as far as they are there.
  private func plainRun(inQuotes: Bool) -> ArraySlice<UInt8> {
    let quote = UInt8(ascii: "\"")
    let end = bytes.withUnsafeBufferPointer { bytes in
      if inQuotes { return ByteSearch.index(of: quote, in: bytes, from: position) ?? bytes.count }
      var end = position
      while end < bytes.count, bytes[end] != separator, bytes[end] != quote, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      return end
    }
    return bytes[position..<end]
  }
}
