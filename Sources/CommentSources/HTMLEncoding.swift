internal import BelowTheLine

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Brings the bytes of a page to UTF-8: by byte order mark, then as declared, else UTF-8 if they are valid, else windows-1252.
enum HTMLEncoding {
  /// - Parameter transport: the charset that came with the page, as HTTP names it; it outdoes the one in the page (WHATWG HTML, 13.2.3.2).
  static func utf8(_ bytes: [UInt8], transport: String? = nil) -> [UInt8] {
    if bytes.starts(with: utf8ByteOrderMark) { return repaired(Array(bytes[3...])) }
    if var decoder = UTF16Decoder(byteOrderMark: bytes) { return withoutNUL(decoder.decode(Array(bytes[2...])) + (decoder.end() ?? [])) }
    let name = transport ?? declared(bytes)
    switch name {
    case nil: return isUTF8(bytes) ? withoutNUL(bytes) : windows1252(bytes)
    case "utf-8", "utf8": return isUTF8(bytes) ? withoutNUL(bytes) : repaired(bytes)
    // Browsers read Latin-1 as windows-1252 (WHATWG Encoding Standard).
    case "iso-8859-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252":
      // A page that declares Latin-1 and holds valid multi-byte UTF-8 was declared wrongly.
      return isUTF8(bytes) ? withoutNUL(bytes) : windows1252(bytes)
    // Who can read that it is UTF-16 does not read UTF-16.
    case let name? where name.hasPrefix("utf-16") || name.hasPrefix("utf-32"): return repaired(bytes)
    case let name?: return supersets[name].flatMap { converted(bytes, $0) } ?? converted(bytes, name) ?? repaired(bytes)
    }
  }

  /// What browsers read in place of what is declared (WHATWG Encoding Standard, 4.2).
  private static let supersets = [
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "iso-8859-9": "windows-1254", "tis-620": "windows-874",
  ]

  /// The charset of a `meta` element in the first two kilobytes, lower-case.
  private static func declared(_ bytes: [UInt8]) -> String? {
    let head = lowercased(bytes.prefix(2048))
    var rest = head[...]
    while let element = rest.firstRange(of: Array("<meta".utf8)) {
      rest = rest[element.upperBound...]
      if let charset = charset(in: rest.prefix { $0 != UInt8(ascii: ">") }) { return charset }
    }
    return nil
  }

  /// The value of `charset=` in a `Content-Type` or an element, lower-case; nil where there is none.
  static func charset(in text: some Collection<UInt8>) -> String? {
    let text = lowercased(text)
    guard let key = text.firstRange(of: Array("charset=".utf8)) else { return nil }
    let value = text[key.upperBound...].drop { $0 == 0x22 || $0 == 0x27 || $0 == 0x20 }
      .prefix { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x5F }
    return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
  }

  private static func lowercased(_ bytes: some Collection<UInt8>) -> [UInt8] { bytes.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 } }

  private static func isUTF8(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer { UTF8Check.isValid($0) } }

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

  /// Whatever else the system can convert; a byte that is no character of this encoding becomes U+FFFD.
  ///
  /// - Returns: nil where it does not know the encoding.
  private static func converted(_ bytes: [UInt8], _ name: String) -> [UInt8]? {
    guard let converter = iconv_open("UTF-8", name), converter != iconv_t(bitPattern: -1) else { return nil }
    defer { iconv_close(converter) }
    var input = bytes
    var room = [CChar](repeating: 0, count: 1 << 16)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 4)
    input.withUnsafeMutableBytes { input in
      var next = input.bindMemory(to: CChar.self).baseAddress
      var left = input.count
      while left > 0 {
        let (status, produced) = room.withUnsafeMutableBufferPointer { room in
          var target = room.baseAddress
          var space = room.count
          let status = iconv(converter, &next, &left, &target, &space)
          return (status == -1 ? errno : 0, room.count - space)
        }
        result += room[..<produced].lazy.map { UInt8(bitPattern: $0) }
        // A character that is no more whole, or none.
        guard status == EILSEQ || status == EINVAL else {
          if produced == 0 { break }
          continue
        }
        result += "\u{FFFD}".utf8
        next = next.map { $0 + 1 }
        left -= 1
      }
    }
    return withoutNUL(result)
  }
}
