/// A moment, by which times compare that were written in different zones.
///
///     Instant("2024-03-01T00:30:00+02:00") == Instant("2024-02-29T22:30:00Z")  // true
public struct Instant: Sendable, Equatable {
  /// Since 1970 in UTC, without leap seconds.
  public let seconds: Double

  public init(seconds: Double) { self.seconds = seconds }

  /// - Parameter text: a date, or a date with a time, as RFC 3339 writes them. Seconds may be missing, the colon of the zone, and the zone:
  ///   it is UTC then.
  /// - Returns: nil for anything else, and for days that no month has.
  public init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    guard let year = Self.number(4, &rest), Self.skip("-", &rest), let month = Self.number(2, &rest), Self.skip("-", &rest),
      let day = Self.number(2, &rest), year > 0, (1...12).contains(month), (1...Self.days(of: month, in: year)).contains(day)
    else { return nil }
    var seconds = Double(Self.days(year, month, day) * 86_400)
    if !rest.isEmpty {
      guard Self.skip("Tt ", &rest), let time = Self.time(&rest), let offset = Self.offset(&rest), rest.isEmpty else { return nil }
      seconds += time - offset
    }
    self.seconds = seconds
  }

  private static func time(_ rest: inout ArraySlice<UInt8>) -> Double? {
    guard let hour = number(2, &rest), skip(":", &rest), let minute = number(2, &rest), hour < 24, minute < 60 else { return nil }
    let seconds = Double(hour * 3600 + minute * 60)
    guard skip(":", &rest) else { return seconds }
    guard let second = number(2, &rest), second <= 60 else { return nil }
    guard skip(".", &rest) else { return seconds + Double(second) }
    let fraction = rest.prefix { isDigit($0) }
    rest = rest.dropFirst(fraction.count)
    return Double("0." + String(decoding: fraction, as: UTF8.self)).flatMap { fraction.isEmpty ? nil : seconds + Double(second) + $0 }
  }

  /// Seconds that the zone is ahead of UTC.
  private static func offset(_ rest: inout ArraySlice<UInt8>) -> Double? {
    if rest.isEmpty || skip("Zz", &rest) { return 0 }
    let isBehind = rest.first == UInt8(ascii: "-")
    guard skip("+-", &rest), let hours = number(2, &rest) else { return nil }
    _ = skip(":", &rest)
    guard let minutes = number(2, &rest), hours < 24, minutes < 60 else { return nil }
    return Double(hours * 3600 + minutes * 60) * (isBehind ? -1 : 1)
  }

  private static func number(_ digits: Int, _ rest: inout ArraySlice<UInt8>) -> Int? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy(isDigit) else { return nil }
    rest = rest.dropFirst(digits)
    return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func skip(_ alternatives: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
    guard let first = rest.first, alternatives.utf8.contains(first) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  private static func days(of month: Int, in year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Since 1970, by Hinnant's method (*chrono-compatible low-level date algorithms*, 2013): years begin in March.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }

  /// As RFC 3339 writes it in UTC, fractions of a second dropped; nil beyond the years 1 to 9999.
  ///
  ///     Instant(seconds: 1_676_541_600).utc  // "2023-02-16T10:00:00Z"
  public var utc: String? {
    guard seconds >= -62_135_596_800, seconds < 253_402_300_800 else { return nil }
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
}
