/// How common words and letter n-grams are in articles and in comments: what a comment would share with any text by
/// chance alone.
///
/// A number of one byte stands for a rate p: its information -log p in steps of 1/20 nat. Everything is by bucket.
package final class Background: Sendable {
  static let buckets = 1 << TextProfile.bucketBits
  package static let stepsPerNat = 20.0

  /// Each of 2^16 codes.
  package enum Table: Int, CaseIterable, Sendable {
    /// Of words over articles and comments together: the inverse document frequency.
    case idf
    case articleWords
    case articleLetters
    case commentWords
    case commentLetters

    init(article unit: TextUnit) {
      switch unit {
      case .words: self = .articleWords
      case .letters: self = .articleLetters
      }
    }

    init(comment unit: TextUnit) {
      switch unit {
      case .words: self = .commentWords
      case .letters: self = .commentLetters
      }
    }
  }

  /// Table after table.
  package let codes: [UInt8]
  /// Mean number of distinct words of an article.
  package let articleLength: Double
  package let lexicon: Lexicon
  package let articleTopics: TopicRates
  package let threadTopics: TopicRates
  package let association: Association
  private let chances: [ChanceTable]

  /// - Parameters:
  ///   - articleTopics: of each topic of the lexicon, in articles.
  ///   - threadTopics: in threads.
  ///   - association: of the words.
  package init(
    codes: [UInt8], articleLength: Double, lexicon: Lexicon = .empty, articleTopics: TopicRates = .none,
    threadTopics: TopicRates = .none, association: Association = .none
  ) {
    precondition(codes.count == Table.allCases.count * Self.buckets)
    precondition(articleTopics.means.count == lexicon.topics.count && threadTopics.means.count == lexicon.topics.count)
    self.codes = codes
    self.articleLength = articleLength
    (self.lexicon, self.articleTopics, self.threadTopics) = (lexicon, articleTopics, threadTopics)
    self.association = association
    chances = ChanceTable.threadSizes.map { ChanceTable(exponent: Double($0)) }
  }

  @inline(__always)
  func code(_ table: Table, _ bucket: UInt16) -> UInt8 { codes[table.rawValue * Self.buckets + Int(bucket)] }

  /// In nats.
  @inline(__always)
  static func information(_ code: UInt8) -> Double { Double(code) * (1 / stepsPerNat) }

  @inline(__always)
  func information(_ table: Table, _ bucket: UInt16) -> Double { Self.information(code(table, bucket)) }

  /// The codes of one table, by bucket.
  @inline(__always)
  func withCodes<Result>(_ table: Table, _ body: (UnsafePointer<UInt8>) -> Result) -> Result {
    codes.withUnsafeBufferPointer { codes in
      // Never empty, as the initializer has seen.
      codes.baseAddress.map { body($0 + table.rawValue * Self.buckets) }.unsafelyUnwrapped
    }
  }

  /// A conversation as a background learns from it.
  struct Conversation {
    var article: TextProfile?
    var comments: [TextProfile]
  }

  /// The same, and what is learnt of topics and of the company that words keep.
  ///
  /// - Complexity: O(conversations × topics), and O(words) some hundred times.
  func learning(_ conversations: [Conversation], _ lexicon: Lexicon) -> Background {
    func with(_ articleTopics: TopicRates, _ threadTopics: TopicRates, _ association: Association) -> Background {
      Background(
        codes: codes, articleLength: articleLength, lexicon: lexicon, articleTopics: articleTopics, threadTopics: threadTopics,
        association: association)
    }
    let none = TopicRates([], topics: lexicon.topics.count)
    let unrated = with(none, none, .none)
    let articles = conversations.lazy.compactMap(\.article).map { unrated.topicMass($0) }
    let threads = conversations.lazy.filter { $0.comments.count > 1 }.map { conversation in
      var topics = ThreadTopics()
      var mentions: [Float] = []
      for comment in conversation.comments {
        comment.weighMentions(unrated, into: &mentions)
        topics.add(comment, mentions, unrated)
      }
      return topics.mass
    }
    return with(
      TopicRates(articles, topics: lexicon.topics.count), TopicRates(threads, topics: lexicon.topics.count),
      Association(conversations.map { ($0.article.map { [$0] } ?? []) + $0.comments }))
  }

  /// Of each topic, the idf of a text's words that belong to it.
  func topicMass(_ profile: TextProfile) -> [Float] {
    var mass = [Float](repeating: 0, count: lexicon.topics.count)
    profile.forEachMention { word, topic in mass[topic] += Float(information(.idf, word)) }
    return mass
  }

  /// What a thread of this many comments has by chance.
  func chance(comments: Int) -> ChanceTable {
    var index = 0
    while index + 1 < chances.count, ChanceTable.threadSizes[index + 1] <= comments { index += 1 }
    return chances[index]
  }
}

/// What a text n times as long has by chance: for each code of a rate p the probability q = 1 - (1 - p)^n that it has the unit, and
/// what follows from it where the unit weighs by its information w = -log p.
package final class ChanceTable: Sendable {
  /// Sizes in between are taken as the next smaller one.
  static let threadSizes = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]

  /// By code w, w q, w² q (1 - q), 0, as of a unit that is not shared, and behind them the same with w in place of 0, as of a shared one.
  private let moments: [SIMD4<Float>]
  private let probabilities: [Double]

  /// log(1 - p) of each code but that of p = 1.
  private static let logComplements = (1..<256).map { code in
    Elementary.log(1 - Elementary.exp(-Double(code) / Background.stepsPerNat))
  }

  init(exponent: Double) {
    probabilities = [1] + Self.logComplements.map { 1 - Elementary.exp(exponent * $0) }
    let unshared = probabilities.enumerated().map { code, chance -> SIMD4<Float> in
      let weight = Double(code) / Background.stepsPerNat
      return [Float(weight), Float(weight * chance), Float(weight * weight * chance * (1 - chance)), 0]
    }
    moments = unshared + unshared.map { [$0.x, $0.y, $0.z, $0.x] }
  }

  static let byteCount = 256 * 40

  @inline(__always)
  subscript(code: UInt8) -> Double { probabilities[Int(code)] }

  /// - Parameter isShared: 1 or 0.
  @inline(__always)
  static func moments(_ code: UInt8, isShared: UInt8) -> Int { Int(isShared) << 8 | Int(code) }

  /// By ``moments(_:isShared:)``.
  @inline(__always)
  func withMoments<Result>(_ body: (UnsafeBufferPointer<SIMD4<Float>>) -> Result) -> Result { moments.withUnsafeBufferPointer(body) }
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
    // Half a document more: what was never seen is rarer than what was seen once, by how much the data cannot say.
    func code(_ count: Int, of total: Int) -> UInt8 {
      let information = Elementary.log((Double(total) + 1) / (Double(count) + 0.5))
      return UInt8(min(255, max(0, (information * Background.stepsPerNat).rounded())))
    }
    // Nothing was counted.
    if articles + comments == 0 {
      let codes = [UInt8](repeating: code(0, of: 0), count: Background.Table.allCases.count * Background.buckets)
      return Background(codes: codes, articleLength: 1)
    }
    var codes: [UInt8] = []
    codes.reserveCapacity(Background.Table.allCases.count * Background.buckets)
    for table in Background.Table.allCases {
      for bucket in 0..<Background.buckets {
        switch table {
        case .idf: codes.append(code(count(.articleWords, bucket) + count(.commentWords, bucket), of: articles + comments))
        case .articleWords, .articleLetters: codes.append(code(count(table, bucket), of: articles))
        case .commentWords, .commentLetters: codes.append(code(count(table, bucket), of: comments))
        }
      }
    }
    return Background(codes: codes, articleLength: articles > 0 ? Double(words) / Double(articles) : 1)
  }
}
