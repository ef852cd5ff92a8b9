internal import BelowTheLine

/// Brings UTF-16 to UTF-8, chunk by chunk. Surrogates that stand alone become U+FFFD.
struct UTF16Decoder {
  private let isBigEndian: Bool
  /// A byte whose unit is not whole yet.
  private var halfUnit: UInt8?
  /// A high surrogate that waits for the low one.
  private var high: UInt32?

  /// - Returns: nil where the bytes do not begin with the mark of UTF-16.
  init?(byteOrderMark bytes: [UInt8]) {
    if bytes.starts(with: [0xFE, 0xFF]) {
      isBigEndian = true
    } else if bytes.starts(with: [0xFF, 0xFE]) {
      isBigEndian = false
    } else {
      return nil
    }
  }

  /// The scalars that are whole by now.
  mutating func decode(_ bytes: [UInt8]) -> [UInt8] {
    var utf8: [UInt8] = []
    utf8.reserveCapacity(bytes.count)
    for byte in bytes {
      guard let first = halfUnit else {
        halfUnit = byte
        continue
      }
      halfUnit = nil
      append(isBigEndian ? UInt32(first) << 8 | UInt32(byte) : UInt32(byte) << 8 | UInt32(first), to: &utf8)
    }
    return utf8
  }

  /// What is left at the end of the input, U+FFFD for a half; nil where there is nothing.
  mutating func end() -> [UInt8]? {
    guard high != nil || halfUnit != nil else { return nil }
    (high, halfUnit) = (nil, nil)
    return Array("\u{FFFD}".utf8)
  }

  private mutating func append(_ unit: UInt32, to utf8: inout [UInt8]) {
    if let high {
      self.high = nil
      if unit & 0xFC00 == 0xDC00 { return appendUTF8(0x10000 + (high & 0x3FF) << 10 + unit & 0x3FF, to: &utf8) }
      appendUTF8(0xFFFD, to: &utf8)
    }
    switch unit & 0xFC00 {
    case 0xD800: high = unit
    case 0xDC00: appendUTF8(0xFFFD, to: &utf8)
    default: appendUTF8(unit, to: &utf8)
    }
  }
}
