/// Any JSON value (RFC 8259). Objects keep the order of their members.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  /// A number as it is written that neither an `Int` nor a `Double` holds: whole ones of more than 64 bits, which ids may be, and ones
  /// beyond the range of doubles.
  case numeral(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// The member of an object; nil where there is none or this is no object. The last one counts where a key occurs twice.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// The elements of an array; empty for anything else.
  public var elements: [JSONValue] {
    if case .array(let elements) = self { elements } else { [] }
  }

  public var members: [JSONMember] {
    if case .object(let members) = self { members } else { [] }
  }

  /// A string as it is, a whole number as it is written, a Boolean as `true` or `false`; nil for anything else.
  public var text: String? {
    switch self {
    case .string(let value): value
    case .integer(let value): String(value)
    case .number(let value): "\(value)"
    case .numeral(let value): value
    case .bool(let value): value ? "true" : "false"
    case .null, .array, .object: nil
    }
  }

  /// A number, rounded where no `Double` holds it; nil beyond their range, and for anything else.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .numeral(let value): Double(value).flatMap { $0.isFinite ? $0 : nil }
    default: nil
    }
  }

  public var integer: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }
}

public struct JSONMember: Sendable, Equatable {
  public var key: String
  public var value: JSONValue

  public init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// Why bytes are no JSON, and where.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// Bytes from the start of the value.
  public var offset: Int
  public var reason: String

  public init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }

  public var description: String { "\(reason) at byte \(offset)" }
}
