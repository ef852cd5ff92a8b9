internal import BelowTheLine

/// Times as RFC 3339 in UTC, without a calendar library: dumps hold millions of them.
enum Timestamps {
  /// `2023-02-16 10:00:00`, with `T` for the space and `Z`, ` UTC` or an offset at the end where they stand, as `2023-02-16T10:00:00Z`.
  ///
  /// - Returns: nil where the text is no such time, as the zeros that WordPress writes for a draft.
  static func utc(_ text: String) -> String? { utcWithoutOffset(text) ?? instant(text) }

  private static func utcWithoutOffset(_ text: String) -> String? {
    var bytes = Array(text.utf8)
    if bytes.suffix(4).elementsEqual(" UTC".utf8) { bytes.removeLast(4) }
    if bytes.last == UInt8(ascii: "Z") { bytes.removeLast() }
    let shape = Array("0000-00-00 00:00:00".utf8)
    guard bytes.count >= shape.count else { return nil }
    for (index, expected) in shape.enumerated() {
      switch expected {
      case UInt8(ascii: "0"): guard isDigit(bytes[index]) else { return nil }
      case UInt8(ascii: " "): guard bytes[index] == expected || bytes[index] == UInt8(ascii: "T") else { return nil }
      default: guard bytes[index] == expected else { return nil }
      }
    }
    // A fraction of a second may follow, and nothing else.
    let fraction = bytes[shape.count...]
    guard fraction.isEmpty || (fraction.first == UInt8(ascii: ".") && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDigit)) else {
      return nil
    }
    let pairs = [5, 8, 11, 14, 17].map { Int(bytes[$0] - 48) * 10 + Int(bytes[$0 + 1] - 48) }
    guard (1...12).contains(pairs[0]), (1...31).contains(pairs[1]), pairs[2] < 24, pairs[3] < 60, pairs[4] <= 60 else { return nil }
    bytes[10] = UInt8(ascii: "T")
    return String(decoding: bytes, as: UTF8.self) + "Z"
  }

  /// `2023-02-16T11:00:00+01:00` as `2023-02-16T10:00:00Z`, fractions of a second dropped.
  ///
  /// - Returns: nil where the text is no such time, or does not say how far from UTC it is.
  static func instant(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    if bytes.last == UInt8(ascii: "Z") { return utcWithoutOffset(text) }
    let digits = bytes.suffix(5).filter { $0 != UInt8(ascii: ":") }
    guard bytes.count > 19, digits.suffix(4).allSatisfy(isDigit), digits.count >= 4 else { return nil }
    let length = digits.count == 4 ? 6 : 5
    guard bytes.count >= 19 + length, let sign = [UInt8(ascii: "+"): -1, UInt8(ascii: "-"): 1][bytes[bytes.count - length]] else {
      return nil
    }
    let offset = digits.suffix(4).map { Int($0 - 48) }
    let (hours, minutes) = (offset[0] * 10 + offset[1], offset[2] * 10 + offset[3])
    guard hours < 24, minutes < 60, let local = utcWithoutOffset(String(decoding: bytes.dropLast(length), as: UTF8.self)) else {
      return nil
    }
    return utc(seconds: Double(seconds(local) + sign * (hours * 60 + minutes) * 60))
  }

  /// Seconds since 1970 of a time as ``utc(_:)`` writes it, by Hinnant's method too.
  private static func seconds(_ utc: String) -> Int {
    let bytes = Array(utc.utf8)
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) } }
    let (month, day) = (number(5..<7), number(8..<10))
    let year = number(0..<4) - (month <= 2 ? 1 : 0)
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return days * 86_400 + number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19)
  }

  /// Seconds since 1970, fractions dropped.
  ///
  ///     Timestamps.utc(seconds: 1_676_541_600)  // "2023-02-16T10:00:00Z"
  ///
  /// Days become a date by Hinnant's method (*chrono-compatible low-level date algorithms*, 2013).
  ///
  /// - Returns: nil beyond the years 1 to 9999.
  static func utc(seconds: Double) -> String? {
    guard seconds > -62_135_596_800, seconds < 253_402_300_800 else { return nil }
    let seconds = Int(seconds.rounded(.down))
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let second = seconds - day * 86_400
    // Years begin in March, so that the day of the leap year is the last one; eras of 400 years begin in year 0.
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
    let calendarMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0)
    var text: [UInt8] = []
    text.reserveCapacity(20)
    func append(_ value: Int, digits: Int, behind separator: Unicode.Scalar? = nil) {
      if let separator { text.append(UInt8(ascii: separator)) }
      var power = digits == 4 ? 1000 : 10
      while power > 0 {
        text.append(UInt8(ascii: "0") + UInt8(value / power % 10))
        power /= 10
      }
    }
    append(year, digits: 4)
    append(calendarMonth, digits: 2, behind: "-")
    append(dayOfMonth, digits: 2, behind: "-")
    append(second / 3600, digits: 2, behind: "T")
    append(second / 60 % 60, digits: 2, behind: ":")
    append(second % 60, digits: 2, behind: ":")
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}
