/// Terms for a group of people or a subject, whose mere mention should not change how well a model judges.
public struct Subgroup: Sendable, Equatable {
  public var name: String
  /// Each a sequence of folded tokens.
  var terms: [[String]]

  /// Reads `name: term, term of several words, …`, one subgroup a line; empty lines and those that begin with `#` are skipped.
  ///
  /// - Throws: ``SubgroupError`` with the line.
  public static func parse(_ text: String) throws(SubgroupError) -> [Subgroup] {
    var subgroups: [Subgroup] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let line = line.trimming { $0.isWhitespace }
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      guard let colon = line.firstIndex(of: ":") else { throw SubgroupError(line: index + 1, reason: "it has no colon after the name") }
      let name = line[..<colon].trimming { $0.isWhitespace }
      let terms = line[line.index(after: colon)...].split(separator: ",").map { words(of: String($0)) }.filter { !$0.isEmpty }
      guard !name.isEmpty, !terms.isEmpty else { throw SubgroupError(line: index + 1, reason: "a name and at least one term are needed") }
      subgroups.append(Subgroup(name: String(name), terms: terms))
    }
    return subgroups
  }

  private static func words(of text: String) -> [String] {
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    return buffer.tokens.map { buffer.foldedText(of: $0) }
  }

  /// Which of the subgroups a text mentions.
  ///
  /// - Complexity: O(tokens × terms).
  public static func mentioned(in text: String, of subgroups: [Subgroup]) -> [Bool] {
    let words = words(of: text)
    return subgroups.map { subgroup in
      subgroup.terms.contains { term in words.indices.contains { words[$0...].starts(with: term) } }
    }
  }
}

public struct SubgroupError: Error, Equatable, CustomStringConvertible {
  public var line: Int
  public var reason: String

  public var description: String { "line \(line): \(reason)" }
}

/// How a model ranks comments that mention a subgroup against the others (Borkan, Dixon, Sorensen, Thain and Vasserman 2019,
/// "Nuanced metrics for measuring unintended bias", arXiv:1903.04561). Each figure is an area under the ROC curve, nan where
/// one side is empty.
public struct SubgroupAUC: Sendable {
  public var name: String
  /// Comments that mention it, and how many of them are positive.
  public var rows: Int
  public var positives: Int
  /// Within the subgroup.
  public var subgroup: Double
  /// Positive comments of the others against negative ones of the subgroup: low where its mere mention raises scores.
  public var backgroundPositiveSubgroupNegative: Double
  /// Negative comments of the others against positive ones of the subgroup: low where its mention lowers scores.
  public var backgroundNegativeSubgroupPositive: Double

  /// - Parameters:
  ///   - isMember: whether each row mentions the subgroup.
  ///   - weights: of the rows; nil for 1 each.
  public init(name: String, scores: [Double], isPositive: [Bool], isMember: [Bool], weights: [Double]? = nil) {
    func auc(_ includes: (Int) -> Bool) -> Double {
      let rows = scores.indices.filter(includes)
      let ranked = RankedScores(scores: rows.map { scores[$0] }, isPositive: rows.map { isPositive[$0] })
      return ranked.metrics(threshold: 0.5, weights: weights.map { weights in rows.map { weights[$0] } }).auc
    }
    self.name = name
    rows = isMember.count { $0 }
    positives = zip(isMember, isPositive).count { $0 && $1 }
    subgroup = auc { isMember[$0] }
    backgroundPositiveSubgroupNegative = auc { isMember[$0] != isPositive[$0] }
    backgroundNegativeSubgroupPositive = auc { isMember[$0] == isPositive[$0] }
  }
}

extension StringProtocol {
  fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> SubSequence {
    var part = self[...]
    while let first = part.first, isTrimmed(first) { part = part.dropFirst() }
    while let last = part.last, isTrimmed(last) { part = part.dropLast() }
    return part
  }
}
