internal import BelowTheLine

/// Times of dumps as RFC 3339 in UTC.
enum Timestamps {
  private static let (minute, second) = ("0000-00-00T00:00".utf8.count, "0000-00-00T00:00:00".utf8.count)

  /// `2023-02-16 10:00:00`, with `T` for the space and `Z`, ` UTC` or an offset at the end where they stand, as `2023-02-16T10:00:00Z`.
  /// Fractions of a second are kept but where there is an offset.
  ///
  /// - Returns: nil where the text is no such time, as the zeros that WordPress writes for a draft.
  static func utc(_ text: String) -> String? {
    let text = text.hasSuffix(" UTC") ? text.dropLast(4) + "Z" : text
    let bytes = Array(text.utf8)
    guard bytes.count >= second, bytes[minute] == UInt8(ascii: ":"), let instant = Instant(text) else { return nil }
    let zone = bytes[second...].drop { $0 == UInt8(ascii: ".") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    guard zone.isEmpty || zone.count == 1 else { return instant.utc }
    return String(decoding: bytes[..<10] + [UInt8(ascii: "T")] + bytes[11..<zone.startIndex] + [UInt8(ascii: "Z")], as: UTF8.self)
  }

  /// A time that says how far it is from UTC, as ``utc(_:)`` writes it.
  ///
  ///     Timestamps.instant("2023-02-16T11:00:00+01:00")  // "2023-02-16T10:00:00Z"
  ///
  /// - Returns: nil where the text is no such time, or does not say so.
  static func instant(_ text: String) -> String? { text.utf8.dropFirst(minute).contains { "Zz+-".utf8.contains($0) } ? utc(text) : nil }
}
