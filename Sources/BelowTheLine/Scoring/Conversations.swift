/// The articles and threads in flight: what comments are compared with while a stream of records goes by.
///
/// Memory is bounded: when more than ``maximumArticles`` articles or ``maximumComments`` comments are held, the conversation
/// that has been quiet longest is let go. Its later comments are scored by what is still known.
package struct Conversations: Sendable {
  package static let maximumArticles = 1024
  package static let maximumComments = 100_000

  private struct Conversation: Sendable {
    var article: ArticleProfile?
    var thread = ThreadProfile()
    var comments: [String: ParentProfile] = [:]
    var lastUse = 0
  }

  private let idf: IDFTable
  private let tokenizer = Tokenizer()
  private var buffer = TokenBuffer()
  private var conversations: [String: Conversation] = [:]
  private var commentCount = 0
  private var clock = 0

  package init(idf: IDFTable) { self.idf = idf }

  /// Comments of this article that come from now on are compared with it.
  package mutating func add(_ article: Article) {
    let profile = ArticleProfile(article, idf: idf, tokenizer: tokenizer, buffer: &buffer)
    clock += 1
    conversations[article.id, default: Conversation()].article = profile
    conversations[article.id]?.lastUse = clock
    releaseOldest(keeping: article.id)
  }

  /// The relevance of a comment to its article, parent and thread so far; the comment then joins the thread.
  package mutating func relevance(of comment: Comment, _ profile: TextProfile) -> Relevance {
    guard let articleID = comment.articleID else {
      return Relevance(profile, article: nil, parent: nil, thread: nil, idf: idf)
    }
    clock += 1
    var conversation = conversations.removeValue(forKey: articleID) ?? Conversation()
    conversation.lastUse = clock
    let relevance = Relevance(
      profile, article: conversation.article, parent: comment.parentID.flatMap { conversation.comments[$0] },
      thread: conversation.thread, idf: idf)
    conversation.thread.add(profile)
    let parent = ParentProfile(profile: profile, articleCoverage: relevance[.articleStemCoverage])
    if conversation.comments.updateValue(parent, forKey: comment.id) == nil { commentCount += 1 }
    conversations[articleID] = conversation
    releaseOldest(keeping: articleID)
    return relevance
  }

  private mutating func releaseOldest(keeping current: String) {
    guard conversations.count > Self.maximumArticles || commentCount > Self.maximumComments else { return }
    // A tenth at a time, so that the sort is paid for by what it frees.
    let oldest = conversations.filter { $0.key != current }.sorted { $0.value.lastUse < $1.value.lastUse }
    for (key, conversation) in oldest.prefix(max(1, oldest.count / 10)) {
      commentCount -= conversation.comments.count
      conversations[key] = nil
    }
    if commentCount > Self.maximumComments {
      commentCount -= conversations[current]?.comments.count ?? 0
      conversations[current]?.comments.removeAll()
    }
  }
}
