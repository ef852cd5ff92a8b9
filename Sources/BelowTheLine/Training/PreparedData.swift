/// Labelled records, tokenised and hashed once; every fold and every label is fitted on the same matrix.
public struct PreparedData: Sendable {
  public let comments: [Comment]
  public let articles: Int
  package let features: FeatureSpace
  package let matrix: SparseMatrix
  package let relevance: DenseColumns
  package let hasContext: [Bool]
  package let idf: IDFTable
  package let means: RelevanceMeans
  /// Rows of one group are never split between training and test: those of one article (or other field), and near-duplicates
  /// among rows that have none.
  public let groups: [String]
  /// Rows that were put in the group of a row like them.
  public let nearDuplicates: Int
  /// XXH64 over identifiers, texts and labels, in order.
  public let digest: String

  /// A feature is learnt when it stands in two comments of weight 1, or the like.
  private static let leastColumnWeight = 2.0

  /// - Parameters:
  ///   - groupField: `article_id` (the default), `author`, `parent_id` or any extra field of the records.
  /// - Complexity: O(bytes); holds 8 bytes a feature.
  public init(_ records: [Record], features: FeatureSpace, groupField: String? = nil) {
    let tokenizer = Tokenizer()
    var buffer = TokenBuffer()
    var extractor = FeatureExtractor(features)
    var row = FeatureRow()
    var matrix = SparseMatrix(bits: features.bits)
    var comments: [Comment] = []
    var profiles: [TextProfile] = []
    var duplicates = NearDuplicates()
    var ungrouped: [Int] = []
    var frequencies = [Int32](repeating: 0, count: 1 << IDFTable.bits)
    var documents = 0
    var articles = 0

    func countDocument(_ profile: TextProfile) {
      documents += 1
      for word in profile.words { frequencies[Int(word.hash >> UInt32(32 - IDFTable.bits))] += 1 }
    }
    for record in records {
      switch record {
      case .article(let article):
        articles += 1
        tokenizer.tokenize((article.title ?? "") + "\n" + article.body, into: &buffer)
        countDocument(TextProfile(buffer))
      case .comment(let comment):
        tokenizer.tokenize(comment.text, into: &buffer)
        row.extract(buffer, with: &extractor)
        matrix.append(row.entries(in: features))
        let profile = TextProfile(buffer)
        countDocument(profile)
        profiles.append(profile)
        if comment.group(by: groupField) == nil {
          ungrouped.append(comments.count)
          duplicates.add(buffer)
        }
        comments.append(comment)
      }
    }
    matrix.dropColumns(below: Self.leastColumnWeight, weights: comments.map(\.weight))
    let idf = IDFTable(documentFrequencies: frequencies, documents: documents)
    var conversations = Conversations(idf: idf)
    var relevances: [Relevance] = []
    for record in records {
      switch record {
      case .article(let article): conversations.add(article)
      case .comment(let comment): relevances.append(conversations.relevance(of: comment, profiles[relevances.count]))
      }
    }
    let means = RelevanceMeans(relevances)
    var dense = DenseColumns(width: RelevanceFeature.allCases.count)
    for index in relevances.indices {
      relevances[index].fillUnknown(with: means)
      dense.append(relevances[index].features)
    }
    self.comments = comments
    self.articles = articles
    self.features = features
    self.matrix = matrix
    self.relevance = dense
    hasContext = relevances.map(\.hasContext)
    self.idf = idf
    self.means = means
    var groups = comments.map { $0.group(by: groupField) ?? "" }
    let leaders = duplicates.groups()
    for (position, row) in ungrouped.enumerated() { groups[row] = "\u{0}\(ungrouped[leaders[position]])" }
    self.groups = groups
    nearDuplicates = leaders.enumerated().count { $0.offset != $0.element }
    digest = Self.digest(comments)
  }

  private static func digest(_ comments: [Comment]) -> String {
    var hash: UInt64 = 0
    for comment in comments {
      let labels = comment.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
      hash = Array("\(comment.id)\u{0}\(comment.text)\u{0}\(labels)\u{0}\(comment.weight)".utf8).withUnsafeBytes {
        XXHash64.hash($0, seed: hash)
      }
    }
    return XXHash64.text(hash)
  }

  /// Labels that occur in the data, by name.
  public var labels: [String] { Set(comments.flatMap(\.labels.keys)).sorted() }

  package func rows(label: String, positiveWeight: Double) -> TrainingRows {
    var training = TrainingRows(rows: [], isPositive: [], weights: [])
    for (row, comment) in comments.enumerated() {
      guard let value = comment.labels[label], comment.weight > 0 else { continue }
      training.rows.append(row)
      training.isPositive.append(value)
      training.weights.append(comment.weight * (value ? positiveWeight : 1))
    }
    return training
  }

  /// Labels and the hashed features of every comment, for other learners.
  ///
  /// - Parameter body: called with each comment and its features, ascending by bucket (from 0), each bucket once.
  public func forEachRow(_ body: (Comment, [(bucket: Int, value: Float)]) throws -> Void) rethrows {
    for (row, comment) in comments.enumerated() {
      var entries: [(bucket: Int, value: Float)] = []
      for entry in matrix.rowStarts[row]..<matrix.rowStarts[row + 1] {
        entries.append((matrix.buckets[Int(matrix.columns[entry])], matrix.values[entry]))
      }
      try body(comment, entries)
    }
  }
}
