/// The articles and threads in flight: what comments are compared with while a stream of records goes by.
///
/// Memory is bounded: when more than ``maximumConversations`` are held, or more than ``maximumBytes``, the conversations that
/// have been quiet longest are let go. Their later comments are scored by what is still known.
package struct Conversations: Sendable {
  package static let maximumConversations = 4096
  package static let maximumBytes = 40 << 20
  /// A shorter text, as a headline alone, is too little to compare with: it opens the thread like a comment.
  package static let leastArticleWords = 20

  private struct Conversation: Sendable {
    var article: ArticleProfile?
    var thread = ThreadProfile()
    var comments: [String: ParentProfile] = [:]
    var parentBytes = 0
    var lastUse = 0

    var byteCount: Int { (article == nil ? 0 : ArticleProfile.byteCount) + thread.byteCount + parentBytes }
  }

  private let background: Background
  /// Whether relevances remember which words are shared, for explaining them.
  private let tracesWords: Bool
  private let tokenizer = Tokenizer()
  private var buffer = TokenBuffer()
  private var profiler = TextProfiler()
  private var conversations: [String: Conversation] = [:]
  private var byteCount = 0
  private var clock = 0

  package init(_ background: Background, tracesWords: Bool = false) {
    self.background = background
    self.tracesWords = tracesWords
  }

  /// Comments of this article that come from now on are compared with it.
  package mutating func add(_ article: Article) {
    tokenizer.tokenize((article.title ?? "") + "\n" + article.body, into: &buffer)
    add(profiler.profile(buffer), id: article.id)
  }

  package mutating func add(_ profile: TextProfile, id: String) {
    let background = background
    use(id) { conversation in
      if profile.words.count >= Self.leastArticleWords {
        conversation.article = ArticleProfile(profile, background)
      } else {
        conversation.thread.add(profile)
      }
    }
  }

  /// The relevance of a comment to its article, parent and thread so far; the comment then joins the thread, unless it is withdrawn.
  package mutating func relevance(of comment: Comment, _ profile: TextProfile) -> Relevance {
    guard let articleID = comment.articleID else {
      return Relevance(profile, article: nil, parent: nil, thread: ThreadProfile(), background)
    }
    let (background, tracesWords) = (background, tracesWords)
    return use(articleID) { conversation in
      let parent = comment.parentID.flatMap { conversation.comments[$0] }
      var relevance = Relevance(profile, article: conversation.article, parent: parent, thread: conversation.thread, background)
      if tracesWords {
        relevance.trace(profile, article: conversation.article, parent: parent, thread: conversation.thread, background)
      }
      // What readers no longer see is no part of what later comments answer.
      guard !comment.isWithdrawn else { return relevance }
      conversation.thread.add(profile)
      let answerable = ParentProfile(profile, relevance: relevance.ofParent)
      conversation.parentBytes += answerable.byteCount
      conversation.comments[comment.id] = answerable
      return relevance
    }
  }

  private mutating func use<Result>(_ id: String, _ body: (inout Conversation) -> Result) -> Result {
    clock += 1
    var conversation = conversations.removeValue(forKey: id) ?? Conversation()
    byteCount -= conversation.byteCount
    conversation.lastUse = clock
    let result = body(&conversation)
    byteCount += conversation.byteCount
    conversations[id] = conversation
    releaseOldest(keeping: id)
    return result
  }

  private mutating func releaseOldest(keeping current: String) {
    guard conversations.count > Self.maximumConversations || byteCount > Self.maximumBytes else { return }
    // A quarter at a time, so that the sort is paid for by what it frees.
    let oldest = conversations.filter { $0.key != current }.sorted { $0.value.lastUse < $1.value.lastUse }
    for (key, conversation) in oldest.prefix(max(1, oldest.count / 4)) {
      byteCount -= conversation.byteCount
      conversations[key] = nil
    }
    // One thread alone is too large: what it answers is forgotten first, then what it spoke of.
    if byteCount > Self.maximumBytes, var conversation = conversations[current] {
      byteCount -= conversation.byteCount
      conversation.comments.removeAll()
      conversation.parentBytes = 0
      if conversation.byteCount > Self.maximumBytes / 2 { conversation.thread = ThreadProfile() }
      byteCount += conversation.byteCount
      conversations[current] = conversation
    }
  }
}
