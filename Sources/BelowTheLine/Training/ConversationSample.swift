/// Articles and comments without labels, from which relevance is learnt: how common words are, and what a comment shares with the
/// article and the thread it stands under.
///
///     var background = ConversationSample()
///     for record in dump { background.add(record) }
///     let data = PreparedData(labelled, features: options.features, background: background)
///
/// All documents are counted; of the conversations those with the smallest hashes are kept (Broder 1997, "bottom-k"), a sample that
/// does not depend on the order. Everything is kept in parts, so that what is learnt can be used on a part it has not seen.
public struct ConversationSample: Sendable {
  package static let parts = 5
  private static let maximumBytes = 128 << 20
  /// The first ones of a conversation.
  private static let maximumComments = 256

  struct Utterance: Sendable {
    var profile: TextProfile
    /// Index of the comment it answers.
    var parent: Int?
    /// Whether someone has said that it is not off-topic, or nobody has said anything.
    var maybeOnTopic: Bool
  }

  struct Conversation: Sendable {
    var article: TextProfile?
    var comments: [Utterance] = []
    /// Of comments, by the hash of their identifier.
    fileprivate var indices: [UInt64: Int] = [:]
    fileprivate var byteCount = 0
  }

  /// By the hash of the article's identifier.
  private(set) var conversations: [UInt64: Conversation] = [:]
  private var byteCount = 0
  /// Conversations with this hash and above are not in the sample.
  private var limit = UInt64.max
  private var counts = BackgroundCounts(parts: Self.parts)
  public private(set) var articles = 0
  public private(set) var comments = 0
  private let tokenizer = Tokenizer()
  private var buffer = TokenBuffer()
  package let lexicon: Lexicon
  private var profiler: TextProfiler

  /// - Parameter lexicon: tells of what topics words are.
  public init(lexicon: Lexicon = .empty) {
    self.lexicon = lexicon
    profiler = TextProfiler(lexicon)
  }

  /// The part of an article and all that stands under it.
  package static func part(of articleID: String) -> Int { part(of: key(articleID)) }

  static func part(of key: UInt64) -> Int { Int(key % UInt64(parts)) }

  private static func key(_ id: String) -> UInt64 { FeatureHash.bytes(id.utf8, seed: FeatureHash.seed(0)) }

  /// - Complexity: O(bytes); memory is bounded by what is kept of a sample.
  public mutating func add(_ record: Record) {
    switch record {
    case .article(let article):
      tokenizer.tokenize((article.title ?? "") + "\n" + article.body, into: &buffer)
      add(article, profiler.profile(buffer))
    case .comment(let comment):
      tokenizer.tokenize(comment.text, into: &buffer)
      add(comment, profiler.profile(buffer))
    }
  }

  package mutating func add(_ article: Article, _ profile: TextProfile) {
    articles += 1
    let key = Self.key(article.id)
    counts.add(article: profile, part: Self.part(of: key))
    keep(profile, key) { conversation in
      if profile.words.count >= Conversations.leastArticleWords {
        conversation.article = profile
      } else {
        conversation.comments.append(Utterance(profile: profile, parent: nil, maybeOnTopic: false))
      }
    }
  }

  package mutating func add(_ comment: Comment, _ profile: TextProfile) {
    comments += 1
    let key = Self.key(comment.articleID ?? comment.id)
    counts.add(comment: profile, part: Self.part(of: key))
    guard comment.articleID != nil, !comment.isWithdrawn, !profile.isEmpty else { return }
    keep(profile, key) { conversation in
      let parent = comment.parentID.flatMap { conversation.indices[Self.key($0)] }
      conversation.indices[Self.key(comment.id)] = conversation.comments.count
      conversation.comments.append(
        Utterance(profile: profile, parent: parent, maybeOnTopic: comment.labels[PairLearning.label] != true))
    }
  }

  /// Adds to a conversation that belongs to the sample, and lets go of the others with the largest hashes when it grows too large.
  private mutating func keep(_ profile: TextProfile, _ key: UInt64, _ add: (inout Conversation) -> Void) {
    guard key < limit else { return }
    var conversation = conversations.removeValue(forKey: key) ?? Conversation()
    if conversation.comments.count < Self.maximumComments {
      add(&conversation)
      conversation.byteCount += profile.byteCount
      byteCount += profile.byteCount
    }
    conversations[key] = conversation
    while byteCount > Self.maximumBytes, conversations.count > 1, let largest = conversations.keys.max() {
      byteCount -= conversations.removeValue(forKey: largest)?.byteCount ?? 0
      limit = largest
    }
  }

  /// What there is to share by chance. Topics and the company of words are learnt from the conversations that are kept.
  ///
  /// - Parameter part: the part to leave out; nil for all parts.
  package func background(without part: Int? = nil) -> Background {
    let kept = conversations.filter { Self.part(of: $0.key) != part }.sorted { $0.key < $1.key }
    return counts.background(without: part).learning(
      kept.map { Background.Conversation(article: $0.value.article, comments: $0.value.comments.map(\.profile)) }, lexicon)
  }
}
