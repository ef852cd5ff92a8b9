/// Writes JSON (RFC 8259) into a byte buffer that is used again and again.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  /// Whether a comma is due before the next member or element.
  var needsComma = false

  public init() {}

  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  public mutating func newline() {
    bytes.append(0x0A)
    needsComma = false
  }

  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  public mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A key that was written once before.
  public mutating func key(_ key: JSONKey) {
    key.bytes.withUnsafeBufferPointer { key in append(upTo: key.count) { Self.copy(key, to: $0) } }
    needsComma = false
  }

  public mutating func string(_ value: String) {
    var value = value
    value.withUTF8 { string(utf8: Span(_unsafeElements: $0)) }
  }

  /// A string of UTF-8.
  public mutating func string(utf8: Span<UInt8>) {
    utf8.withUnsafeBufferPointer { utf8 in
      if utf8.contains(where: Self.isEscaped) {
        separate()
        quote(utf8)
      } else {
        append(upTo: utf8.count + 2) { target in
          target.pointee = UInt8(ascii: "\"")
          let end = target + 1 + Self.copy(utf8, to: target + 1)
          end.pointee = UInt8(ascii: "\"")
          return utf8.count + 2
        }
      }
    }
    needsComma = true
  }

  /// A string, or `null`.
  public mutating func string(_ value: String?) {
    if let value { string(value) } else { null() }
  }

  public mutating func integer(_ value: Int) {
    append(upTo: 20) { target in
      // Digits from the last on.
      var (rest, digits) = (value.magnitude, 1)
      var power: UInt = 10
      while rest >= power { (power, digits) = (power * 10, digits + 1) }
      let start = value < 0 ? 1 : 0
      if value < 0 { target.pointee = UInt8(ascii: "-") }
      for place in stride(from: start + digits - 1, through: start, by: -1) {
        target[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      return start + digits
    }
    needsComma = true
  }

  public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
  public mutating func null() { literal("null") }

  /// The shortest decimal that reads back as the same number; `null` where it is not finite.
  public mutating func number(_ value: Double) {
    if !value.isFinite { return null() }
    literal(value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)")
  }

  /// A number with four decimals, by integer arithmetic; as ``number(_:)`` from 10^12 on.
  public mutating func fixed4(_ value: Double) {
    guard abs(value) < 1e12 else { return number(value) }
    let scaled = Int((value * 10_000).rounded())
    append(upTo: 20) { target in
      var count = 0
      if scaled < 0 {
        target.pointee = UInt8(ascii: "-")
        count = 1
      }
      // Digits from the last on, four of them behind the point at least.
      var rest = scaled.magnitude
      var digits = 5
      var power: UInt = 100_000
      while rest >= power { (power, digits) = (power * 10, digits + 1) }
      count += digits + 1
      for place in 1...digits + 1 {
        if place == 5 {
          target[count - place] = UInt8(ascii: ".")
        } else {
          target[count - place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        }
      }
      return count
    }
    needsComma = true
  }

  /// A number as it is written already.
  private mutating func numeral(_ value: String) {
    append(upTo: value.utf8.count) { target in
      for (index, byte) in value.utf8.enumerated() { target[index] = byte }
      return value.utf8.count
    }
    needsComma = true
  }

  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .number(let value): number(value)
    case .numeral(let value): numeral(value)
    case .string(let value): string(value)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        key(member.key)
        self.value(member.value)
      }
      endObject()
    }
  }

  public static func text(_ value: JSONValue) -> String {
    var writer = JSONWriter()
    writer.value(value)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Appends a comma where one is due, and what `write` puts down.
  @inline(__always)
  mutating func append(upTo count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    let needsComma = needsComma
    bytes.append(addingCapacity: count + 1) { bytes in
      bytes.withUnsafeMutableBufferPointer { bytes, count in
        guard let start = bytes.baseAddress else { return }
        if needsComma {
          start.pointee = UInt8(ascii: ",")
          count = 1 + write(start + 1)
        } else {
          count = write(start)
        }
      }
    }
  }

  @inline(__always)
  private static func copy(_ bytes: UnsafeBufferPointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) -> Int {
    if let start = bytes.baseAddress { target.update(from: start, count: bytes.count) }
    return bytes.count
  }

  @inline(__always)
  static func isEscaped(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func open(_ byte: UInt8) {
    separate()
    bytes.append(byte)
    needsComma = false
  }

  private mutating func close(_ byte: UInt8) {
    bytes.append(byte)
    needsComma = true
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  private mutating func quote(_ text: String) {
    var text = text
    text.withUTF8 { quote($0) }
  }

  private mutating func quote(_ utf8: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for index in utf8.indices where Self.isEscaped(utf8[index]) {
      bytes.append(contentsOf: utf8[start..<index])
      escape(utf8[index])
      start = index + 1
    }
    bytes.append(contentsOf: utf8[start...])
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(hexDigits[Int(byte >> 4)])
      bytes.append(hexDigits[Int(byte & 15)])
    }
  }
}

/// A key as it stands in JSON, quoted once for all rows.
public struct JSONKey: Sendable {
  let bytes: [UInt8]

  public init(_ name: String) {
    var writer = JSONWriter()
    writer.key(name)
    bytes = writer.bytes
  }
}

private let hexDigits = Array("0123456789abcdef".utf8)
