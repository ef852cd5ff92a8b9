/// Recognises times as pages write them: `July 26, 2012 at 4:01 pm`, `2 hours ago`, `26.10.2012 17:38`.
enum PageTime {
  private static let months: Set<String> = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "january", "february", "march", "april", "june",
    "july", "august", "september", "october", "november", "december", "januar", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember",
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "janvier",
    "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
  ]
  private static let units: Set<String> = [
    "second", "seconds", "minute", "minutes", "min", "mins", "hour", "hours", "hr", "hrs", "day", "days", "week", "weeks", "month", "months", "year",
    "years", "stunden", "stunde", "tagen", "tag", "minuten", "horas", "hora", "días", "día", "minutos",
  ]
  private static let fillers: Set<String> = [
    "at", "on", "am", "pm", "a", "p", "m", "ago", "um", "uhr", "vor", "hace", "las", "de", "el", "the", "of", "th", "st", "nd", "rd", "edt", "est",
    "pst", "pdt", "gmt", "utc", "cet", "bst", "ist", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday", "sunday", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "lunes", "martes",
    "miércoles", "jueves", "viernes", "sábado", "domingo", "an", "about", "over", "last", "yesterday", "today", "gestern", "heute", "date", "time",
    "posted", "edited", "published", "z", "t", "den", "am", "und", "and", "z",
  ]

  /// A run of words within a line that is a time.
  struct Match {
    var words: Range<Int>
    /// Words of the run besides numbers and names of months and units.
    var hasClock: Bool
  }

  /// Finds the longest run of words that reads as a time.
  ///
  /// - Parameter words: lower-case, split at white space.
  static func find(_ words: [String]) -> Match? {
    var best: Match?
    var start = 0
    while start < words.count {
      guard words[start].contains(where: \.isNumber) || isTimeWord(words[start]) else {
        start += 1
        continue
      }
      var end = start
      var (numbers, months, units, clocks, dates, ago) = (0, 0, 0, 0, 0, 0)
      scan: while end < words.count, end - start < 14 {
        let parts = words[end].split { !$0.isLetter && !$0.isNumber }
        if parts.isEmpty {
          end += 1
          continue
        }
        var punctuated = words[end]
        while let last = punctuated.last, ",.;)|".contains(last) { punctuated.removeLast() }
        while let first = punctuated.first, "([|@".contains(first) { punctuated.removeFirst() }
        switch shape(punctuated) {
        case .clock: clocks += 1
        case .date: dates += 1
        case .number: numbers += 1
        case .other:
          for part in parts {
            let letters = String(part.drop(while: \.isNumber))
            if part.first?.isNumber == true { numbers += 1 }
            if letters.isEmpty { continue }
            if Self.months.contains(letters) {
              months += 1
            } else if Self.units.contains(letters) || letters == "h" || letters == "d" || letters == "w" || letters == "y" {
              units += 1
            } else if fillers.contains(letters) {
              ago += letters == "ago" || letters == "vor" || letters == "hace" || letters == "yesterday" || letters == "today" || letters == "gestern" ? 1 : 0
            } else {
              break scan
            }
          }
        }
        end += 1
      }
      let isTime = dates > 0 || months > 0 && numbers > 0 || clocks > 0 && (numbers > 0 || ago > 0 || months > 0) || units > 0 && ago > 0
      if isTime, end - start > best?.words.count ?? 0 { best = Match(words: start..<end, hasClock: clocks > 0) }
      start = max(end, start + 1)
    }
    return best
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
    let letters = word.filter(\.isLetter)
    return months.contains(letters) || fillers.contains(letters) && letters.count > 2
  }

  private enum Shape {
    case clock
    case date
    case number
    case other
  }

  /// `17:38` and `5:21pm` are clocks, `26.10.2012`, `10/26/12` and `2012-10-26T17:38` dates.
  private static func shape(_ word: String) -> Shape {
    var digits = 0
    var separators: [Character] = []
    for character in word {
      if character.isNumber {
        digits += 1
      } else if ":./-".contains(character) {
        separators.append(character)
      } else if !("apmtz".contains(character) && digits > 0) {
        return .other
      }
    }
    guard digits > 0, word.first?.isNumber == true else { return .other }
    if separators.isEmpty { return word.allSatisfy(\.isNumber) ? .number : .other }
    if separators.contains(":") { return digits >= 3 && digits <= 6 ? .clock : digits > 6 ? .date : .other }
    return separators.count >= 2 && digits >= 3 && digits <= 8 ? .date : .other
  }
}
