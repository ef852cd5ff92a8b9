internal import BelowTheLine
internal import CLibxml2

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Brings the bytes of a page to UTF-8: by byte order mark, then as declared, else UTF-8 if they are valid, else windows-1252.
enum HTMLEncoding {
  static func utf8(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.starts(with: utf8ByteOrderMark) { return repaired(Array(bytes[3...])) }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return converted(bytes, "UTF-16") ?? repaired(bytes)
    }
    switch declared(bytes) {
    case nil: return isUTF8(bytes) ? withoutNUL(bytes) : windows1252(bytes)
    case "utf-8", "utf8": return isUTF8(bytes) ? withoutNUL(bytes) : repaired(bytes)
    // Browsers read Latin-1 as windows-1252 (WHATWG Encoding Standard).
    case "iso-8859-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252":
      // A page that declares Latin-1 and holds valid multi-byte UTF-8 was declared wrongly.
      return isUTF8(bytes) ? withoutNUL(bytes) : windows1252(bytes)
    case let name?: return converted(bytes, name) ?? repaired(bytes)
    }
  }

  /// The value of `charset=` in the first two kilobytes, lower-case.
  private static func declared(_ bytes: [UInt8]) -> String? {
    let head = bytes.prefix(2048).map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
    let key = Array("charset=".utf8)
    guard head.count > key.count, let place = (0..<head.count - key.count).first(where: { head[$0..<$0 + key.count].elementsEqual(key) })
    else {
      return nil
    }
    let value = head[(place + key.count)...].drop { $0 == 0x22 || $0 == 0x27 || $0 == 0x20 }
      .prefix { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x5F }
    return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
  }

  private static func isUTF8(_ bytes: [UInt8]) -> Bool {
    let span = bytes.span
    var index = 0
    while index < span.count {
      // Eight bytes of ASCII at a time.
      while index + 8 <= span.count, word(span, index) & 0x8080_8080_8080_8080 == 0 { index += 8 }
      guard index < span.count, span[index] >= 0x80 else {
        index += 1
        continue
      }
      let (scalar, length) = decodeScalar(span, at: index)
      if scalar == 0xFFFD, length == 1 { return false }
      index += length
    }
    return true
  }

  @inline(__always)
  private static func word(_ span: Span<UInt8>, _ index: Int) -> UInt64 {
    span.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
  }

  /// The parser ends at a zero byte.
  private static func withoutNUL(_ bytes: [UInt8]) -> [UInt8] {
    memchr(bytes, 0, bytes.count) != nil ? bytes.map { $0 == 0 ? 0x20 : $0 } : bytes
  }

  private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    withoutNUL(Array(String(decoding: bytes, as: UTF8.self).utf8))
  }

  private static func windows1252(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      switch byte {
      case 0: result.append(0x20)
      case 1..<0x80: result.append(byte)
      case 0x80..<0xA0: appendUTF8(upperControls[Int(byte - 0x80)], to: &result)
      default: appendUTF8(UInt32(byte), to: &result)
      }
    }
    return result
  }

  private static let upperControls: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018,
    0x2019,
    0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]

  /// Whatever else libxml2 can convert.
  private static func converted(_ bytes: [UInt8], _ name: String) -> [UInt8]? {
    guard let handler = xmlFindCharEncodingHandler(name), let input = xmlBufferCreate(), let output = xmlBufferCreate() else { return nil }
    defer {
      xmlCharEncCloseFunc(handler)
      xmlBufferFree(input)
      xmlBufferFree(output)
    }
    // The whole buffer goes through one call; what cannot be converted ends it.
    guard xmlBufferAdd(input, bytes, Int32(clamping: bytes.count)) == 0 else { return nil }
    while xmlBufferLength(input) > 0 {
      let before = xmlBufferLength(input)
      let status = xmlCharEncInFunc(handler, output, input)
      if status < 0 || xmlBufferLength(input) == before {
        // One byte that is no character of this encoding becomes a replacement.
        xmlBufferCat(output, "\u{FFFD}")
        if xmlBufferShrink(input, 1) < 0 { break }
      }
    }
    guard let content = xmlBufferContent(output) else { return nil }
    return withoutNUL(Array(UnsafeBufferPointer(start: content, count: Int(xmlBufferLength(output)))))
  }
}
