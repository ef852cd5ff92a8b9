/// Labelled records, tokenised and hashed once; every fold and every label is fitted on the same matrix.
public struct PreparedData: Sendable {
  /// Behind those of the records, their sentences.
  public let comments: [Comment]
  /// How many of ``comments`` are the records themselves.
  public let ownComments: Int
  public let articles: Int
  /// Of comments before their articles or parents, without them, and of a thread that takes more than 1 GB by itself.
  public let missedContext: MissedContext
  package let features: FeatureSpace
  package let matrix: SparseMatrix
  /// Of each comment: the log-odds that ``pairs`` give it, 0 without a place; then its standardised features. No columns where
  /// relevance was not learnt.
  package let relevance: DenseColumns
  /// One column, which auxiliary rows have and others lack, so that these have an intercept of their own; no column where there are none.
  package let auxiliary: DenseColumns
  package let hasContext: [Bool]
  package let background: Background
  package let pairs: PairLearning
  /// How many articles and comments taught relevance: those of the records and those of the background.
  package let documents: (articles: Int, comments: Int)
  /// Whether there are documents besides the records.
  package let hasBackground: Bool
  /// Rows of one group are never split between training and test: those of one article (or other field), and near-duplicates
  /// among rows that have none.
  public let groups: [String]
  /// Rows that were put in the group of a row like them.
  public let nearDuplicates: Int
  /// XXH64 over identifiers, texts, labels and weights of the comments, in order. Articles, and which comments stand under them or answer
  /// each other, are not in it.
  public let digest: String

  /// A feature is learnt when it stands in two comments of weight 1, or the like.
  private static let leastColumnWeight = 2.0
  /// Of the column for auxiliary rows: a weight of the size of an intercept is then hardly penalised.
  private static let interceptScale: Float = 4

  /// - Parameters:
  ///   - groupField: as ``Comment/group(by:)`` has it.
  ///   - background: further articles and comments to learn relevance from. They need no labels.
  ///   - seed: of the pairs that relevance is learnt from.
  ///   - learnsRelevance: false where no label looks at the place of a comment (``TrainingOptions/needsRelevance(_:background:)``):
  ///     nothing is then compared with its place, which is most of the work.
  ///   - seesWholeThreads: whether comments are compared with those after them in their thread too.
  ///   - sentenceWeight: each sentence of a comment that stands under no article and has several is an auxiliary row too, which weighs so
  ///     many times what the comment does; 0 for no such rows. Short remarks are then less unlike what there is to learn from.
  /// - Complexity: O(bytes); holds 8 bytes a feature.
  public init(
    _ records: consuming [Record], features: FeatureSpace, groupField: String? = nil,
    background: ConversationSample = ConversationSample(), seed: UInt64 = 1, threads: Int = 1, learnsRelevance: Bool = true,
    seesWholeThreads: Bool = false, sentenceWeight: Double = 0
  ) {
    let tokenizer = Tokenizer(features)
    var buffer = TokenBuffer()
    var extractor = FeatureExtractor(features)
    var profiler = TextProfiler(background.lexicon)
    var row = FeatureRow()
    var matrix = SparseMatrix(bits: features.bits)
    var comments: [Comment] = []
    var profiles: [(of: ProfiledRecord, profile: TextProfile)] = []
    var duplicates = NearDuplicates()
    var ungrouped: [Int] = []
    var articles = 0
    var digest = DataDigest()
    let hasBackground = background.comments > 0
    var sample = background
    var records = records
    LargePages.reserve(records.count, in: &comments)
    // What a tenth of the records take tells what all will: memory that is not copied while it grows need not be cleared twice.
    let sampledRecords = records.count / 10
    for index in records.indices {
      switch Self.take(&records[index]) {
      case .article(let article):
        articles += 1
        guard learnsRelevance else { continue }
        tokenizer.tokenize((article.title ?? "") + "\n" + article.body, into: &buffer)
        let profile = profiler.profile(buffer)
        sample.add(article, profile)
        profiles.append((.article(article.id), profile))
      case .comment(let comment):
        digest.add(comment)
        comments.append(comment)
        // Looked at where it stands from here on.
        let number = comments.count - 1
        tokenizer.tokenize(comments[number].text, into: &buffer)
        row.extract(buffer, with: &extractor)
        matrix.append(row, in: features)
        if number == sampledRecords { matrix.reserve(times: 11) }
        if learnsRelevance {
          let profile = profiler.profile(buffer)
          if !comments[number].isAuxiliary { sample.add(comments[number], profile) }
          profiles.append((.comment(number), profile))
        }
        if comments[number].group(by: groupField) == nil {
          ungrouped.append(number)
          duplicates.add(buffer)
        }
      }
    }
    records = []
    let own = comments.count
    ownComments = own
    self.digest = digest.text
    // The comment that a row is a sentence of.
    var wholes: [Int] = []
    if sentenceWeight > 0 {
      for whole in 0..<own where comments[whole].articleID == nil && !comments[whole].labels.isEmpty && !comments[whole].isAuxiliary {
        let sentences = Sentences.split(comments[whole].text)
        guard sentences.count > 1 else { continue }
        for sentence in sentences {
          tokenizer.tokenize(sentence, into: &buffer)
          row.extract(buffer, with: &extractor)
          matrix.append(row, in: features)
          var comment = comments[whole]
          (comment.text, comment.weight, comment.isAuxiliary) = (sentence, comment.weight * sentenceWeight, true)
          comments.append(comment)
          wholes.append(whole)
        }
      }
    }
    // A sentence is no second comment that a feature stands in.
    let columnWeights = comments.indices.map { $0 < own ? (comments[$0].isAuxiliary ? 1 : comments[$0].weight) : 0 }
    matrix.dropColumns(below: Self.leastColumnWeight, weights: columnWeights)

    let documents = sample
    let background = documents.background()
    let backgrounds = Parallel.map(ConversationSample.parts, threads: threads) {
      learnsRelevance ? documents.background(without: $0) : background
    }
    var relevances = [Relevance](repeating: Relevance(), count: learnsRelevance ? own : 0)
    var parts = [Int](repeating: 0, count: relevances.count)
    var conversations = backgrounds.map {
      Conversations($0, keepsWholeThreads: seesWholeThreads, room: Conversations.roomOfWholeThreads)
    }
    for (id, positions) in Self.conversations(profiles.map(\.of), comments) {
      let part = ConversationSample.part(of: id)
      // A comment that comes a second time finds those after it, too.
      let missed = conversations[part].missedContext
      for _ in 0..<(seesWholeThreads ? 2 : 1) {
        conversations[part].missedContext = missed
        for position in positions {
          let profile = profiles[position].profile
          switch profiles[position].of {
          case .article(let id): conversations[part].add(profile, id: id)
          case .comment(let number):
            parts[number] = part
            relevances[number] = conversations[part].relevance(of: CommentPlace(comments[number]), profile)
          }
        }
      }
      conversations[part].removeAll()
    }
    missedContext = conversations.reduce(MissedContext()) { $0 + $1.missedContext }
    let pairs = PairLearning(documents, backgrounds: backgrounds, others: relevances, seed: seed, threads: threads)
    var dense = DenseColumns(width: learnsRelevance ? RelevanceWeights.headColumns : 0)
    for (relevance, part) in zip(relevances, parts) {
      dense.append(RelevanceWeights.headColumns(of: relevance, pairs: pairs.logit(relevance, part: part) ?? 0, pairs.scale))
    }
    for _ in wholes { dense.append([Float](repeating: 0, count: dense.width)) }
    var auxiliary = DenseColumns(width: comments.indices.contains { comments[$0].isAuxiliary } ? 1 : 0)
    if auxiliary.width > 0 {
      for row in comments.indices { auxiliary.append([comments[row].isAuxiliary ? Self.interceptScale : 0]) }
    }
    self.auxiliary = auxiliary
    self.comments = comments
    self.articles = articles
    self.features = features
    self.matrix = matrix
    self.relevance = dense
    hasContext = learnsRelevance ? relevances.map { $0.context != nil } + wholes.map { _ in false } : comments.indices.map { _ in false }
    self.background = background
    self.pairs = pairs
    self.documents = (documents.articles, documents.comments)
    self.hasBackground = hasBackground
    var groups = (0..<own).map { comments[$0].group(by: groupField) ?? "" }
    let leaders = duplicates.groups()
    for (position, row) in ungrouped.enumerated() { groups[row] = "\u{0}\(ungrouped[leaders[position]])" }
    self.groups = groups + wholes.map { groups[$0] }
    nearDuplicates = leaders.enumerated().count { $0.offset != $0.element }
  }

  /// Leaves an empty record behind: a copy of a comment is one of a dozen parts.
  private static func take(_ record: inout Record) -> Record {
    var taken = Record.comment(Comment(id: "", text: ""))
    swap(&taken, &record)
    return taken
  }

  /// What a profile is that of: an article, by its id, or a comment, by its number.
  private enum ProfiledRecord {
    case article(String)
    case comment(Int)
  }

  /// The positions of the records of each conversation, in their order: one at a time fits memory in whatever order they came.
  private static func conversations(
    _ records: [ProfiledRecord], _ comments: [Comment]
  ) -> [(id: String, positions: ArraySlice<Int>)] {
    let ids = records.map { record in
      switch record {
      case .article(let id): id
      // A comment that stands nowhere is a conversation of its own.
      case .comment(let number): comments[number].articleID ?? comments[number].id
      }
    }
    let first = Dictionary(zip(ids, ids.indices)) { first, _ in first }
    let starts = ids.map { first[$0] ?? 0 }
    var conversations: [(id: String, positions: ArraySlice<Int>)] = []
    var rest = ids.indices.sorted { (starts[$0], $0) < (starts[$1], $1) }[...]
    while let start = rest.first {
      let positions = rest.prefix { starts[$0] == start }
      conversations.append((ids[start], positions))
      rest = rest.dropFirst(positions.count)
    }
    return conversations
  }

  /// Labels that occur in the data, by name.
  public var labels: [String] { Set(comments.flatMap(\.labels.keys)).sorted() }

  package func rows(label: String, positiveWeight: Double) -> TrainingRows {
    var training = TrainingRows(rows: [], isPositive: [], weights: [])
    for row in comments.indices {
      guard let value = comments[row].labels[label], comments[row].weight > 0 else { continue }
      training.rows.append(row)
      training.isPositive.append(value)
      training.weights.append(comments[row].weight * (value ? positiveWeight : 1))
      training.isAuxiliary.append(comments[row].isAuxiliary)
    }
    return training
  }

  /// Labels and the hashed features of every comment, for other learners.
  ///
  /// - Parameter body: called with each comment and its features, ascending by bucket (from 0), each bucket once.
  public func forEachRow(_ body: (Comment, [(bucket: Int, value: Float)]) throws -> Void) rethrows {
    for (row, comment) in comments[..<ownComments].enumerated() {
      var entries: [(bucket: Int, value: Float)] = []
      for entry in matrix.rowStarts[row]..<matrix.rowStarts[row + 1] {
        entries.append((matrix.buckets[Int(matrix.columns[entry])], matrix.values[entry]))
      }
      try body(comment, entries)
    }
  }
}

/// XXH64 over identifiers, texts, labels and weights, each comment's seeded by that of those before.
/// Says whether two sets of comments are the same: XXH64 over identifiers, texts, labels and weights, in order.
package struct DataDigest {
  private var hash: UInt64 = 0
  private var bytes: [UInt8] = []
  private var labels: [(label: String, value: Bool)] = []

  var text: String { XXHash64.text(hash) }

  /// - Complexity: O(bytes).
  package static func text(of comments: [Comment]) -> String {
    var digest = DataDigest()
    for comment in comments { digest.add(comment) }
    return digest.text
  }

  mutating func add(_ comment: borrowing Comment) {
    bytes.removeAll(keepingCapacity: true)
    bytes += comment.id.utf8
    bytes.append(0)
    bytes += comment.text.utf8
    bytes.append(0)
    labels.removeAll(keepingCapacity: true)
    for (label, value) in comment.labels { labels.append((label, value)) }
    labels.sort { $0.label < $1.label }
    for (label, value) in labels {
      bytes += label.utf8
      bytes += (value ? "=true," : "=false,").utf8
    }
    if !labels.isEmpty { bytes.removeLast() }
    bytes.append(0)
    bytes += (comment.weight == 1 ? "1.0" : "\(comment.weight)").utf8
    if comment.isAuxiliary { bytes += "auxiliary".utf8 }
    hash = bytes.withUnsafeBytes { XXHash64.hash($0, seed: hash) }
  }
}
