/// Scores comments with a model, in the order they come.
///
///     let scorer = Scorer(model: model)
///     var conversations = scorer.makeConversations()
///     scorer.score(comment, in: &conversations).probabilities   // [0.03, 0.91], one a label of the model
public struct Scorer: Sendable {
  public let model: Model
  private let tokenizer = Tokenizer()

  public init(model: Model) { self.model = model }

  /// Buffers that one thread of scoring uses again and again.
  public struct Workspace: Sendable {
    var tokens = TokenBuffer()
    var profiler = TextProfiler()
    var extractor: FeatureExtractor
    /// One sum a block and head.
    var sums: [Double]

    init(_ model: Model) {
      extractor = FeatureExtractor(model.features)
      sums = [Double](repeating: 0, count: FeatureBlock.allCases.count * model.heads.count)
    }
  }

  public func makeWorkspace() -> Workspace { Workspace(model) }

  /// - Parameter explaining: whether explanations shall name the words that a comment shares with its place.
  public func makeConversations(explaining: Bool = true) -> ConversationStore {
    ConversationStore(Conversations(model.background, tracesWords: explaining))
  }

  /// The articles and threads seen so far.
  public struct ConversationStore: Sendable {
    var conversations: Conversations

    init(_ conversations: Conversations) { self.conversations = conversations }

    /// Comments of this article that are scored from now on are compared with it.
    public mutating func add(_ article: Article) { conversations.add(article) }
  }

  /// What a text says by itself, before its place is looked at. Independent of every other comment.
  public struct TextScore: Sendable {
    var logits: [Double]
    var profile: TextProfile?
  }

  /// - Complexity: O(bytes).
  public func scoreText(_ text: String, _ workspace: inout Workspace) -> TextScore {
    tokenizer.tokenize(text, into: &workspace.tokens)
    return scoreTokens(&workspace)
  }

  private func scoreTokens(_ workspace: inout Workspace) -> TextScore {
    let heads = model.heads.count
    let weights = model.weights
    // Taken out for the while, because the walk over the features needs the rest of the workspace.
    var sums: [Double] = []
    swap(&sums, &workspace.sums)
    defer { swap(&sums, &workspace.sums) }
    for index in sums.indices { sums[index] = 0 }
    var wordFeatures = 0
    var characterFeatures = 0
    workspace.extractor.forEachFeature(in: workspace.tokens) { block, bucket, _ in
      if block == .words { wordFeatures += 1 } else { characterFeatures += 1 }
      let base = block.rawValue * heads
      for head in 0..<heads { sums[base + head] += Double(weights[bucket * heads + head]) }
    }
    let norms = BlockNorms(model.features, words: wordFeatures, characters: characterFeatures)
    let logits = (0..<heads).map { model.heads[$0].bias + sums[$0] * norms.words + sums[heads + $0] * norms.characters }
    let needsProfile = model.heads.contains { $0.usesContext }
    return TextScore(logits: logits, profile: needsProfile ? workspace.profiler.profile(workspace.tokens) : nil)
  }

  /// Completes a score by the comment's place; the comment then joins its thread, so comments come in their order.
  public func place(_ score: TextScore, of comment: Comment, in store: inout ConversationStore) -> CommentScore {
    guard let profile = score.profile else {
      return CommentScore(model: model, logits: score.logits, relevance: nil)
    }
    let relevance = store.conversations.relevance(of: comment, profile)
    return CommentScore(model: model, logits: placedLogits(score, relevance), relevance: relevance)
  }

  private func placedLogits(_ score: TextScore, _ relevance: Relevance) -> [Double?] {
    score.logits.indices.map { head -> Double? in
      guard model.heads[head].usesContext else { return score.logits[head] }
      guard let context = relevance.context else { return nil }
      return score.logits[head] + model.relevanceWeights[head].logit(relevance, in: context, model.relevanceScale)
    }
  }

  public func score(_ comment: Comment, _ workspace: inout Workspace, in store: inout ConversationStore) -> CommentScore {
    place(scoreText(comment.text, &workspace), of: comment, in: &store)
  }

  /// Scores a batch on several threads. The answer does not depend on their number.
  ///
  /// - Returns: one entry a comment, in order; articles only join the store.
  public func score(_ records: [Record], threads: Int, in store: inout ConversationStore) -> [CommentScore] {
    let chunk = 64
    let chunks = (records.count + chunk - 1) / chunk
    let parts = Parallel.map(chunks, threads: threads) { index -> [TextScore] in
      var workspace = makeWorkspace()
      return records[index * chunk..<min((index + 1) * chunk, records.count)].compactMap { record in
        if case .comment(let comment) = record { scoreText(comment.text, &workspace) } else { nil }
      }
    }
    var texts = parts.joined().makeIterator()
    return records.compactMap { record in
      switch record {
      case .article(let article):
        store.add(article)
        return nil
      case .comment(let comment):
        return texts.next().map { place($0, of: comment, in: &store) }
      }
    }
  }
}

/// By what each block's sum is multiplied.
struct BlockNorms {
  let words: Double
  let characters: Double

  init(_ space: FeatureSpace, words: Int, characters: Int) {
    self.words = space.normalizesBlocks ? 1 / Double(max(words, 1)).squareRoot() : 1
    self.characters = space.normalizesBlocks ? 1 / Double(max(characters, 1)).squareRoot() : 1
  }

  subscript(block: FeatureBlock) -> Double { block == .words ? words : characters }
}

/// The scores of one comment, in the order of the model's labels.
public struct CommentScore: Sendable {
  private let model: Model
  /// nil where a label cannot be decided: it depends on article and thread, and there are none.
  public let logits: [Double?]
  package let relevance: Relevance?

  init(model: Model, logits: [Double?], relevance: Relevance?) {
    self.model = model
    self.logits = logits
    self.relevance = relevance
  }

  /// Calibrated, in 0...1.
  public var probabilities: [Double?] { logits.map { $0.map { Elementary.sigmoid($0) } } }

  /// Labels whose probability reaches their threshold.
  public var flags: [String] {
    zip(model.heads, probabilities).compactMap { head, probability in
      probability.map { $0 >= head.threshold } == true ? head.label : nil
    }
  }
}
