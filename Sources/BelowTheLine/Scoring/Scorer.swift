/// Scores comments with a model, in the order they come.
///
///     let scorer = Scorer(model: model)
///     var workspace = scorer.makeWorkspace()
///     var conversations = scorer.makeConversations()
///     scorer.score(comment, &workspace, in: &conversations).probabilities   // [0.03, 0.91], one a label of the model
public struct Scorer: Sendable {
  public let model: Model
  /// Whether a label looks at what a comment stands under: articles and the order of comments then matter.
  public let usesContext: Bool
  package let tokenizer: Tokenizer

  public init(model: Model) {
    self.model = model
    tokenizer = Tokenizer(model.features, Vocabulary(model))
    usesContext = model.heads.contains { $0.usesContext }
  }

  /// Buffers that one thread of scoring uses again and again, with what it remembers of the weights of this model: for no other scorer.
  public struct Workspace: ~Copyable {
    var tokens = TokenBuffer()
    var profiler: TextProfiler
    var openings: Conversations.OpeningMaker
    var summation: TextSummation

    init(_ model: Model) {
      profiler = TextProfiler(model.background.lexicon)
      openings = Conversations.OpeningMaker(model.background)
      summation = TextSummation(model)
    }
  }

  public func makeWorkspace() -> Workspace { Workspace(model) }

  /// - Parameters:
  ///   - explaining: whether explanations shall name the words that a comment shares with its place.
  ///   - wholeThreads: whether to keep threads until they are gone through a second time: comments that are scored again in the same store
  ///     are compared with all others of their thread, not only with those before.
  ///   - room: for articles and threads in flight, in bytes, at least 1; articles whose threads were let go take three eighths of it besides.
  ///     A thread takes some 70,000. 32 MiB where none is given, or 1 GiB for whole threads.
  public func makeConversations(explaining: Bool = true, wholeThreads: Bool = false, room: Int? = nil) -> ConversationStore {
    ConversationStore(Conversations(model.background, tracesWords: explaining, keepsWholeThreads: wholeThreads, room: room))
  }

  /// The articles and threads seen so far.
  public struct ConversationStore: Sendable {
    var conversations: Conversations

    init(_ conversations: Conversations) { self.conversations = conversations }

    /// How many threads had to be let go, because there was no room for all.
    public var released: Int { conversations.released }

    public var missedContext: MissedContext { conversations.missedContext }

    /// Counts ``missedContext`` anew: of what is gone through a second time.
    public mutating func beginAgain() { conversations.missedContext = MissedContext() }

    /// Comments of this article that are scored from now on are compared with it.
    public mutating func add(_ article: Article) { conversations.add(article) }

    package mutating func add(_ opening: Conversations.Opening) { conversations.add(opening) }
  }

  /// What a text says by itself, before its place is looked at. Independent of every other comment.
  public struct TextScore: Sendable {
    public internal(set) var logits: [Double]
    package internal(set) var profile: TextProfile?
  }

  /// - Complexity: O(bytes).
  public func scoreText(_ text: String, _ workspace: inout Workspace) -> TextScore {
    tokenizer.tokenize(text, into: &workspace.tokens)
    return scoreTokens(&workspace)
  }

  public func scoreText(_ text: Span<UInt8>, _ workspace: inout Workspace) -> TextScore {
    tokenizer.tokenize(text, into: &workspace.tokens)
    return scoreTokens(&workspace)
  }

  /// The logits of a text by itself, in the order of the model's labels; allocates nothing once the workspace has grown.
  public func logits(_ text: Span<UInt8>, _ workspace: inout Workspace) -> [Double] {
    tokenizer.tokenize(text, into: &workspace.tokens)
    workspace.summation.sum(workspace.tokens)
    return workspace.summation.logits
  }

  /// What can be done for an article before its turn.
  package func opening(_ article: Article, _ workspace: inout Workspace) -> Conversations.Opening {
    workspace.openings.opening(article)
  }

  /// The profile of a text, where a label looks at the place of a comment; its ``TextScore/logits`` are appended.
  package func profile(_ text: Span<UInt8>, _ workspace: inout Workspace, appendingTo logits: inout [Double]) -> TextProfile {
    tokenizer.tokenize(text, into: &workspace.tokens)
    workspace.summation.sum(workspace.tokens)
    logits += workspace.summation.logits
    return workspace.summation.profile(workspace.tokens, &workspace.profiler)
  }

  /// The hashed features that the model sees in a text, ascending by bucket (from 0), each bucket once: for other learners.
  public func features(of text: String) -> [(bucket: Int, value: Float)] {
    var buffer = TokenBuffer()
    tokenizer.tokenize(text, into: &buffer)
    var extractor = FeatureExtractor(model.features)
    var row = FeatureRow()
    row.extract(buffer, with: &extractor)
    return row.entries(in: model.features).map { ($0.bucket, Float($0.value)) }
  }

  private func scoreTokens(_ workspace: inout Workspace) -> TextScore {
    workspace.summation.sum(workspace.tokens)
    let profile = usesContext ? workspace.summation.profile(workspace.tokens, &workspace.profiler) : nil
    return TextScore(logits: workspace.summation.logits, profile: profile)
  }

  /// Completes a score by the comment's place; the comment then joins its thread, so comments come in their order.
  public func place(_ score: TextScore, of comment: CommentPlace, in store: inout ConversationStore) -> CommentScore {
    guard let profile = score.profile else {
      return CommentScore(model: model, logits: score.logits, relevance: nil)
    }
    let relevance = store.conversations.relevance(of: comment, profile)
    return CommentScore(model: model, logits: placedLogits(score, relevance), relevance: relevance)
  }

  private func placedLogits(_ score: TextScore, _ relevance: Relevance) -> [Double?] {
    score.logits.indices.map { placedLogit(score.logits[$0], head: $0, relevance) }
  }

  @inline(__always)
  private func placedLogit(_ logit: Double, head: Int, _ relevance: Relevance) -> Double? {
    guard model.heads[head].usesContext else { return logit }
    guard let context = relevance.context else { return nil }
    return logit + model.relevanceWeights[head].logit(relevance, in: context, model.relevanceScale)
  }

  /// As ``place(_:of:in:)``, where nothing but the logits is wanted, which are appended.
  package func place(
    _ textLogits: ArraySlice<Double>, _ profile: TextProfile, of comment: CommentPlace, in store: inout ConversationStore,
    appendingTo logits: inout [Double?]
  ) {
    let relevance = store.conversations.relevance(of: comment, profile)
    for (head, logit) in textLogits.enumerated() { logits.append(placedLogit(logit, head: head, relevance)) }
  }

  public func score(_ comment: Comment, _ workspace: inout Workspace, in store: inout ConversationStore) -> CommentScore {
    place(scoreText(comment.text, &workspace), of: CommentPlace(comment), in: &store)
  }

  /// Scores a batch on several threads. The answer does not depend on their number. ``BatchScorer`` is for many batches.
  ///
  /// - Returns: one entry a comment, in order; articles only join the store.
  public func score(_ records: [Record], threads: Int, in store: inout ConversationStore) -> [CommentScore] {
    BatchScorer(self, threads: threads).score(records, in: &store)
  }
}

/// Scores batch after batch on several threads, each of which remembers the words that it met.
public final class BatchScorer {
  private let scorer: Scorer
  private let threads: Int
  private var workers: [Worker] = []

  /// What one thread has: no other touches it.
  private final class Worker: @unchecked Sendable {
    private var workspace: Scorer.Workspace

    init(_ scorer: Scorer) { workspace = scorer.makeWorkspace() }

    func scoreTexts(of records: ArraySlice<Record>, _ scorer: Scorer) -> [Scorer.TextScore] {
      var scores: [Scorer.TextScore] = []
      scores.reserveCapacity(records.count)
      for case .comment(let comment) in records { scores.append(scorer.scoreText(comment.text, &workspace)) }
      return scores
    }
  }

  public init(_ scorer: Scorer, threads: Int) {
    self.scorer = scorer
    self.threads = threads
  }

  /// The answer does not depend on the number of threads, nor on the batches before but for what is in the store.
  ///
  /// - Returns: one entry a comment, in order; articles only join the store.
  public func score(_ records: [Record], in store: inout Scorer.ConversationStore) -> [CommentScore] {
    let count = max(1, min(threads, records.count / 64))
    while workers.count < count { workers.append(Worker(scorer)) }
    let parts = Parallel.map(count, threads: count) { [scorer, workers] part in
      workers[part].scoreTexts(of: records[Parallel.part(part, of: count, records.count)], scorer)
    }
    var texts = parts.joined().makeIterator()
    return records.compactMap { record in
      switch record {
      case .article(let article):
        store.add(article)
        return nil
      case .comment(let comment):
        return texts.next().map { scorer.place($0, of: CommentPlace(comment), in: &store) }
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
