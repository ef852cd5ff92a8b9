/// How common words, phrases and letter n-grams are in articles and in comments: what a comment would share with any text by
/// chance alone.
///
/// A number of one byte stands for a rate p: its information -log p in steps of 1/20 nat. Everything is by bucket.
package struct Background: Sendable {
  static let buckets = 1 << TextProfile.bucketBits
  package static let stepsPerNat = 20.0

  /// Each of 2^16 codes.
  package enum Table: Int, CaseIterable, Sendable {
    /// Of words over articles and comments together: the inverse document frequency.
    case idf
    case articleWords
    case articlePhrases
    case articleLetters
    case commentWords
    case commentPhrases
    case commentLetters

    init(article unit: TextUnit) {
      switch unit {
      case .words: self = .articleWords
      case .phrases: self = .articlePhrases
      case .letters: self = .articleLetters
      }
    }

    init(comment unit: TextUnit) {
      switch unit {
      case .words: self = .commentWords
      case .phrases: self = .commentPhrases
      case .letters: self = .commentLetters
      }
    }
  }

  /// Table after table.
  package let codes: [UInt8]
  /// Mean number of distinct words of an article.
  package let articleLength: Double
  /// exp(-code / stepsPerNat).
  private let rates: [Float]
  private let chances: [ChanceTable]

  package init(codes: [UInt8], articleLength: Double) {
    precondition(codes.count == Table.allCases.count * Self.buckets)
    self.codes = codes
    self.articleLength = articleLength
    rates = (0..<256).map { Float(Elementary.exp(-Double($0) / Self.stepsPerNat)) }
    chances = ChanceTable.threadSizes.map { ChanceTable(exponent: Double($0)) }
  }

  @inline(__always)
  func code(_ table: Table, _ bucket: UInt16) -> UInt8 { codes[table.rawValue * Self.buckets + Int(bucket)] }

  /// In nats.
  @inline(__always)
  func information(_ table: Table, _ bucket: UInt16) -> Double { Double(code(table, bucket)) * (1 / Self.stepsPerNat) }

  @inline(__always)
  func rate(_ table: Table, _ bucket: UInt16) -> Double { Double(rates[Int(code(table, bucket))]) }

  /// What a thread of this many comments has by chance.
  func chance(comments: Int) -> ChanceTable {
    var index = 0
    while index + 1 < chances.count, ChanceTable.threadSizes[index + 1] <= comments { index += 1 }
    return chances[index]
  }
}

/// For each code of a rate p the probability 1 - (1 - p)^n that a text n times as long has the unit.
package struct ChanceTable: Sendable {
  /// Sizes in between are taken as the next smaller one.
  static let threadSizes = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]

  private let values: [Float]

  init(exponent: Double) {
    values = (0..<256).map { code in
      let rate = Elementary.exp(-Double(code) / Background.stepsPerNat)
      return rate < 1 ? Float(1 - Elementary.exp(exponent * Elementary.log(1 - rate))) : 1
    }
  }

  @inline(__always)
  subscript(code: UInt8) -> Double { Double(values[Int(code)]) }
}

/// Counts the documents that have a unit, in parts, so that tables can be made without the part they are used on.
package struct BackgroundCounts: Sendable {
  /// A part of the counts.
  private struct Part: Sendable {
    var counts = [Int32](repeating: 0, count: (Background.Table.allCases.count - 1) * Background.buckets)
    var articles = 0
    var articleWords = 0
    var comments = 0
  }

  private var parts: [Part]

  package init(parts: Int) { self.parts = [Part](repeating: Part(), count: parts) }

  package mutating func add(article: TextProfile, part: Int) {
    parts[part].articles += 1
    parts[part].articleWords += article.words.count
    for unit in TextUnit.allCases { add(article[unit], .init(article: unit), part) }
  }

  package mutating func add(comment: TextProfile, part: Int) {
    parts[part].comments += 1
    for unit in TextUnit.allCases { add(comment[unit], .init(comment: unit), part) }
  }

  private mutating func add(_ buckets: ArraySlice<UInt16>, _ table: Background.Table, _ part: Int) {
    let start = (table.rawValue - 1) * Background.buckets
    for bucket in buckets { parts[part].counts[start + Int(bucket)] += 1 }
  }

  /// - Parameter part: the part to leave out; nil for all parts.
  package func background(without part: Int? = nil) -> Background {
    let kept = parts.indices.filter { $0 != part }
    let articles = kept.reduce(0) { $0 + parts[$1].articles }
    let comments = kept.reduce(0) { $0 + parts[$1].comments }
    let words = kept.reduce(0) { $0 + parts[$1].articleWords }
    func count(_ table: Background.Table, _ bucket: Int) -> Int {
      kept.reduce(0) { $0 + Int(parts[$1].counts[(table.rawValue - 1) * Background.buckets + bucket]) }
    }
    // A bucket never seen is rarer than one seen once, by how much the data cannot say.
    func code(_ count: Int, of total: Int, unseen: Double) -> UInt8 {
      let information = Elementary.log((Double(total) + 1) / (Double(count) + unseen))
      return UInt8(min(255, max(0, (information * Background.stepsPerNat).rounded())))
    }
    var codes: [UInt8] = []
    codes.reserveCapacity(Background.Table.allCases.count * Background.buckets)
    for table in Background.Table.allCases {
      for bucket in 0..<Background.buckets {
        switch table {
        case .idf:
          codes.append(code(count(.articleWords, bucket) + count(.commentWords, bucket), of: articles + comments, unseen: 0.5))
        case .articleWords, .articlePhrases, .articleLetters: codes.append(code(count(table, bucket), of: articles, unseen: 0.5))
        case .commentWords, .commentPhrases, .commentLetters: codes.append(code(count(table, bucket), of: comments, unseen: 0.5))
        }
      }
    }
    return Background(codes: codes, articleLength: articles > 0 ? Double(words) / Double(articles) : 1)
  }
}
