/// How a comment relates to what it stands under: the article, the comment it answers, the thread so far.
///
/// Every feature lies in 0...1. What cannot be said, because there is no article, no parent or no thread yet, takes the mean
/// of the training data, so that it speaks neither for nor against. Words weigh by their inverse document frequency, so that sharing *the* counts for nothing
/// and sharing a rare name for much.
package enum RelevanceFeature: Int, CaseIterable, Sendable {
  /// Share of the comment's idf mass whose words stand in the article.
  case articleCoverage
  /// Cosine of the idf vectors of comment and article.
  case articleCosine
  /// Like `articleCoverage`, for the headline alone.
  case titleCoverage
  /// Like `articleCoverage`, for words that share their first letters, as inflections do.
  case articleStemCoverage
  /// The idf of the rarest word shared with the article.
  case rarestShared
  case hasParent
  /// Share of the idf mass whose words stand in the parent comment.
  case parentCoverage
  /// The parent's own `articleStemCoverage`: a tangent stays a tangent.
  case parentArticleCoverage
  case hasThread
  /// Share of the idf mass whose words stand in earlier comments of the thread, each word weighed by how many used it.
  case threadCoverage
  /// log₂(1 + words) / 10, at most 1.
  case length
  /// `articleStemCoverage` × `length`: little overlap says more of a long comment than of a short one.
  case articleStemCoverageByLength

  /// As explanations name it.
  package var name: String {
    switch self {
    case .articleCoverage: "words shared with the article"
    case .articleCosine: "likeness to the article"
    case .titleCoverage: "words shared with the headline"
    case .articleStemCoverage: "stems shared with the article"
    case .rarestShared: "rarest word shared with the article"
    case .hasParent: "answers a comment"
    case .parentCoverage: "words shared with the parent"
    case .parentArticleCoverage: "the parent's own relevance"
    case .hasThread: "has a thread"
    case .threadCoverage: "words shared with the thread"
    case .length: "length"
    case .articleStemCoverageByLength: "stems shared with the article, by length"
    }
  }

  /// Changes whenever a feature changes its meaning: a model of another revision is refused.
  package static let revision = 1

  package enum Subject: Sendable {
    case article
    case parent
    case thread
    case comment
  }

  /// What the comment is compared with; without it the feature is unknown.
  package var subject: Subject {
    switch self {
    case .articleCoverage, .articleCosine, .titleCoverage, .articleStemCoverage, .rarestShared, .articleStemCoverageByLength: .article
    case .parentCoverage, .parentArticleCoverage: .parent
    case .threadCoverage: .thread
    case .hasParent, .hasThread, .length: .comment
    }
  }
}

/// The mean of every relevance feature over the training rows that know it.
package struct RelevanceMeans: Sendable, Equatable {
  package var values: [Float]

  package init(values: [Float]) { self.values = values }

  package init(_ rows: [Relevance]) {
    var sums = [Double](repeating: 0, count: RelevanceFeature.allCases.count)
    var counts = sums
    for row in rows {
      for feature in RelevanceFeature.allCases where row.isKnown(feature) {
        sums[feature.rawValue] += row[feature]
        counts[feature.rawValue] += 1
      }
    }
    values = zip(sums, counts).map { $1 > 0 ? Float($0 / $1) : 0 }
  }
}

/// The article as relevance sees it, made once an article.
package struct ArticleProfile: Sendable {
  let all: TextProfile
  let title: TextProfile
  let norm: Double

  package init(_ article: Article, idf: IDFTable, tokenizer: Tokenizer, buffer: inout TokenBuffer) {
    tokenizer.tokenize(article.title ?? "", into: &buffer)
    title = TextProfile(buffer)
    tokenizer.tokenize((article.title ?? "") + "\n" + article.body, into: &buffer)
    all = TextProfile(buffer)
    norm = all.norm(idf)
  }
}

/// What is known of a comment that later ones may answer.
package struct ParentProfile: Sendable {
  let profile: TextProfile
  let articleCoverage: Double
}

/// The words of a thread so far.
package struct ThreadProfile: Sendable {
  private var frequencies: [UInt32: Int32] = [:]
  package private(set) var comments = 0

  /// Bounds memory for hostile threads: later words are then left out.
  private static let maximumWords = 200_000

  package init() {}

  package mutating func add(_ profile: TextProfile) {
    comments += 1
    for word in profile.words where frequencies.count < Self.maximumWords || frequencies[word.hash] != nil {
      frequencies[word.hash, default: 0] += 1
    }
  }

  func frequency(of word: UInt32) -> Int32 { frequencies[word] ?? 0 }
}

/// The features of one comment in its place, and the words that explain them.
package struct Relevance: Sendable {
  package private(set) var features = [Float](repeating: 0, count: RelevanceFeature.allCases.count)
  /// Tokens whose words the article has too, rarest first; words that stand everywhere are left out.
  package private(set) var sharedTokens: [Int] = []
  package private(set) var hasArticle = false

  private static let tellingIDF = 0.35

  /// - Complexity: O(w log a) for w distinct words in the comment and a in the article.
  package init(
    _ profile: TextProfile, article: ArticleProfile?, parent: ParentProfile?, thread: ThreadProfile?, idf: IDFTable
  ) {
    // Some dumps name an article and bring no word of it: there is nothing to be compared with.
    let article = article.flatMap { $0.all.words.isEmpty ? nil : $0 }
    var mass = 0.0
    var (inArticle, inTitle, stemInArticle, inParent, inThread) = (0.0, 0.0, 0.0, 0.0, 0.0)
    var squares = 0.0
    var sharedSquares = 0.0
    var rarest = 0.0
    var shared: [(idf: Double, token: Int32)] = []
    for word in profile.words {
      let weight = idf[word.hash]
      mass += weight
      squares += weight * weight
      if let article {
        if article.all.contains(word: word.hash) {
          inArticle += weight
          sharedSquares += weight * weight
          rarest = max(rarest, weight)
          if weight >= Self.tellingIDF { shared.append((weight, word.token)) }
        }
        if article.all.contains(stem: word.stem) { stemInArticle += weight }
        if article.title.contains(word: word.hash) { inTitle += weight }
      }
      if let parent, parent.profile.contains(word: word.hash) { inParent += weight }
      if let thread {
        let frequency = Double(thread.frequency(of: word.hash))
        inThread += weight * frequency / (frequency + 2)
      }
    }
    sharedTokens = shared.sorted { ($1.idf, $0.token) < ($0.idf, $1.token) }.map { Int($0.token) }
    let total = max(mass, 1e-9)
    if let article {
      hasArticle = true
      self[.articleCoverage] = inArticle / total
      self[.articleCosine] = squares > 0 && article.norm > 0 ? sharedSquares / (squares.squareRoot() * article.norm) : 0
      self[.titleCoverage] = inTitle / total
      self[.articleStemCoverage] = stemInArticle / total
      self[.rarestShared] = rarest
    }
    if let parent {
      self[.hasParent] = 1
      self[.parentCoverage] = inParent / total
      self[.parentArticleCoverage] = parent.articleCoverage
    }
    if let thread, thread.comments > 0 {
      self[.hasThread] = 1
      self[.threadCoverage] = inThread / total
    }
    self[.length] = min(1, Elementary.log(Double(1 + profile.length)) / 0.6931471805599453 / 10)
    self[.articleStemCoverageByLength] = self[.articleStemCoverage] * self[.length]
  }

  package subscript(feature: RelevanceFeature) -> Double {
    get { Double(features[feature.rawValue]) }
    set { features[feature.rawValue] = Float(newValue) }
  }

  package func isKnown(_ feature: RelevanceFeature) -> Bool {
    switch feature.subject {
    case .article: hasArticle
    case .parent: self[.hasParent] == 1
    case .thread: self[.hasThread] == 1
    case .comment: true
    }
  }

  package mutating func fillUnknown(with means: RelevanceMeans) {
    let unknown = RelevanceFeature.allCases.filter { !isKnown($0) }
    for feature in unknown { features[feature.rawValue] = means.values[feature.rawValue] }
  }

  /// Whether there is anything to be relevant to.
  package var hasContext: Bool { hasArticle || self[.hasParent] + self[.hasThread] > 0 }
}
