/// Where the fields of a record stand in its line, found in place: what is needed to score a comment, without making anything of it.
///
///     {"id":"c9","author":"Ann","text":"Hi \u00e9","labels":{"off_topic":true}}
///            ^^                        ^^^^^^^^^
///
/// Only plain lines are read: objects of the project's own fields with the usual types, and others of any type. Anything that the
/// careful reader would reject, convert or repair (a number for an id, a key that occurs twice, bytes that are no UTF-8) gives nil.
public struct CommentLine: Sendable {
  /// The contents of a string.
  public struct Field: Sendable {
    public var range: Range<Int>
    public var hasEscapes: Bool
  }

  /// Whether it is an article, with an id.
  public private(set) var isArticle = false
  /// Whether its escapes can be undone is found out by those who do it.
  public private(set) var text: Field?
  /// The contents, which have no escapes, as those of the other ids.
  public private(set) var id: Range<Int>?
  public private(set) var articleID: Range<Int>?
  public private(set) var parentID: Range<Int>?
  public private(set) var status: Range<Int>?
  public private(set) var author: Field?
  public private(set) var createdAt: Field?
  /// The value, an object or null.
  public private(set) var labels: Range<Int>?
  /// The number.
  public private(set) var weight: Range<Int>?
  /// Whether there are fields besides these.
  public private(set) var hasOthers = false

  /// - Complexity: O(bytes); allocates only for nested values with escapes.
  public init?(_ line: Span<UInt8>) {
    let isPlain = line.withUnsafeBufferPointer { bytes in
      guard var cursor = Cursor(bytes) else { return false }
      return read(&cursor) && (cursor.isASCII || UTF8Check.isValid(bytes))
    }
    guard isPlain else { return nil }
  }

  private enum Key: Int {
    case kind, text, id, articleID, parentID, status
    /// A string or null, which scoring does not look at.
    case author, createdAt
    case labels, weight
    /// A string or null in an article, anything in a comment.
    case articleString
    case other
  }

  private mutating func read(_ cursor: inout Cursor) -> Bool {
    guard cursor.skip(UInt8(ascii: "{")) else { return false }
    var seen = 0
    var isPlainArticle = true
    let keys = Self.keys
    if cursor.skip(UInt8(ascii: "}")) { return false }
    repeat {
      guard cursor.peek() == UInt8(ascii: "\""), let name = cursor.string(), !name.hasEscapes, cursor.skip(UInt8(ascii: ":")) else {
        return false
      }
      let (key, bit) = Self.key(cursor.bytes, name.range, keys)
      guard seen & bit == 0 else { return false }
      seen |= bit
      let next = cursor.peek()
      switch key {
      case .kind, .text, .id, .articleID, .parentID, .status, .author, .createdAt:
        if next == UInt8(ascii: "n") {
          guard key != .text, cursor.literal() else { return false }
          continue
        }
        guard next == UInt8(ascii: "\""), let value = cursor.string() else { return false }
        switch key {
        case .kind:
          isArticle = cursor.equals(value.range, "article")
          guard !value.hasEscapes, isArticle || cursor.equals(value.range, "comment") else { return false }
        case .text: text = value
        case .id, .articleID, .parentID, .status:
          guard !value.hasEscapes else { return false }
          switch key {
          case .id: id = value.range
          case .articleID: articleID = value.range
          case .parentID: parentID = value.range
          default: status = value.range
          }
        default:
          guard !value.hasEscapes || cursor.hasGoodEscapes(value.range) else { return false }
          if key == .author { author = value } else { createdAt = value }
        }
      case .labels:
        let start = cursor.position
        guard cursor.labels() else { return false }
        labels = start..<cursor.position
      case .weight:
        let start = cursor.position
        guard cursor.plainNumber() else { return false }
        weight = start..<cursor.position
      case .articleString:
        isPlainArticle = isPlainArticle && (next == UInt8(ascii: "\"") || next == UInt8(ascii: "n"))
        hasOthers = true
        guard cursor.value() else { return false }
      case .other:
        hasOthers = true
        guard cursor.value() else { return false }
      }
    } while cursor.skip(UInt8(ascii: ","))
    guard cursor.skip(UInt8(ascii: "}")), cursor.isAtEnd() else { return false }
    // What is not decoded later on must be known to be decodable.
    if let text, text.hasEscapes, isArticle, !cursor.hasGoodEscapes(text.range) { return false }
    return isArticle ? isPlainArticle && id?.isEmpty == false : text != nil
  }

  /// What a key means, and a bit for it that is 0 where it may occur twice.
  @inline(__always)
  private static func key(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ keys: [KnownKey]) -> (Key, Int) {
    guard !range.isEmpty, range.count <= 10 else { return (.other, 0) }
    let first = EightBytes.prefix(EightBytes.load(bytes, at: range.lowerBound), min(range.count, 8))
    let rest = range.count > 8 ? EightBytes.prefix(EightBytes.load(bytes, at: range.lowerBound + 8), range.count - 8) : 0
    let known = keys[KnownKey.place(bytes[range.lowerBound], range.count)]
    return known.first == first && known.rest == rest ? (known.key, known.bit) : (.other, 0)
  }

  private struct KnownKey {
    let first: UInt64
    let rest: UInt64
    let key: Key
    let bit: Int

    /// No two have both the first byte and the length in common.
    @inline(__always)
    static func place(_ initial: UInt8, _ length: Int) -> Int { Int(initial & 0x1F) << 4 | length }
  }

  /// By ``KnownKey/place(_:_:)``.
  private static let keys = {
    let names: [(String, Key)] = [
      ("text", .text), ("id", .id), ("article_id", .articleID), ("parent_id", .parentID), ("kind", .kind), ("author", .author),
      ("created_at", .createdAt), ("status", .status), ("labels", .labels), ("weight", .weight), ("url", .articleString),
      ("title", .articleString), ("body", .articleString), ("language", .articleString),
    ]
    var keys = [KnownKey](repeating: KnownKey(first: 0, rest: 0, key: .other, bit: 0), count: 512)
    for (index, (name, key)) in names.enumerated() {
      let bytes = Array(name.utf8)
      keys[KnownKey.place(bytes[0], bytes.count)] = bytes.withUnsafeBufferPointer {
        KnownKey(first: EightBytes.load($0, at: 0), rest: bytes.count > 8 ? EightBytes.load($0, at: 8) : 0, key: key, bit: 1 << index)
      }
    }
    return keys
  }()
}

/// A place in a line, and steps from there. Each returns false or nil where the line is not plain.
private struct Cursor {
  let bytes: UnsafeBufferPointer<UInt8>
  let isASCII: Bool
  private let hasEscapes: Bool
  private(set) var position = 0

  /// - Returns: nil where there are control characters, which plain lines have only as escapes.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    var union: UInt8 = 0
    var least = UInt8.max
    for byte in bytes {
      union |= byte
      least = min(least, byte)
    }
    isASCII = union < 0x80
    hasEscapes = ByteSearch.index(of: UInt8(ascii: "\\"), in: bytes) != nil
    if least < 0x20 { return nil }
  }

  /// The next byte that is no white space; 0 at the end.
  @inline(__always)
  mutating func peek() -> UInt8 {
    while position < bytes.count {
      if bytes[position] != 0x20 { return bytes[position] }
      position &+= 1
    }
    return 0
  }

  @inline(__always)
  mutating func skip(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position &+= 1
    return true
  }

  mutating func isAtEnd() -> Bool { peek() == 0 && position == bytes.count }

  /// The contents of the string that begins here.
  @inline(__always)
  mutating func string() -> CommentLine.Field? {
    let start = position &+ 1
    // Names of fields and ids are short.
    let near = EightBytes.firstIndex(of: UInt8(ascii: "\""), in: EightBytes.load(bytes, at: start))
    guard var end = near < 8 ? start &+ near : ByteSearch.index(of: UInt8(ascii: "\""), in: bytes, from: start) else { return nil }
    var escaped = false
    if hasEscapes {
      guard let found = endOfString(start, firstQuote: end) else { return nil }
      (end, escaped) = found
    }
    position = end &+ 1
    return CommentLine.Field(range: start..<end, hasEscapes: escaped)
  }

  /// The first quote that no backslash makes part of the string.
  private func endOfString(_ start: Int, firstQuote: Int) -> (end: Int, hasEscapes: Bool)? {
    var (end, index, hasEscapes) = (firstQuote, start, false)
    while let backslash = ByteSearch.index(of: UInt8(ascii: "\\"), in: UnsafeBufferPointer(rebasing: bytes[..<end]), from: index) {
      hasEscapes = true
      index = backslash &+ 2
      if index > end {
        guard let next = ByteSearch.index(of: UInt8(ascii: "\""), in: bytes, from: index) else { return nil }
        end = next
      }
    }
    return (end, hasEscapes)
  }

  @inline(__always)
  func equals(_ range: Range<Int>, _ name: StaticString) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count where bytes[range.lowerBound &+ offset] != name.utf8Start[offset] { return false }
    return true
  }

  func hasGoodEscapes(_ range: Range<Int>) -> Bool {
    var unescaped: [UInt8] = []
    return (try? JSONScanner.unescape(Span(_unsafeElements: bytes).extracting(range), into: &unescaped)) != nil
  }

  /// `true`, `false` or `null`.
  mutating func literal() -> Bool {
    switch peek() {
    case UInt8(ascii: "t"): skip("true")
    case UInt8(ascii: "f"): skip("false")
    default: skip("null")
    }
  }

  @inline(__always)
  private mutating func skip(_ name: StaticString) -> Bool {
    let end = position &+ name.utf8CodeUnitCount
    guard end <= bytes.count, equals(position..<end, name) else { return false }
    position = end
    return true
  }

  /// Digits, perhaps with a point: what every reader takes for the same number.
  mutating func plainNumber() -> Bool {
    let start = position
    while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
    guard position > start, position - start < 16, position - start == 1 || bytes[start] != 0x30 else { return false }
    guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return true }
    position += 1
    let fraction = position
    while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
    return position > fraction && position - fraction < 16
  }

  /// Decisions as the careful reader takes them.
  mutating func labels() -> Bool {
    if peek() == UInt8(ascii: "n") { return literal() }
    guard skip(UInt8(ascii: "{")) else { return false }
    if skip(UInt8(ascii: "}")) { return true }
    repeat {
      guard peek() == UInt8(ascii: "\""), let name = string(), !name.hasEscapes, skip(UInt8(ascii: ":")) else { return false }
      switch peek() {
      case UInt8(ascii: "0"), UInt8(ascii: "1"):
        position += 1
        guard peek() == UInt8(ascii: ",") || peek() == UInt8(ascii: "}") else { return false }
      default: guard literal() else { return false }
      }
    } while skip(UInt8(ascii: ","))
    return skip(UInt8(ascii: "}"))
  }

  /// Any value.
  mutating func value() -> Bool {
    switch peek() {
    case UInt8(ascii: "\""): return string().map { !$0.hasEscapes || hasGoodEscapes($0.range) } ?? false
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      var scanner = JSONScanner(position: position)
      guard (try? scanner.skipValue(in: Span(_unsafeElements: bytes))) != nil else { return false }
      position = scanner.position
      return true
    default: return literal()
    }
  }
}
