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

  private struct Senses: OptionSet {
    let rawValue: UInt8
    static let month = Senses(rawValue: 1)
    static let unit = Senses(rawValue: 2)
    static let filler = Senses(rawValue: 4)
    static let relation = Senses(rawValue: 8)
  }

  /// What a word means in a time, by its hash.
  private static let senses: ByteTable<Senses> = {
    var table = ByteTable<Senses>(bits: 10)
    for (words, sense) in [(months, Senses.month), (units, .unit), (fillers, .filler), (relations, .relation)] {
      for word in words {
        let key = ByteHash.of(word.utf8)
        table.insert((table[key] ?? []).union(sense), for: key)
      }
    }
    return table
  }()

  /// A run of words within a line that is a time.
  struct Match {
    var words: Range<Int>
    /// Words of the run besides numbers and names of months and units.
    var hasClock: Bool
  }

  static func find(_ words: [String]) -> Match? { find(LineWords(words)) }

  /// Finds the longest run of words that reads as a time. A time has a digit in it.
  static func find(_ line: LineWords) -> Match? {
    let count = line.count
    return line.bytes.withUnsafeBufferPointer { bytes -> Match? in
      guard bytes.contains(where: isDigit) else { return nil }
      var best: Match?
      var start = 0
      while start < count {
        let word = UnsafeBufferPointer(rebasing: bytes[line.ranges[start]])
        guard word.contains(where: isDigit) || isTimeWord(word) else {
          start += 1
          continue
        }
        var run = Run()
        var end = start
        while end < count, end - start < 14, run.take(UnsafeBufferPointer(rebasing: bytes[line.ranges[end]])) { end += 1 }
        if run.isTime, end - start > best?.words.count ?? 0 { best = Match(words: start..<end, hasClock: run.clocks > 0) }
        start = max(end, start + 1)
      }
      return best
    }
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
    mutating func take(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
      switch shape(word) {
      case .clock: clocks += 1
      case .date: dates += 1
      case .number: numbers += 1
      case .other:
        var index = 0
        while index < word.count {
          guard isWordByte(word[index]) else {
            index += 1
            continue
          }
          if isDigit(word[index]) { numbers += 1 }
          while index < word.count, isDigit(word[index]) { index += 1 }
          let start = index
          var hash = ByteHash.start
          while index < word.count, isWordByte(word[index]) {
            hash = ByteHash.extend(hash, word[index])
            index += 1
          }
          if index == start { continue }
          let senses = PageTime.senses[hash] ?? []
          if senses.contains(.month) {
            namedMonths += 1
          } else if senses.contains(.unit) {
            namedUnits += 1
          } else if senses.contains(.filler) {
            if senses.contains(.relation) { relations += 1 }
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

  private static func isTimeWord(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
    var hash = ByteHash.start
    var length = 0
    for byte in word where isWordByte(byte) && !isDigit(byte) {
      hash = ByteHash.extend(hash, byte)
      length += 1
    }
    guard let senses = senses[hash] else { return false }
    return senses.contains(.month) || length > 2 && senses.contains(.filler)
  }

  private enum Shape {
    case clock
    case date
    case number
    case other
  }

  /// `17:38` and `5:21pm` are clocks, `26.10.2012`, `10/26/12` and `2012-10-26T17:38` dates; punctuation around them is no part.
  private static func shape(_ word: UnsafeBufferPointer<UInt8>) -> Shape {
    var (start, end) = (0, word.count)
    while start < end, isOneOf(",.;)|]", word[end - 1]) { end -= 1 }
    while start < end, isOneOf("([|@", word[start]) { start += 1 }
    guard start < end, isDigit(word[start]) else { return .other }
    var digits = 0
    var separators = 0
    var colons = 0
    for index in start..<end {
      if isDigit(word[index]) {
        digits += 1
      } else if isOneOf(":./-", word[index]) {
        separators += 1
        colons += word[index] == UInt8(ascii: ":") ? 1 : 0
      } else if !isOneOf("apmtz", word[index]) {
        return .other
      }
    }
    if separators == 0 { return digits == end - start ? .number : .other }
    if colons > 0 { return digits < 3 ? .other : digits <= 6 ? .clock : .date }
    return separators >= 2 && (3...8).contains(digits) ? .date : .other
  }

  @inline(__always)
  private static func isOneOf(_ bytes: StaticString, _ byte: UInt8) -> Bool {
    for index in 0..<bytes.utf8CodeUnitCount where bytes.utf8Start[index] == byte { return true }
    return false
  }
}
