/// What was undone to read a word that its writer disguised. Only the folded copy changes; offsets stay those of the original.
public struct Disguises: OptionSet, Sendable, Hashable, BitwiseCopyable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Zero-width characters, bidi controls or soft hyphens inside the word.
  public static let invisible = Disguises(rawValue: 1)
  /// Letters of another script that look like Latin ones, in a word that has both.
  public static let confusable = Disguises(rawValue: 2)
  /// Digits and signs for letters: `v4ccine`, `cr@p`.
  public static let leet = Disguises(rawValue: 4)
  /// Single letters in a row: `v a c c i n e`, `v-a-c-c-i-n-e`.
  public static let spaced = Disguises(rawValue: 8)
  /// A letter three times or more: `truuuuth`.
  public static let elongated = Disguises(rawValue: 16)

  /// As explanations name them.
  public var names: [String] {
    let all: [(Disguises, String)] = [
      (.invisible, "invisible"), (.confusable, "confusable"), (.leet, "leet"), (.spaced, "spaced"), (.elongated, "elongated"),
    ]
    return all.filter { contains($0.0) }.map(\.1)
  }
}

/// Undoes disguises in the folded form of one word. Each rule is narrow, because what it changes wrongly (`450ms`, `H5N1`,
/// `hmmm`) it changes in every text.
enum Unmasking {
  /// - Parameters:
  ///   - folded: the word is what follows `start`.
  ///   - writesDigitsForLetters: whether other words of the text have shown that its writer does.
  /// - Returns: what was undone.
  /// - Complexity: O(bytes of the word).
  @inline(__always)
  static func unmask(_ folded: inout [UInt8], from start: Int, writesDigitsForLetters: Bool = false) -> Disguises {
    var letters = 0
    var digits = 0
    var isASCII = true
    var run = 0
    var longestRun = 0
    var previous: UInt8 = 0
    for index in start..<folded.count {
      let byte = folded[index]
      isASCII = isASCII && byte < 0x80
      if 0x61...0x7A ~= byte {
        letters += 1
        run = byte == previous ? run + 1 : 1
        longestRun = max(longestRun, run)
      } else {
        if 0x30...0x39 ~= byte { digits += 1 }
        run = 0
      }
      previous = byte
    }
    var disguises: Disguises = []
    if !isASCII, letters > 0, replaceConfusables(&folded, from: start) { disguises.insert(.confusable) }
    let couldBeLeet = letters + digits >= 5 && (letters >= 2 || writesDigitsForLetters)
    if digits > 0, couldBeLeet, replaceDigits(&folded, from: start, anywhere: writesDigitsForLetters) { disguises.insert(.leet) }
    if longestRun >= 3, shorten(&folded, from: start) { disguises.insert(.elongated) }
    return disguises
  }

  private static let leastLetters = 3

  // MARK: Digits for letters

  /// The letter that a digit stands for, from `0`; 0 for none.
  private static let letterOfDigit = Array("oi\0eas\0t\0\0".utf8)

  /// Every digit has a letter, and unless digits may stand anywhere, no run is longer than four, and at least one of at most three
  /// stands between letters.
  private static func replaceDigits(_ folded: inout [UInt8], from start: Int, anywhere: Bool) -> Bool {
    var hasInnerRun = false
    var index = start
    while index < folded.count {
      guard 0x30...0x39 ~= folded[index] else {
        index += 1
        continue
      }
      let first = index
      while index < folded.count, 0x30...0x39 ~= folded[index] {
        if letterOfDigit[Int(folded[index] - 0x30)] == 0 { return false }
        index += 1
      }
      if index - first > 4, !anywhere { return false }
      if index - first <= 3, first > start, isLetter(folded[first - 1]), index < folded.count, isLetter(folded[index]) {
        hasInnerRun = true
      }
    }
    guard hasInnerRun || anywhere else { return false }
    for index in start..<folded.count where 0x30...0x39 ~= folded[index] { folded[index] = letterOfDigit[Int(folded[index] - 0x30)] }
    return true
  }

  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte || byte >= 0x80 }

  // MARK: Elongation

  /// Runs of three and more become one, unless fewer than three letters would be left (`hmmm`, `sooo`, `www`).
  private static func shorten(_ folded: inout [UInt8], from start: Int) -> Bool {
    var length = 0
    var index = start
    while index < folded.count {
      index += runLength(folded, at: index) >= 3 ? runLength(folded, at: index) : 1
      length += 1
    }
    guard length >= leastLetters else { return false }
    var end = start
    index = start
    while index < folded.count {
      let run = runLength(folded, at: index)
      folded[end] = folded[index]
      end += 1
      index += run >= 3 ? run : 1
    }
    folded.removeSubrange(end...)
    return true
  }

  private static func runLength(_ folded: [UInt8], at start: Int) -> Int {
    guard 0x61...0x7A ~= folded[start] else { return 1 }
    var end = start + 1
    while end < folded.count, folded[end] == folded[start] { end += 1 }
    return end - start
  }

  // MARK: Confusable letters

  /// Latin letters that Cyrillic and Greek ones look like (a selection of UTS #39, confusables, lower case).
  private static let latin: [UInt32: UInt8] = {
    let pairs: [(String, String)] = [
      ("аеокрсхуітмнвјѕԁһӏԛԝгьп", "aeokpcxyitmhbjsdhlqwrbn"), ("αβεηικνορτυχωγ", "abenikvoptuxwy"), ("ɑɡɩℓ", "agil"),
    ]
    var table: [UInt32: UInt8] = [:]
    for (lookalikes, letters) in pairs {
      for (lookalike, letter) in zip(lookalikes.unicodeScalars, letters.utf8) { table[lookalike.value] = letter }
    }
    return table
  }()

  /// The first of ``latin``: the letters of European languages with accents stand before it.
  private static let firstLookalike: UInt32 = 0x251

  /// Only where every letter that is not ASCII has a double: a word of Latin and real accents is left alone.
  private static func replaceConfusables(_ folded: inout [UInt8], from start: Int) -> Bool {
    var index = start
    while index < folded.count {
      let (scalar, length) = decodeScalar(folded.span, at: index)
      if scalar >= 0x80, scalar < firstLookalike || latin[scalar] == nil { return false }
      index += length
    }
    var end = start
    index = start
    while index < folded.count {
      let (scalar, length) = decodeScalar(folded.span, at: index)
      folded[end] = latin[scalar] ?? folded[index]
      end += 1
      index += length
    }
    folded.removeSubrange(end...)
    return true
  }
}
