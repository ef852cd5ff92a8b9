/// How a comment relates to what it stands under: the article, the comment it answers, the thread so far.
///
/// Each relation is measured against chance: of the words that a comment has, an article of this length shares some anyway, and
/// the more the commoner they are. A z-score says by how many standard deviations more are shared:
///
///     z = (Σ shared w² - Σ w² q) / √(Σ w⁴ q (1 - q) + ½)
///
/// over the comment's distinct words, w their inverse document frequency, q the chance that an article so long has the word.
package enum RelevanceFeature: Int, CaseIterable, Sendable {
  /// z of words and of letter n-grams against the article.
  case articleWords
  case articleLetters
  /// Cosine of the idf vectors of comment and article.
  case articleCosine
  /// The idf of the rarest word shared with the article.
  case articleRarest
  /// How much more than other articles this one speaks of the topics that the comment's words belong to:
  /// Σ idf z / √(Σ idf²) over words and their topics, z by the rates of articles.
  case articleTopics
  /// Cosine between where comment and article point by the company that their words keep (``Association``).
  case articleDirection
  /// log(1 + distinct words of the article).
  case articleLength
  /// z of words and of letter n-grams against the thread.
  case threadWords
  case threadLetters
  /// Share of the mass of the comment's letter n-grams that stand in the thread.
  case threadLettersCoverage
  /// As ``articleTopics``, of the thread among threads.
  case threadTopics
  /// log(1 + comments in the thread).
  case threadSize
  /// z of words and of letter n-grams against the comment that is answered.
  case parentWords
  case parentLetters
  /// The parent's own `articleLetters`, or `threadLetters` where there is no article: a tangent stays a tangent.
  case parentRelevance
  /// 1 for an answer to a comment that was seen, else 0.
  case isReply
  /// log(1 + words).
  case length

  /// As explanations name it.
  package var name: String {
    switch self {
    case .articleWords: "words shared with the article"
    case .articleLetters: "parts of words shared with the article"
    case .articleCosine: "likeness to the article"
    case .articleRarest: "rarest word shared with the article"
    case .articleTopics: "topics shared with the article"
    case .articleDirection: "kinship of its words with the article's"
    case .articleLength: "length of the article"
    case .threadWords: "words shared with the thread"
    case .threadLetters: "parts of words shared with the thread"
    case .threadLettersCoverage: "share of its parts of words that the thread has"
    case .threadTopics: "topics shared with the thread"
    case .threadSize: "size of the thread"
    case .parentWords: "words shared with the comment it answers"
    case .parentLetters: "parts of words shared with the comment it answers"
    case .parentRelevance: "relevance of the comment it answers"
    case .isReply: "answers a comment"
    case .length: "length"
    }
  }

  /// Changes whenever a feature changes its meaning: a model of another revision is refused.
  package static let revision = 4

  package enum Subject: Sendable {
    case article
    case parent
    case thread
    case comment
  }

  /// What the comment is compared with; without it the feature is unknown.
  package var subject: Subject {
    switch self {
    case .articleWords, .articleLetters, .articleCosine, .articleRarest, .articleTopics, .articleDirection, .articleLength:
      .article
    case .threadWords, .threadLetters, .threadLettersCoverage, .threadTopics, .threadSize: .thread
    case .parentWords, .parentLetters, .parentRelevance: .parent
    case .isReply, .length: .comment
    }
  }
}

/// What there is to compare a comment with. Each has weights of its own: where the thread is known, the article says less.
package enum RelevanceContext: Int, CaseIterable, Sendable {
  case article
  case thread
  case articleAndThread

  /// As files name it.
  package var key: String {
    switch self {
    case .article: "article"
    case .thread: "thread"
    case .articleAndThread: "article_and_thread"
    }
  }

  /// As explanations name it.
  package var name: String {
    switch self {
    case .article: "stands under an article"
    case .thread: "stands in a thread"
    case .articleAndThread: "stands in a thread under an article"
    }
  }
}

/// The article as relevance sees it, made once an article.
package struct ArticleProfile: Sendable {
  private let units: [BucketSet]
  let chance: ChanceTable
  /// Of its idf vector.
  let norm: Double
  /// Of each topic, by how many standard deviations the article speaks more of it than others.
  let topics: [Float]
  let direction: TextDirection
  let length: Int

  package init(_ profile: TextProfile, _ background: Background) {
    units = TextUnit.allCases.map { BucketSet(profile[$0]) }
    length = profile.words.count
    chance = ChanceTable(exponent: Double(length) / max(1, background.articleLength))
    norm = profile.words.reduce(0.0) { $0 + background.information(.idf, $1) * background.information(.idf, $1) }.squareRoot()
    let mass = background.topicMass(profile)
    let scale = TopicRates.scale(mass)
    direction = TextDirection(profile, background)
    topics = background.articleTopics.withZ { z in mass.indices.map { z(mass[$0] * scale, $0) } }
  }

  var byteCount: Int { TextUnit.allCases.count * BucketSet.byteCount + ChanceTable.byteCount + 4 * topics.count + 128 }

  subscript(unit: TextUnit) -> BucketSet { units[unit.rawValue] }
}

/// What is known of a comment that later ones may answer.
package struct ParentProfile: Sendable {
  let profile: TextProfile
  let relevance: Double

  init(_ profile: TextProfile, relevance: Double) {
    self.profile = profile
    self.relevance = relevance
  }

  var byteCount: Int { profile.byteCount + 64 }
}

/// The comments of a thread: which words and letter n-grams stand in one of them or in several.
///
/// A comment that says what another one said is counted once, and is not compared with its own copy: repeating a text makes it no
/// more relevant.
package struct ThreadProfile: Sendable {
  private var words = RepeatedBucketSet()
  private var letters = RepeatedBucketSet()
  private var topics = ThreadTopics()
  private var fingerprints: Set<UInt64> = []

  package init() {}

  var isEmpty: Bool { fingerprints.isEmpty }

  /// Whether the thread did not have the comment yet.
  private mutating func isNew(_ profile: TextProfile) -> Bool { !profile.isEmpty && fingerprints.insert(profile.fingerprint).inserted }

  /// Compares a comment with the others, among which it then is.
  package mutating func join(_ profile: TextProfile, _ overlap: inout ThreadOverlap, _ background: Background) {
    let comments = fingerprints.count
    guard isNew(profile) else { return compare(profile, &overlap, background) }
    overlap.begin(profile, comments: comments, background)
    overlap.words.withUnsafeMutableBufferPointer { words.insert(profile.words, before: $0) }
    overlap.letters.withUnsafeMutableBufferPointer { letters.insert(profile.letters, before: $0) }
    overlap.topics = topics.likeness(profile, overlap.mentions, background)
    topics.add(profile, overlap.mentions, background)
  }

  /// Compares a comment with the others.
  package func compare(_ profile: TextProfile, _ overlap: inout ThreadOverlap, _ background: Background) {
    // How often the thread has the comment itself, of which its own words and letters are.
    let copies = fingerprints.contains(profile.fingerprint) ? 1 : 0
    overlap.begin(profile, comments: fingerprints.count - copies, background)
    for (index, word) in profile.words.enumerated() { overlap.words[index] = words.contains(word, times: 1 + copies) ? 1 : 0 }
    for (index, unit) in profile.letters.enumerated() { overlap.letters[index] = letters.contains(unit, times: 1 + copies) ? 1 : 0 }
    let others = copies > 0 ? topics.without(profile, overlap.mentions, background) : topics
    overlap.topics = others.likeness(profile, overlap.mentions, background)
  }

  var byteCount: Int { 2 * RepeatedBucketSet.byteCount + topics.byteCount + 16 * fingerprints.count }
}

/// How much the comments of a thread speak of each topic, a long one no more than a short one.
struct ThreadTopics: Sendable {
  /// By topic; empty while no comment speaks of any.
  private(set) var mass: [Float] = []
  /// Of its length.
  private var square: Double = 0

  /// - Parameter mentions: ``TextProfile/weighMentions(_:into:)``, as everywhere here.
  mutating func add(_ profile: TextProfile, _ mentions: [Float], _ background: Background) { add(profile, mentions, times: 1, background) }

  /// The same without what was added once.
  func without(_ profile: TextProfile, _ mentions: [Float], _ background: Background) -> ThreadTopics {
    var rest = self
    rest.add(profile, mentions, times: -1, background)
    return rest
  }

  private mutating func add(_ profile: TextProfile, _ mentions: [Float], times: Float, _ background: Background) {
    guard profile.mentionCount > 0 else { return }
    if mass.isEmpty { mass = [Float](repeating: 0, count: background.lexicon.topics.count) }
    var square = square
    mass.withUnsafeMutableBufferPointer { mass in
      profile.forEachMention(mentions) { topic, weight in
        square += Double(times * weight * (2 * mass[topic] + times * weight))
        mass[topic] += times * weight
      }
    }
    self.square = square
  }

  var byteCount: Int { 4 * mass.count }

  /// How much more than other threads this one speaks of the topics of a comment.
  func likeness(_ profile: TextProfile, _ mentions: [Float], _ background: Background) -> Double {
    // What is left where all was taken out is rounding.
    guard square > 1e-4 else { return 0 }
    let scale = Float(1 / square.squareRoot())
    return mass.withUnsafeBufferPointer { mass in
      background.threadTopics.withZ { z in profile.topicLikeness(mentions) { z(mass[$0] * scale, $0) } }
    }
  }
}

extension TextProfile {
  /// A comment with a single common word speaks of nothing in particular. In nats.
  static let leastNorm: Float = 3

  /// Puts down what each mention of a topic weighs, and leaves what stands behind: the idf of its word, divided by the norm of all of them,
  /// at least ``leastNorm``.
  func weighMentions(_ background: Background, into weights: inout [Float]) {
    if weights.count < mentionCount { weights = [Float](repeating: 0, count: 2 * mentionCount) }
    weights.withUnsafeMutableBufferPointer { weights in
      background.withCodes(.idf) { codes in
        var (count, squares) = (0, Float(0))
        forEachMention { word, _ in
          let idf = Float(Background.information(codes[Int(word)]))
          weights[count] = idf
          squares += idf * idf
          count &+= 1
        }
        let scale = 1 / max(squares.squareRoot(), Self.leastNorm)
        for index in 0..<count { weights[index] *= scale }
      }
    }
  }

  /// Calls `body` with the topic of each mention and what it weighs.
  @inline(__always)
  fileprivate func forEachMention(_ weights: [Float], _ body: (_ topic: Int, _ weight: Float) -> Void) {
    weights.withUnsafeBufferPointer { weights in
      var index = 0
      forEachMention { _, topic in
        body(topic, weights[index])
        index &+= 1
      }
    }
  }

  /// - Parameter z: by how many standard deviations another text speaks more of a topic than its like.
  @inline(__always)
  fileprivate func topicLikeness(_ mentions: [Float], _ z: (Int) -> Float) -> Double {
    var sum = 0.0
    forEachMention(mentions) { topic, weight in sum += Double(weight * z(topic)) }
    return sum
  }
}

/// What the other comments of a thread have of a comment; memory that is used again and again.
package struct ThreadOverlap: Sendable {
  /// How many comments there are.
  package fileprivate(set) var comments = 0
  /// ``RelevanceFeature/threadTopics``.
  fileprivate(set) var topics = 0.0
  /// Of each word of the comment 1 where another comment has it, else 0; behind them, what is left of longer comments.
  package fileprivate(set) var words: [UInt8] = []
  /// The same of each of its letter n-grams.
  fileprivate(set) var letters: [UInt8] = []
  /// What each of its mentions of a topic weighs.
  fileprivate private(set) var mentions: [Float] = []
  /// Empty in between.
  private var marks = BucketSet()

  package init() {}

  /// As of a comment in an empty thread.
  mutating func removeAll() { comments = 0 }

  /// Calls `body` with a set of these.
  @inline(__always)
  fileprivate mutating func mark<Result>(_ buckets: ArraySlice<UInt16>, _ body: (borrowing BucketSet) -> Result) -> Result {
    marks.insert(buckets)
    defer { marks.removeAll(buckets) }
    return body(marks)
  }

  /// Makes room for what there is to say about a comment.
  fileprivate mutating func begin(_ profile: TextProfile, comments: Int, _ background: Background) {
    self.comments = comments
    if words.count < profile.words.count { words = [UInt8](repeating: 0, count: 2 * profile.words.count) }
    if letters.count < profile.letters.count { letters = [UInt8](repeating: 0, count: 2 * profile.letters.count) }
    profile.weighMentions(background, into: &mentions)
  }
}

/// The features of one comment in its place.
package struct Relevance: Sendable {
  /// One a ``RelevanceFeature``.
  private var values = InlineArray<17, Double>(repeating: 0)
  package private(set) var hasArticle = false
  package private(set) var hasParent = false
  package private(set) var hasThread = false
  /// Where else each telling word of the comment stands, by bucket; empty unless traced.
  package private(set) var words: [UInt16: WordPlace] = [:]
  /// Those that the comment shares with the article, by what they weigh; empty unless traced.
  package private(set) var topics: [(name: String, share: Double)] = []

  /// That of nothing to nothing.
  init() {}

  /// - Parameter thread: what it has of this very comment.
  /// - Complexity: O(words + letters) of the comment.
  package init(
    _ profile: TextProfile, article: ArticleProfile?, parent: ParentProfile?, thread: inout ThreadOverlap, _ background: Background
  ) {
    self[.length] = Elementary.log(Double(1 + profile.length))
    // Nothing can be shared by a comment without words.
    guard !profile.isEmpty else { return }
    if let article { compare(profile, article, thread.mentions, background) }
    if let parent { compare(profile, parent, &thread, background) }
    if thread.comments > 0 { compare(profile, thread, background) }
  }

  /// Words that stand in more than about one text of ten tell nothing.
  private static let tellingInformation = 2.3

  /// Topics that bring less to ``RelevanceFeature/articleTopics`` are not worth a word.
  private static let tellingTopic = 0.5

  /// Remembers where else the words of the comment stand, and of what topics the article speaks too.
  mutating func trace(
    _ profile: TextProfile, article: ArticleProfile?, parent: ParentProfile?, thread: ThreadOverlap, _ background: Background
  ) {
    for (index, word) in profile.words.enumerated() where background.information(.idf, word) >= Self.tellingInformation {
      var place = WordPlace(information: background.information(.idf, word))
      place.isInArticle = article?[.words].contains(word) ?? false
      place.isInParent = parent?.profile.words.contains(word) ?? false
      place.isInThread = thread.words[index] > 0
      words[word] = place
    }
    guard let article else { return }
    var shares: [Int: Double] = [:]
    profile.forEachMention(thread.mentions) { topic, weight in shares[topic, default: 0] += Double(weight * article.topics[topic]) }
    topics = shares.filter { $0.value >= Self.tellingTopic }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      (background.lexicon.topics[$0.key], $0.value)
    }
  }

  private mutating func compare(_ profile: TextProfile, _ article: ArticleProfile, _ mentions: [Float], _ background: Background) {
    hasArticle = true
    let (words, rarest) = compareWords(profile.words, article, background)
    self[.articleWords] = words.z
    self[.articleLetters] = Surprise(profile.letters, article[.letters], .articleLetters, article.chance, background).z
    self[.articleCosine] = words.mass > 0 && article.norm > 0 ? words.shared / (words.mass.squareRoot() * article.norm) : 0
    self[.articleRarest] = rarest
    self[.articleTopics] = article.topics.withUnsafeBufferPointer { topics in profile.topicLikeness(mentions) { topics[$0] } }
    self[.articleDirection] = TextDirection(profile, background).cosine(article.direction, least: TextProfile.leastNorm)
    self[.articleLength] = Elementary.log(Double(1 + article.length))
  }

  /// - Returns: how much is shared of the squared information of all words, and the most information of a shared one.
  private func compareWords(
    _ words: ArraySlice<UInt16>, _ article: ArticleProfile, _ background: Background
  ) -> (Surprise, rarest: Double) {
    background.withCodes(.articleWords) { codes in
      background.withCodes(.idf) { idf in
        article[.words].withBits { bits in
          var surprise = Surprise()
          var rarest = 0.0
          for word in words {
            let idf = Background.information(idf[Int(word)])
            let isShared = bits[Int(word >> 6)] >> UInt64(word & 63) & 1 != 0
            surprise.add(weight: idf * idf, chance: article.chance[codes[Int(word)]], isShared: isShared)
            rarest = max(rarest, isShared ? idf : 0)
          }
          return (surprise, rarest)
        }
      }
    }
  }

  private mutating func compare(
    _ profile: TextProfile, _ parent: ParentProfile, _ memory: inout ThreadOverlap, _ background: Background
  ) {
    hasParent = true
    let chance = background.chance(comments: 1)
    self[.isReply] = 1
    self[.parentWords] = memory.mark(parent.profile.words) { Surprise(profile.words, $0, .commentWords, chance, background).z }
    self[.parentLetters] = memory.mark(parent.profile.letters) { Surprise(profile.letters, $0, .commentLetters, chance, background).z }
    self[.parentRelevance] = parent.relevance
  }

  private mutating func compare(_ profile: TextProfile, _ thread: ThreadOverlap, _ background: Background) {
    hasThread = true
    let chance = background.chance(comments: thread.comments)
    let letters = thread.letters.withUnsafeBufferPointer { shared in
      Surprise(profile.letters, .commentLetters, chance, background) { index, _ in shared[index] }
    }
    self[.threadLetters] = letters.z
    self[.threadLettersCoverage] = letters.coverage
    self[.threadTopics] = thread.topics
    self[.threadSize] = Elementary.log(Double(1 + thread.comments))
    self[.threadWords] =
      thread.words.withUnsafeBufferPointer { shared in
        Surprise(profile.words, .commentWords, chance, background) { index, _ in shared[index] }
      }.z
  }

  package subscript(feature: RelevanceFeature) -> Double {
    get { values[feature.rawValue] }
    set { values[feature.rawValue] = newValue }
  }

  package var features: [Double] { RelevanceFeature.allCases.map { self[$0] } }

  package func isKnown(_ feature: RelevanceFeature) -> Bool {
    switch feature.subject {
    case .article: hasArticle
    case .parent: hasParent
    case .thread: hasThread
    case .comment: true
    }
  }

  /// What the comment can be compared with; nil where there is nothing to be relevant to.
  package var context: RelevanceContext? {
    switch (hasArticle, hasThread) {
    case (true, true): .articleAndThread
    case (true, false): .article
    case (false, true): .thread
    case (false, false): nil
    }
  }

  /// The same comment where only part of it is known; nil where that part is not.
  package func seen(in context: RelevanceContext) -> Relevance? {
    var seen = self
    switch context {
    case .article: (seen.hasThread, seen.hasParent, seen[.isReply]) = (false, false, 0)
    case .thread: seen.hasArticle = false
    case .articleAndThread: break
    }
    return seen.context == context ? seen : nil
  }

  /// What answers to this comment inherit.
  package var ofParent: Double { self[hasArticle ? .articleLetters : .threadLetters] }
}

/// Where a word of a comment stands besides.
package struct WordPlace: Sendable {
  /// In nats.
  package var information: Double
  package var isInArticle = false
  package var isInParent = false
  package var isInThread = false
}

/// How much more is shared than chance would have it.
private struct Surprise {
  private(set) var shared = 0.0
  private(set) var mass = 0.0
  private var expected = 0.0
  private var variance = 0.0

  init() {}

  /// Of units that weigh by their information.
  @inline(__always)
  init(_ units: ArraySlice<UInt16>, _ text: BucketSet, _ table: Background.Table, _ chance: ChanceTable, _ background: Background) {
    self = text.withBits { bits in
      Surprise(units, table, chance, background) { _, unit in
        UInt8(truncatingIfNeeded: bits[Int(unit >> 6)] >> UInt64(unit & 63) & 1)
      }
    }
  }

  /// - Parameter isShared: 1 where the unit of this index is shared, else 0.
  @inline(__always)
  init(
    _ units: ArraySlice<UInt16>, _ table: Background.Table, _ chance: ChanceTable, _ background: Background,
    isShared: (_ index: Int, _ unit: UInt16) -> UInt8
  ) {
    let sums = units.withUnsafeBufferPointer { units in
      background.withCodes(table) { codes in
        chance.withMoments { moments in
          var sums = SIMD4<Float>.zero
          for index in units.indices {
            sums += moments[ChanceTable.moments(codes[Int(units[index])], isShared: isShared(index, units[index]))]
          }
          return sums
        }
      }
    }
    (mass, expected, variance, shared) = (Double(sums.x), Double(sums.y), Double(sums.z), Double(sums.w))
  }

  @inline(__always)
  mutating func add(weight: Double, chance: Double, isShared: Bool) {
    let byChance = weight * chance
    mass += weight
    expected += byChance
    variance += weight * byChance * (1 - chance)
    // No branch, which would be guessed wrong at every other word.
    shared += weight * (isShared ? 1 : 0)
  }

  var z: Double { (shared - expected) / (variance + 0.5).squareRoot() }
  var coverage: Double { mass > 0 ? shared / mass : 0 }
}

/// Brings the features to one scale, and bends them: a linear model of the columns can then say that the first shared word tells
/// more than the tenth, and that little overlap says more of a long comment than of a short one.
package struct RelevanceScale: Sendable, Equatable {
  /// Of each feature x, standardised: x, x², and x times the standardised length.
  package static let columnsPerFeature = 3
  package static let columns = columnsPerFeature * RelevanceFeature.allCases.count

  package var means: [Double]
  package var deviations: [Double]

  private static let bound = 4.0

  package init(means: [Double], deviations: [Double]) {
    self.means = means
    self.deviations = deviations
  }

  /// Means and standard deviations over the rows that know a feature.
  package init(_ rows: some Sequence<Relevance>) {
    let zeros = [Double](repeating: 0, count: RelevanceFeature.allCases.count)
    var (counts, sums, squares) = (zeros, zeros, zeros)
    for row in rows {
      for feature in RelevanceFeature.allCases where row.isKnown(feature) {
        counts[feature.rawValue] += 1
        sums[feature.rawValue] += row[feature]
        squares[feature.rawValue] += row[feature] * row[feature]
      }
    }
    let means = zip(sums, counts).map { $1 > 0 ? Double(Float($0 / $1)) : 0 }
    self.means = means
    deviations = zeros.indices.map { index in
      guard counts[index] > 0 else { return 1 }
      let variance = squares[index] / counts[index] - means[index] * means[index]
      return variance > 1e-9 ? Double(Float(variance.squareRoot())) : 1
    }
  }

  /// Standardised, within ±4; 0 where it is not known, which speaks neither for nor against.
  @inline(__always)
  package func standardised(_ feature: RelevanceFeature, of relevance: Relevance) -> Double {
    guard relevance.isKnown(feature) else { return 0 }
    let value = (relevance[feature] - means[feature.rawValue]) / deviations[feature.rawValue]
    return max(-Self.bound, min(Self.bound, value))
  }

  /// The columns of one feature.
  ///
  /// - Parameter length: the standardised length.
  @inline(__always)
  package func columns(_ feature: RelevanceFeature, of relevance: Relevance, length: Double) -> (Double, Double, Double) {
    let value = standardised(feature, of: relevance)
    return (value, value * value, value * length)
  }

  /// All columns, feature after feature.
  package func columns(of relevance: Relevance) -> [Double] {
    let length = standardised(.length, of: relevance)
    return RelevanceFeature.allCases.flatMap { feature -> [Double] in
      let (first, second, third) = columns(feature, of: relevance, length: length)
      return [first, second, third]
    }
  }
}

/// What the place of a comment adds to a logit.
package struct RelevanceWeights: Sendable, Equatable {
  /// Of each context: the bias, then the weight of each column.
  package var values: [[Double]]

  package init(values: [[Double]]) { self.values = values }

  package static let zero = RelevanceWeights(
    values: RelevanceContext.allCases.map { _ in [Double](repeating: 0, count: 1 + RelevanceScale.columns) })

  /// What a head learns from beside the text, a weight each: the log-odds of pairs, the standardised features, and the square of the length,
  /// because twice as short is not twice as telling.
  package static let headColumns = 2 + RelevanceFeature.allCases.count

  /// The values of these columns.
  ///
  /// - Parameter pairs: the log-odds.
  package static func headColumns(of relevance: Relevance, pairs: Double, _ scale: RelevanceScale) -> [Float] {
    let length = scale.standardised(.length, of: relevance)
    return [Float(pairs)] + RelevanceFeature.allCases.map { Float(scale.standardised($0, of: relevance)) } + [Float(length * length)]
  }

  /// - Parameters:
  ///   - pairs: multiplied by the first of `head`.
  ///   - head: the weight of each of ``headColumns``.
  package init(_ pairs: RelevanceWeights, head: [Double]) {
    let square = 1 + RelevanceScale.columnsPerFeature * RelevanceFeature.length.rawValue + 1
    values = pairs.values.map { values in
      var sum = values.map { $0 * head[0] }
      for feature in RelevanceFeature.allCases {
        sum[1 + RelevanceScale.columnsPerFeature * feature.rawValue] += head[1 + feature.rawValue]
      }
      sum[square] += head[Self.headColumns - 1]
      return sum
    }
  }

  package func bias(_ context: RelevanceContext) -> Double { values[context.rawValue][0] }

  /// The share of one feature.
  @inline(__always)
  package func share(_ feature: RelevanceFeature, of relevance: Relevance, in context: RelevanceContext, _ scale: RelevanceScale) -> Double
  {
    share(feature, of: relevance, values[context.rawValue], scale, length: scale.standardised(.length, of: relevance))
  }

  @inline(__always)
  private func share(
    _ feature: RelevanceFeature, of relevance: Relevance, _ weights: [Double], _ scale: RelevanceScale, length: Double
  ) -> Double {
    let (first, second, third) = scale.columns(feature, of: relevance, length: length)
    let start = 1 + RelevanceScale.columnsPerFeature * feature.rawValue
    return weights[start] * first + weights[start + 1] * second + weights[start + 2] * third
  }

  /// The bias and the shares of all features.
  package func logit(_ relevance: Relevance, in context: RelevanceContext, _ scale: RelevanceScale) -> Double {
    let length = scale.standardised(.length, of: relevance)
    let weights = values[context.rawValue]
    return RelevanceFeature.allCases.reduce(weights[0]) { $0 + share($1, of: relevance, weights, scale, length: length) }
  }
}
