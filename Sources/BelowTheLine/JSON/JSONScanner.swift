/// Reads JSON (RFC 8259) in place, from bytes.
///
/// The scanner is a cursor; the bytes are handed to every call, because a `Span` cannot be stored. Nesting is bounded by
/// ``maximumDepth``, memory by the size of the input. Bytes that are no UTF-8 and lone surrogates become U+FFFD.
public struct JSONScanner: Sendable {
  public static let maximumDepth = 64

  public var position: Int

  public init(position: Int = 0) { self.position = position }

  /// Reads one value that takes up all of `bytes` but for white space.
  public static func parse(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
    var scanner = JSONScanner()
    let value = try scanner.value(in: bytes)
    try scanner.expectEnd(in: bytes)
    return value
  }

  public static func parse(_ text: String) throws(JSONError) -> JSONValue {
    let bytes = Array(text.utf8)
    return try parse(bytes.span)
  }

  // MARK: Values

  public mutating func value(in bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
    try value(in: bytes, depth: 0)
  }

  private mutating func value(in bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw failure("more than \(Self.maximumDepth) levels of nesting") }
    switch try peek(in: bytes) {
    case UInt8(ascii: "\""): return .string(try string(in: bytes))
    case UInt8(ascii: "{"):
      var members: [JSONMember] = []
      try beginObject(in: bytes)
      while let key = try nextKey(in: bytes, isFirst: members.isEmpty) {
        members.append(JSONMember(key, try value(in: bytes, depth: depth + 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      position += 1
      while try nextElement(in: bytes, isFirst: elements.isEmpty) {
        elements.append(try value(in: bytes, depth: depth + 1))
      }
      return .array(elements)
    case UInt8(ascii: "t"):
      try literal("true", in: bytes)
      return .bool(true)
    case UInt8(ascii: "f"):
      try literal("false", in: bytes)
      return .bool(false)
    case UInt8(ascii: "n"):
      try literal("null", in: bytes)
      return .null
    default: return try number(in: bytes)
    }
  }

  /// Moves behind the next value without making anything of it, checking it as strictly as ``value(in:)`` does.
  public mutating func skipValue(in bytes: Span<UInt8>) throws(JSONError) {
    try skipValue(in: bytes, depth: 0)
  }

  private mutating func skipValue(in bytes: Span<UInt8>, depth: Int) throws(JSONError) {
    guard depth < Self.maximumDepth else { throw failure("more than \(Self.maximumDepth) levels of nesting") }
    var isFirst = true
    switch try peek(in: bytes) {
    case UInt8(ascii: "\""): try check(stringRange(in: bytes), in: bytes)
    case UInt8(ascii: "{"):
      try beginObject(in: bytes)
      while let key = try nextKeyRange(in: bytes, isFirst: isFirst) {
        try check(key, in: bytes)
        try skipValue(in: bytes, depth: depth + 1)
        isFirst = false
      }
    case UInt8(ascii: "["):
      position += 1
      while try nextElement(in: bytes, isFirst: isFirst) {
        try skipValue(in: bytes, depth: depth + 1)
        isFirst = false
      }
    case UInt8(ascii: "t"): try literal("true", in: bytes)
    case UInt8(ascii: "f"): try literal("false", in: bytes)
    case UInt8(ascii: "n"): try literal("null", in: bytes)
    default: _ = try numberRange(in: bytes)
    }
  }

  // MARK: Objects and arrays, a step at a time

  public mutating func beginObject(in bytes: Span<UInt8>) throws(JSONError) {
    guard try peek(in: bytes) == UInt8(ascii: "{") else { throw failure("an object was expected") }
    position += 1
  }

  /// The next key of the object, the cursor then standing before its value; nil at the end of the object.
  public mutating func nextKey(in bytes: Span<UInt8>, isFirst: Bool) throws(JSONError) -> String? {
    guard let range = try nextKeyRange(in: bytes, isFirst: isFirst) else { return nil }
    return try decode(range, in: bytes)
  }

  private mutating func nextKeyRange(in bytes: Span<UInt8>, isFirst: Bool) throws(JSONError) -> StringRange? {
    var byte = try peek(in: bytes)
    if byte == UInt8(ascii: "}") {
      position += 1
      return nil
    }
    if !isFirst {
      guard byte == UInt8(ascii: ",") else { throw failure("a comma or } was expected") }
      position += 1
      byte = try peek(in: bytes)
    }
    guard byte == UInt8(ascii: "\"") else { throw failure("a key in double quotes was expected") }
    let range = try stringRange(in: bytes)
    guard try peek(in: bytes) == UInt8(ascii: ":") else { throw failure("a colon was expected") }
    position += 1
    return range
  }

  private mutating func nextElement(in bytes: Span<UInt8>, isFirst: Bool) throws(JSONError) -> Bool {
    let byte = try peek(in: bytes)
    if byte == UInt8(ascii: "]") {
      position += 1
      return false
    }
    if !isFirst {
      guard byte == UInt8(ascii: ",") else { throw failure("a comma or ] was expected") }
      position += 1
    }
    return true
  }

  public mutating func expectEnd(in bytes: Span<UInt8>) throws(JSONError) {
    skipSpace(in: bytes)
    guard position == bytes.count else { throw failure("something follows the value") }
  }

  // MARK: Strings

  private struct StringRange {
    var contents: Range<Int>
    var hasEscapes: Bool
  }

  /// Reads a string, the cursor standing at its opening quote.
  public mutating func string(in bytes: Span<UInt8>) throws(JSONError) -> String {
    try decode(stringRange(in: bytes), in: bytes)
  }

  private mutating func stringRange(in bytes: Span<UInt8>) throws(JSONError) -> StringRange {
    let start = position + 1
    var index = start
    var hasEscapes = false
    while let mark = bytes.withUnsafeBufferPointer({ ByteSearch.indexOfStringMark(in: $0, from: index) }) {
      switch bytes[mark] {
      case UInt8(ascii: "\""):
        position = mark + 1
        return StringRange(contents: start..<mark, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        index = mark + 2
      default:
        position = mark
        throw failure("a control character stands unescaped in a string")
      }
    }
    position = bytes.count
    throw failure("a string is not closed")
  }

  private func decode(_ range: StringRange, in bytes: Span<UInt8>) throws(JSONError) -> String {
    let contents = bytes.extracting(range.contents)
    guard range.hasEscapes else { return contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(contents.count)
    do throws(JSONError) {
      try Self.unescape(contents, into: &decoded)
    } catch {
      throw JSONError(offset: range.contents.lowerBound + error.offset, reason: error.reason)
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private func check(_ range: StringRange, in bytes: Span<UInt8>) throws(JSONError) {
    if range.hasEscapes { _ = try decode(range, in: bytes) }
  }

  /// Appends the contents of a string with its escapes undone. Lone surrogates become U+FFFD.
  package static func unescape(_ contents: Span<UInt8>, into decoded: inout [UInt8]) throws(JSONError) {
    var index = 0
    while true {
      let run = contents.extracting(index...).withUnsafeBufferPointer { bytes in
        let run = ByteSearch.index(of: UInt8(ascii: "\\"), in: bytes) ?? bytes.count
        decoded.append(contentsOf: bytes[..<run])
        return run
      }
      index += run
      guard index < contents.count else { return }
      let escaped = contents[index + 1]
      index += 2
      switch escaped {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(escaped)
      case UInt8(ascii: "b"): decoded.append(0x08)
      case UInt8(ascii: "f"): decoded.append(0x0C)
      case UInt8(ascii: "n"): decoded.append(0x0A)
      case UInt8(ascii: "r"): decoded.append(0x0D)
      case UInt8(ascii: "t"): decoded.append(0x09)
      case UInt8(ascii: "u"):
        guard let unit = hexUnit(contents, at: index) else {
          throw JSONError(offset: index, reason: "four hexadecimal digits were expected")
        }
        index += 4
        var scalar = unit
        if unit & 0xFC00 == 0xD800, index + 1 < contents.count, contents[index] == UInt8(ascii: "\\"),
          contents[index + 1] == UInt8(ascii: "u"), let low = hexUnit(contents, at: index + 2), low & 0xFC00 == 0xDC00
        {
          scalar = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
          index += 6
        }
        appendUTF8(scalar & 0xFFFF_F800 == 0xD800 ? 0xFFFD : scalar, to: &decoded)
      default:
        throw JSONError(offset: index - 1, reason: "an unknown escape stands in a string")
      }
    }
  }

  private static func hexUnit(_ bytes: Span<UInt8>, at start: Int) -> UInt32? {
    guard start + 4 <= bytes.count else { return nil }
    var unit: UInt32 = 0
    for index in start..<start + 4 {
      let digit: UInt8
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[index] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[index] - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[index] - UInt8(ascii: "A") + 10
      default: return nil
      }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  // MARK: Numbers and literals

  private mutating func number(in bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
    let range = try numberRange(in: bytes)
    // So few digits are a whole number that fits.
    if range.count <= 18, let integer = Self.digits(bytes.extracting(range)) { return .integer(integer) }
    let text = bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    if let integer = Int(text) { return .integer(integer) }
    let isWhole = !text.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    guard !isWhole, let double = Double(text), double.isFinite else { return .numeral(text) }
    return .number(double)
  }

  /// The number that digits alone are; nil where there is anything else.
  private static func digits(_ text: Span<UInt8>) -> Int? {
    var value = 0
    for index in 0..<text.count {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] else { return nil }
      value = value &* 10 &+ Int(text[index] - UInt8(ascii: "0"))
    }
    return value
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func numberRange(in bytes: Span<UInt8>) throws(JSONError) -> Range<Int> {
    let start = position
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    let leadingZero = position < bytes.count && bytes[position] == UInt8(ascii: "0")
    let whole = skipDigits(in: bytes)
    guard whole > 0, !leadingZero || whole == 1 else {
      position = start
      throw failure("a value was expected")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      guard skipDigits(in: bytes) > 0 else { throw failure("a digit was expected") }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") { position += 1 }
      guard skipDigits(in: bytes) > 0 else { throw failure("a digit was expected") }
    }
    return start..<position
  }

  private mutating func skipDigits(in bytes: Span<UInt8>) -> Int {
    let start = position
    while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] { position += 1 }
    return position - start
  }

  private mutating func literal(_ name: StaticString, in bytes: Span<UInt8>) throws(JSONError) {
    guard position + name.utf8CodeUnitCount <= bytes.count else { throw failure("a value was expected") }
    for offset in 0..<name.utf8CodeUnitCount where bytes[position + offset] != name.utf8Start[offset] {
      throw failure("a value was expected")
    }
    position += name.utf8CodeUnitCount
  }

  // MARK: Helpers

  /// The next byte that is no white space, left unread.
  private mutating func peek(in bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
    skipSpace(in: bytes)
    guard position < bytes.count else { throw failure("the value breaks off") }
    return bytes[position]
  }

  private mutating func skipSpace(in bytes: Span<UInt8>) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private func failure(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }
}
