#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Looking for single bytes by the system's `memchr`, which compares a whole vector at a time.
package enum ByteSearch {
  /// Where the byte stands first, not before `start`; nil where it does not.
  package static func index(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress, let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// Where a quotation mark, a backslash or a control character stands first, not before `start`: what a JSON string has to be looked at
  /// for, eight bytes at a time; nil where there is none.
  static func indexOfStringMark(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var index = start
    while index < bytes.count {
      let found = index &+ EightBytes.firstStringMark(in: EightBytes.load(bytes, at: index))
      if found < index &+ 8 { return found < bytes.count ? found : nil }
      index &+= 8
    }
    return nil
  }
}

extension String {
  /// Whether it holds a character of ASCII, whatever is combined with it.
  package func contains(ascii character: Unicode.Scalar) -> Bool {
    let byte = UInt8(ascii: character)
    return utf8.withContiguousStorageIfAvailable { ByteSearch.index(of: byte, in: $0) != nil } ?? utf8.contains(byte)
  }

  /// Whether these bytes stand in it. `contains` of a string looks for characters, which takes some thousand times as long.
  package func contains(bytesOf text: StaticString) -> Bool {
    let sought = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    var copy = self
    return copy.withUTF8 { bytes in
      var start = 0
      while let found = ByteSearch.index(of: sought[0], in: bytes, from: start), found + sought.count <= bytes.count {
        if bytes[found..<found + sought.count].elementsEqual(sought) { return true }
        start = found + 1
      }
      return false
    }
  }
}
