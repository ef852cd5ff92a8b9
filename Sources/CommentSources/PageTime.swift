/// Recognises times as pages write them: `July 26, 2012 at 4:01 pm`, `2 hours ago`, `26.10.2012 17:38`.
enum PageTime {
  private static let months: Set<String> = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "january", "february", "march", "april",
    "june",
    "july", "august", "september", "october", "november", "december", "januar", "februar", "märz", "mai", "juni", "juli", "oktober",
    "dezember",
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "janvier",
    "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
  ]
  private static let relations: Set<String> = ["ago", "vor", "hace", "yesterday", "today", "gestern"]
  private static let units: Set<String> = [
    "h", "d", "w", "y",
    "second", "seconds", "minute", "minutes", "min", "mins", "hour", "hours", "hr", "hrs", "day", "days", "week", "weeks", "month",
    "months", "year",
    "years", "stunden", "stunde", "tagen", "tag", "minuten", "horas", "hora", "días", "día", "minutos",
  ]
  private static let fillers: Set<String> = [
    "at", "on", "am", "pm", "a", "p", "m", "ago", "um", "uhr", "vor", "hace", "las", "de", "el", "the", "of", "th", "st", "nd", "rd", "edt",
    "est",
    "pst", "pdt", "gmt", "utc", "cet", "bst", "ist", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday",
    "thursday",
    "friday", "saturday", "sunday", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "lunes", "martes",
    "miércoles", "jueves", "viernes", "sábado", "domingo", "an", "about", "over", "last", "yesterday", "today", "gestern", "heute", "date",
    "time",
    "posted", "edited", "published", "z", "t", "den", "am", "und", "and", "z",
  ]

  /// A run of words within a line that is a time.
  struct Match {
    var words: Range<Int>
    /// Words of the run besides numbers and names of months and units.
    var hasClock: Bool
  }

  /// Finds the longest run of words that reads as a time. A time has a digit in it.
  ///
  /// - Parameter words: lower-case, split at white space.
  static func find(_ words: [String]) -> Match? {
    guard words.contains(where: { $0.utf8.contains(where: isDigit) }) else { return nil }
    var best: Match?
    var start = 0
    while start < words.count {
      guard words[start].utf8.contains(where: isDigit) || isTimeWord(words[start]) else {
        start += 1
        continue
      }
      var run = Run()
      var end = start
      while end < words.count, end - start < 14, run.take(words[end]) { end += 1 }
      if run.isTime, end - start > best?.words.count ?? 0 { best = Match(words: start..<end, hasClock: run.clocks > 0) }
      start = max(end, start + 1)
    }
    return best
  }

  /// What a run of words holds.
  private struct Run {
    var numbers = 0
    var namedMonths = 0
    var namedUnits = 0
    var clocks = 0
    var dates = 0
    var relations = 0

    var isTime: Bool {
      dates > 0 || namedMonths > 0 && numbers > 0 || clocks > 0 && (numbers > 0 || relations > 0 || namedMonths > 0)
        || namedUnits > 0 && relations > 0
    }

    /// - Returns: whether the word may stand in a time.
    mutating func take(_ word: String) -> Bool {
      switch shape(word) {
      case .clock: clocks += 1
      case .date: dates += 1
      case .number: numbers += 1
      case .other:
        for part in word.utf8.split(whereSeparator: { !isWordByte($0) }) {
          if let first = part.first, isDigit(first) { numbers += 1 }
          let letters = part.drop(while: isDigit)
          if letters.isEmpty { continue }
          let name = String(decoding: letters, as: UTF8.self)
          if months.contains(name) {
            namedMonths += 1
          } else if units.contains(name) {
            namedUnits += 1
          } else if fillers.contains(name) {
            if PageTime.relations.contains(name) { relations += 1 }
          } else {
            return false
          }
        }
      }
      return true
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

  /// Letters and digits of ASCII, and whatever is beyond it.
  private static func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || 0x61...0x7A ~= byte || 0x41...0x5A ~= byte || byte >= 0x80
  }

  /// Parts what pages run together: `Petal26 October 2012`, `Make-upOctober 22, 2012`.
  static func unglued(_ words: [String]) -> [String] {
    var result: [String] = []
    for (index, word) in words.enumerated() {
      let next = index + 1 < words.count ? words[index + 1].lowercased().filter(\.isLetter) : ""
      let digits = word.reversed().prefix { $0.isNumber }.count
      if digits > 0, digits <= 2, digits < word.count, months.contains(next), word.dropLast(digits).last?.isNumber == false,
        word.dropLast(digits).contains(where: \.isLetter)
      {
        result += [String(word.dropLast(digits)), String(word.suffix(digits))]
        continue
      }
      let lower = word.lowercased()
      if index + 1 < words.count, words[index + 1].first?.isNumber == true,
        let month = months.first(where: { $0.count > 3 && lower.count > $0.count && lower.hasSuffix($0) })
      {
        result += [String(word.dropLast(month.count)), String(word.suffix(month.count))]
        continue
      }
      result.append(word)
    }
    return result
  }

  private static func isTimeWord(_ word: String) -> Bool {
    let letters = String(decoding: word.utf8.filter { isWordByte($0) && !isDigit($0) }, as: UTF8.self)
    return months.contains(letters) || letters.utf8.count > 2 && fillers.contains(letters)
  }

  private enum Shape {
    case clock
    case date
    case number
    case other
  }

  /// `17:38` and `5:21pm` are clocks, `26.10.2012`, `10/26/12` and `2012-10-26T17:38` dates; punctuation around them is no part.
  private static func shape(_ word: String) -> Shape {
    var bytes = word.utf8[...]
    while let last = bytes.last, ",.;)|]".utf8.contains(last) { bytes.removeLast() }
    while let first = bytes.first, "([|@".utf8.contains(first) { bytes.removeFirst() }
    guard let first = bytes.first, isDigit(first) else { return .other }
    var digits = 0
    var separators = 0
    var colons = 0
    for byte in bytes {
      if isDigit(byte) {
        digits += 1
      } else if ":./-".utf8.contains(byte) {
        separators += 1
        colons += byte == UInt8(ascii: ":") ? 1 : 0
      } else if !"apmtz".utf8.contains(byte) {
        return .other
      }
    }
    if separators == 0 { return digits == bytes.count ? .number : .other }
    if colons > 0 { return digits < 3 ? .other : digits <= 6 ? .clock : .date }
    return separators >= 2 && (3...8).contains(digits) ? .date : .other
  }
}
