/// Where the fields of a record stand in its line, found in place: what is needed to score a comment, without making anything of it.
///
///     {"id":"c9","author":"Ann","text":"Hi \u00e9","labels":{"off_topic":true}}
///            ^^                        ^^^^^^^^^
///
/// Only plain lines are read: objects of the project's own fields with the usual types, and others of any type. Anything that the
/// careful reader would reject, convert or repair (a fraction for an id, a key that occurs twice, bytes that are no UTF-8) gives nil.
public struct CommentLine: Sendable {
  /// The contents of a string, or a whole number.
  public struct Field: Sendable {
    public var range: Range<Int>
    public var hasEscapes: Bool
  }

  /// Whether it is an article, with an id.
  public fileprivate(set) var isArticle = false
  /// Whether there are fields besides those below.
  public fileprivate(set) var hasOthers = false
  /// Whether all bytes of the line are ASCII; otherwise they are UTF-8.
  public fileprivate(set) var isASCII = true

  /// Whether its escapes can be undone is found out by those who do it.
  public var text: Field? { field(.text) }
  /// The contents, which have no escapes, as those of the other ids.
  public var id: Range<Int>? { range(.id) }
  public var articleID: Range<Int>? { range(.articleID) }
  public var parentID: Range<Int>? { range(.parentID) }
  public var status: Range<Int>? { range(.status) }
  public var author: Field? { field(.author) }
  public var createdAt: Field? { field(.createdAt) }
  /// The value, an object or null.
  public var labels: Range<Int>? { range(.labels) }
  /// The number.
  public var weight: Range<Int>? { range(.weight) }

  package enum Key: Int {
    case text, id, articleID, parentID, status
    /// A string or null, which scoring does not look at.
    case author, createdAt
    case labels, weight
    // Of those that follow, the place is not kept.
    case kind
    /// A string or null in an article, anything in a comment.
    case articleString
    /// Null, or an object that does not say `removal_type`: who it was removed by is left to the careful reader.
    case removal
    /// Left to the careful reader, whatever it says.
    case careful
    case other
  }

  /// The names in records of the project's own.
  package static let ownFields: [(name: String, key: Key)] = [
    ("text", .text), ("id", .id), ("article_id", .articleID), ("parent_id", .parentID), ("kind", .kind), ("author", .author),
    ("created_at", .createdAt), ("status", .status), ("labels", .labels), ("weight", .weight), ("url", .articleString),
    ("title", .articleString), ("body", .articleString), ("language", .articleString), ("auxiliary", .careful),
  ]

  /// Forgets a field.
  package mutating func remove(_ key: Key) { places[key.rawValue] = Place(start: 0, end: 0) }

  /// By ``Key``. Nothing begins at 0, where the brace stands.
  fileprivate var places = InlineArray<9, Place>(repeating: Place(start: 0, end: 0))
  /// A bit for each ``Key``.
  fileprivate var escaped: UInt16 = 0

  fileprivate struct Place {
    let start: UInt32
    let end: UInt32

    init(start: Int, end: Int) {
      self.start = UInt32(truncatingIfNeeded: start)
      self.end = UInt32(truncatingIfNeeded: end)
    }
  }

  fileprivate init() {}

  private func range(_ key: Key) -> Range<Int>? {
    let place = places[key.rawValue]
    return place.start == 0 ? nil : Int(place.start)..<Int(place.end)
  }

  private func field(_ key: Key) -> Field? {
    range(key).map { Field(range: $0, hasEscapes: escaped & 1 << UInt16(key.rawValue) != 0) }
  }
}

/// Reads lines in which the same fields stand in the same order, as they do in a dump, without looking for the end of a name or
/// what it means: what stood before a value in the line before most likely stands there again.
public struct CommentLineReader: Sendable {
  /// What stood before each of the first values.
  private var names = InlineArray<16, FieldName>(repeating: FieldName())
  private let known: [FieldName.Known]

  public init() { self.init(fields: CommentLine.ownFields) }

  /// For lines of another format. What holds of text, ids and author holds of the fields that have these meanings there.
  ///
  /// - Parameter fields: their names. No line is plain where one has more than 15 bytes, or two are alike in first byte and length.
  package init(fields: [(String, CommentLine.Key)]) { known = FieldName.known(fields) ?? [FieldName.Known](repeating: .none, count: 512) }

  /// - Parameter line: less than 4 GiB.
  /// - Returns: nil where the line is not plain.
  /// - Complexity: O(bytes); allocates only for nested values with escapes.
  public mutating func read(_ line: Span<UInt8>) -> CommentLine? {
    var fields = CommentLine()
    let isPlain = line.withUnsafeBufferPointer { bytes in
      guard bytes.count <= Int(UInt32.max), var cursor = Cursor(bytes) else { return false }
      fields.isASCII = cursor.isASCII
      return read(&fields, &cursor) && (cursor.isASCII || UTF8Check.isValid(bytes))
    }
    return isPlain ? fields : nil
  }

  @inline(__always)
  private mutating func read(_ fields: inout CommentLine, _ cursor: inout Cursor) -> Bool {
    guard cursor.peek() == UInt8(ascii: "{") else { return false }
    var seen = 0
    var isPlainArticle = true
    var index = 0
    repeat {
      if !cursor.skip(names[index]) {
        guard let name = FieldName(behind: &cursor, known) else { return false }
        names[index] = name
      }
      let (key, bit) = (names[index].key, names[index].bit)
      guard seen & bit == 0 else { return false }
      seen |= bit
      // Those behind the last are looked up every time.
      index = min(index &+ 1, names.count &- 1)
      let next = cursor.peek()
      switch key {
      case .text, .id, .articleID, .parentID, .status, .author, .createdAt, .kind:
        if next == UInt8(ascii: "n") {
          guard key != .text, cursor.literal() else { return false }
          continue
        }
        if UInt8(ascii: "0")...UInt8(ascii: "9") ~= next {
          guard key != .text, key != .kind, let digits = cursor.wholeNumber() else { return false }
          fields.places[key.rawValue] = CommentLine.Place(start: digits.lowerBound, end: digits.upperBound)
          continue
        }
        guard next == UInt8(ascii: "\""), let value = cursor.string() else { return false }
        if key == .kind {
          fields.isArticle = cursor.equals(value.range, "article")
          guard fields.isArticle || cursor.equals(value.range, "comment") else { return false }
          continue
        }
        fields.places[key.rawValue] = CommentLine.Place(start: value.range.lowerBound, end: value.range.upperBound)
        guard value.hasEscapes else { continue }
        fields.escaped |= 1 << UInt16(key.rawValue)
        let mayHaveEscapes = key == .text || key == .author || key == .createdAt
        guard mayHaveEscapes, key == .text || cursor.hasGoodEscapes(value.range) else { return false }
      case .labels, .weight:
        let start = cursor.position
        guard key == .labels ? cursor.labels() : cursor.plainNumber() else { return false }
        fields.places[key.rawValue] = CommentLine.Place(start: start, end: cursor.position)
      case .removal:
        if next == UInt8(ascii: "n") {
          guard cursor.literal() else { return false }
          continue
        }
        let start = cursor.position
        guard next == UInt8(ascii: "{"), cursor.value(), !cursor.mayHold("removal_type", from: start) else { return false }
        fields.hasOthers = true
      case .careful: return false
      case .articleString, .other:
        if key == .articleString { isPlainArticle = isPlainArticle && (next == UInt8(ascii: "\"") || next == UInt8(ascii: "n")) }
        fields.hasOthers = true
        guard cursor.value() else { return false }
      }
    } while cursor.peek() == UInt8(ascii: ",")
    guard cursor.skip(UInt8(ascii: "}")), cursor.isAtEnd() else { return false }
    guard fields.isArticle else { return fields.text != nil }
    // What is not decoded later on must be known to be decodable.
    if let text = fields.text, text.hasEscapes, !cursor.hasGoodEscapes(text.range) { return false }
    return isPlainArticle && fields.id?.isEmpty == false
  }
}

/// The name of a field as it stands in a line, from the sign before it to the value: `, "parent_id": `
private struct FieldName {
  let key: CommentLine.Key
  /// One for each key that must not occur twice, else 0.
  let bit: Int
  /// How many bytes, sixteen at most: longer ones are looked up every time.
  private(set) var length = 0
  private var first = ~UInt64(0)
  private var rest = ~UInt64(0)
  private var firstMask = ~UInt64(0)
  private var restMask = ~UInt64(0)

  /// A name that stands nowhere.
  init() { (key, bit) = (.other, 0) }

  private init(_ key: CommentLine.Key, bit: Int) { (self.key, self.bit) = (key, bit) }

  /// The name behind a brace or comma, which the cursor stands at.
  init?(behind cursor: inout Cursor, _ known: [Known]) {
    let start = cursor.position
    cursor.step()
    guard cursor.peek() == UInt8(ascii: "\""), let name = cursor.string(), !name.hasEscapes, cursor.skip(UInt8(ascii: ":")) else {
      return nil
    }
    let (key, bit) = Self.meaning(cursor.bytes, name.range, known)
    self.init(key, bit: bit)
    _ = cursor.peek()
    let length = cursor.position - start
    guard length <= 16 else { return }
    self.length = length
    (firstMask, restMask) = (EightBytes.prefix(~0, min(length, 8)), EightBytes.prefix(~0, max(length - 8, 0)))
    (first, rest) = (EightBytes.load(cursor.bytes, at: start) & firstMask, EightBytes.load(cursor.bytes, at: start + 8) & restMask)
  }

  @inline(__always)
  func matches(_ bytes: UnsafeRawPointer) -> Bool {
    let first = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    let rest = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    return (first ^ self.first) & firstMask | (rest ^ self.rest) & restMask == 0
  }

  private static func meaning(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ known: [Known]) -> (CommentLine.Key, bit: Int) {
    guard !range.isEmpty, range.count <= 15 else { return (.other, 0) }
    let first = EightBytes.prefix(EightBytes.load(bytes, at: range.lowerBound), min(range.count, 8))
    let rest = range.count > 8 ? EightBytes.prefix(EightBytes.load(bytes, at: range.lowerBound + 8), range.count - 8) : 0
    let name = known[Known.place(bytes[range.lowerBound], range.count)]
    return name.first == first && name.rest == rest ? (name.key, name.bit) : (.other, 0)
  }

  struct Known {
    let first: UInt64
    let rest: UInt64
    let key: CommentLine.Key
    let bit: Int

    static let none = Known(first: 0, rest: 0, key: .other, bit: 0)

    /// No two have both the first byte and the length in common.
    @inline(__always)
    static func place(_ initial: UInt8, _ length: Int) -> Int { Int(initial & 0x1F) << 4 | length }
  }

  /// By ``Known/place(_:_:)``; nil where names are too long, or cannot be told apart.
  static func known(_ names: [(String, CommentLine.Key)]) -> [Known]? {
    var known = [Known](repeating: .none, count: 512)
    for (index, (name, key)) in names.enumerated() {
      let bytes = Array(name.utf8)
      guard 1...15 ~= bytes.count, known[Known.place(bytes[0], bytes.count)].bit == 0 else { return nil }
      known[Known.place(bytes[0], bytes.count)] = bytes.withUnsafeBufferPointer {
        Known(first: EightBytes.load($0, at: 0), rest: bytes.count > 8 ? EightBytes.load($0, at: 8) : 0, key: key, bit: 1 << index)
      }
    }
    return known
  }
}

/// A place in a line, and steps from there. Each returns false or nil where the line is not plain.
private struct Cursor {
  let bytes: UnsafeBufferPointer<UInt8>
  let isASCII: Bool
  private(set) var position = 0
  /// Where the next backslash stands; the end of the line where there is none.
  private var nextBackslash: Int

  /// - Returns: nil where there are control characters, which plain lines have only as escapes.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    let (isASCII, hasControls) = Self.survey(bytes)
    self.isASCII = isASCII
    nextBackslash = Self.backslash(in: bytes, from: 0)
    if hasControls { return nil }
  }

  /// Whether all bytes are ASCII, and whether control characters are among them.
  private static func survey(_ bytes: UnsafeBufferPointer<UInt8>) -> (isASCII: Bool, hasControls: Bool) {
    var (union, least) = (UInt8.min, UInt8.max)
    for byte in bytes {
      union |= byte
      least = min(least, byte)
    }
    return (union < 0x80, least < 0x20)
  }

  private static func backslash(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    ByteSearch.index(of: UInt8(ascii: "\\"), in: bytes, from: start) ?? bytes.count
  }

  /// Steps over a name where it stands here.
  @inline(__always)
  mutating func skip(_ name: FieldName) -> Bool {
    guard position &+ 16 <= bytes.count, let start = bytes.baseAddress, name.matches(start + position) else { return false }
    position &+= name.length
    return true
  }

  /// Steps over a byte.
  mutating func step() { position &+= 1 }

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
    let hasEscapes = nextBackslash < end
    if hasEscapes {
      guard let found = endOfString(firstQuote: end) else { return nil }
      end = found
    }
    position = end &+ 1
    return CommentLine.Field(range: start..<end, hasEscapes: hasEscapes)
  }

  /// The first quote that no backslash makes part of the string.
  private mutating func endOfString(firstQuote: Int) -> Int? {
    var end = firstQuote
    while nextBackslash < end {
      let next = nextBackslash &+ 2
      if next > end {
        guard let quote = ByteSearch.index(of: UInt8(ascii: "\""), in: bytes, from: next) else { return nil }
        end = quote
      }
      nextBackslash = Self.backslash(in: bytes, from: next)
    }
    return end
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
  @inline(__always)
  mutating func literal() -> Bool {
    let word = EightBytes.load(bytes, at: position)
    let length =
      switch (EightBytes.prefix(word, 4), EightBytes.prefix(word, 5)) {
      case (0x6575_7274, _), (0x6C6C_756E, _): 4
      case (_, 0x65_736C_6166): 5
      default: 0
      }
    position &+= length
    return length > 0
  }

  /// Digits that begin here and are all of a number.
  mutating func wholeNumber() -> Range<Int>? {
    let start = position
    while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
    guard position - start == 1 || bytes[start] != 0x30 else { return nil }
    let range = start..<position
    return peek() == UInt8(ascii: ",") || peek() == UInt8(ascii: "}") ? range : nil
  }

  /// Digits, perhaps with a point: what every reader takes for the same number.
  mutating func plainNumber() -> Bool {
    let start = position
    while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
    // With more digits it may be above the greatest weight.
    guard position > start, position - start < 10, position - start == 1 || bytes[start] != 0x30 else { return false }
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

  /// Whether a name stands between here and where the cursor is, as it is or by escapes.
  func mayHold(_ name: StaticString, from start: Int) -> Bool {
    let value = UnsafeBufferPointer(rebasing: bytes[start..<position])
    guard ByteSearch.index(of: UInt8(ascii: "\\"), in: value) == nil else { return true }
    return value.firstRange(of: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) != nil
  }

  /// Any value.
  mutating func value() -> Bool {
    switch peek() {
    case UInt8(ascii: "\""): return string().map { !$0.hasEscapes || hasGoodEscapes($0.range) } ?? false
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      var scanner = JSONScanner(position: position)
      guard (try? scanner.skipValue(in: Span(_unsafeElements: bytes))) != nil else { return false }
      position = scanner.position
      if nextBackslash < position { nextBackslash = Self.backslash(in: bytes, from: position) }
      return true
    default: return literal()
    }
  }
}
