/// Which features a text has. Written into the model file, so that a model is never applied with other features than it
/// was trained with.
///
/// Two blocks share one hashed table: word n-grams and character n-grams. Within a block each feature counts once a
/// comment (``Weighting/binary``: a word n-gram once, a character n-gram once for each distinct word it occurs in) or each
/// time it occurs (``Weighting/counts``). With ``normalizesBlocks`` a block is divided by the square root of the number of
/// its features, which is its Euclidean length when all are distinct: long comments then weigh no more than short ones.
public struct FeatureSpace: Sendable, Equatable {
  public enum Weighting: String, Sendable, CaseIterable {
    case binary
    case counts
  }

  /// Of the tokenizer and the hash: a model of another revision is refused.
  public static let revision = 2

  /// The table has 2^bits buckets.
  public var bits = 22
  /// Word n-grams of 1 to this many tokens; 0 for none.
  public var wordNGrams = 2
  /// Character n-grams within words, in scalars, the word's ends marked by a space; nil for none.
  public var characterNGrams: ClosedRange<Int>? = 2...6
  /// Whether n-grams of words have punctuation between their words, and beside them, or reach over it.
  public var joinsPunctuation = false
  /// Whether words that a comment quotes are features of their own: words in quotation marks, of which it says nothing itself. They have
  /// no character n-grams, and n-grams of words reach over them.
  public var separatesQuotations = false
  public var weighting = Weighting.binary
  public var normalizesBlocks = true

  public init() {}

  /// The sentence that says what is wrong with these options; nil where they can be used.
  public var problem: String? {
    if !(8...26).contains(bits) { return "bits must be 8 to 26, not \(bits)" }
    if !(0...5).contains(wordNGrams) { return "word n-grams must be 0 to 5 tokens, not \(wordNGrams)" }
    if let range = characterNGrams, range.lowerBound < 1 || range.upperBound > 10 {
      return "character n-grams must be 1 to 10 characters, not \(range.lowerBound)-\(range.upperBound)"
    }
    if wordNGrams == 0, characterNGrams == nil { return "neither word nor character n-grams are left to learn from" }
    return nil
  }

  public var json: JSONValue {
    .object([
      JSONMember("revision", .integer(Self.revision)),
      JSONMember("bits", .integer(bits)),
      JSONMember("words", .integer(wordNGrams)),
      JSONMember("characters", .string(characterNGrams.map { "\($0.lowerBound)-\($0.upperBound)" } ?? "0")),
      JSONMember("punctuation", .bool(joinsPunctuation)),
      JSONMember("quotations", .bool(separatesQuotations)),
      JSONMember("weighting", .string(weighting.rawValue)),
      JSONMember("normalizes_blocks", .bool(normalizesBlocks)),
    ])
  }

  /// - Returns: nil where a field is missing or out of range, or the revision is another one.
  public init?(json: JSONValue) {
    guard json["revision"]?.integer == Self.revision, let bits = json["bits"]?.integer, let words = json["words"]?.integer,
      let characters = json["characters"]?.text, let weighting = json["weighting"]?.text.flatMap(Weighting.init),
      let normalizesBlocks = json["normalizes_blocks"]?.bool
    else { return nil }
    self.bits = bits
    wordNGrams = words
    // Models of earlier versions say nothing of these.
    joinsPunctuation = json["punctuation"]?.bool ?? false
    separatesQuotations = json["quotations"]?.bool ?? false
    self.weighting = weighting
    self.normalizesBlocks = normalizesBlocks
    if characters == "0" {
      characterNGrams = nil
    } else {
      guard let range = Self.characterRange(characters) else { return nil }
      characterNGrams = range
    }
    guard problem == nil else { return nil }
  }

  /// Reads `2-6`.
  public static func characterRange(_ text: String) -> ClosedRange<Int>? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = Int(parts[0]), let last = Int(parts[1]), first <= last else { return nil }
    return first...last
  }
}

/// The blocks of features, each with a norm of its own.
package enum FeatureBlock: Int, CaseIterable, Sendable {
  case words
  case characters
}
