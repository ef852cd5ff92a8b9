/// The articles and threads in flight: what comments are compared with while a stream of records goes by.
///
/// Memory is bounded: when the conversations take more than ``room``, those that have been quiet longest are let go. Of each article the
/// words are kept, a sixteenth of what it took, as long as all these fit three eighths of the room: many articles may come before all
/// comments. Later comments are scored by what is still known, and counted.
///
/// A comment that comes a second time is compared with all others of its thread, those after it too, and joins no more.
package struct Conversations: Sendable {
  /// In bytes.
  package static let defaultRoom = 32 << 20
  /// For conversations that are to be gone through a second time.
  package static let roomOfWholeThreads = 1 << 30
  /// A shorter text, as a headline alone, is too little to compare with: it opens the thread like a comment.
  package static let leastArticleWords = 20

  private struct Conversation: Sendable {
    let id: String
    /// What the article is made of again when comments come after the conversation was let go.
    var articleText: TextProfile?
    var article: ArticleProfile?
    var thread = ThreadProfile()
    var comments: [String: ParentProfile] = [:]
    var parentBytes = 0
    var lastUse = 0
    /// Whether comments of it were let go before.
    var lacksComments: Bool
    /// Whether an article came, however short.
    var hasOpening = false
    /// How many came when no article had come.
    var commentsBeforeOpening = 0
    /// Of each comment that was answered and had not come, how often. Its bytes are not counted: they are few beside those of the reply.
    private var awaited: [String: Int] = [:]

    init(id: String, lacksComments: Bool) {
      self.id = id
      self.lacksComments = lacksComments
      // Spares most threads that all keys are hashed again and again while the first comments come.
      comments.reserveCapacity(24)
    }

    var byteCount: Int { id.utf8.count + (articleText?.byteCount ?? 0) + (article?.byteCount ?? 0) + thread.byteCount + parentBytes }

    /// The relevance of a comment, which then joins the thread, unless it is withdrawn.
    mutating func relevance(
      of comment: CommentPlace, _ profile: TextProfile, _ overlap: inout ThreadOverlap, _ background: Background, tracesWords: Bool,
      _ missed: inout MissedContext
    ) -> Relevance {
      let parent = comment.parentID.flatMap { comments[$0] }
      if !awaited.isEmpty, !comment.isWithdrawn, let replies = awaited.removeValue(forKey: comment.id) {
        missed.early += replies
        missed.unknownParents -= replies
      }
      // Each reply that is counted here is kept, so that they take no more room than is counted.
      if let parentID = comment.parentID, parentID != comment.id, !comment.isWithdrawn {
        count(replyTo: parentID, isKnown: parent != nil, &missed)
      }
      // What readers no longer see is no part of what later comments answer.
      if comment.isWithdrawn {
        thread.compare(profile, &overlap, background)
      } else {
        thread.join(profile, &overlap, background)
      }
      var relevance = Relevance(profile, article: article, parent: parent, thread: &overlap, background)
      if tracesWords { relevance.trace(profile, article: article, parent: parent, thread: overlap, background) }
      if !comment.isWithdrawn {
        let answerable = ParentProfile(profile, relevance: relevance.ofParent)
        let before = comments.updateValue(answerable, forKey: comment.id)
        parentBytes += before.map { answerable.byteCount - $0.byteCount } ?? answerable.byteCount + comment.id.utf8.count
      }
      return relevance
    }

    private mutating func count(replyTo parentID: String, isKnown: Bool, _ missed: inout MissedContext) {
      missed.replies += 1
      guard !isKnown, !lacksComments else { return }
      missed.unknownParents += 1
      missed.unknownParent = missed.unknownParent ?? parentID
      awaited[parentID, default: 0] += 1
    }

    /// Forgets what its comments answer.
    mutating func removeParents() {
      lacksComments = true
      comments.removeAll()
      awaited.removeAll()
      parentBytes = 0
    }
  }

  private let background: Background
  private let room: Int
  private let keepsWholeThreads: Bool
  /// How many conversations were let go.
  package private(set) var released = 0
  package var missedContext = MissedContext()
  private var quietArticles: QuietArticles
  /// Conversations that were let go with comments.
  private var interrupted = RememberedIDs()
  /// Whether relevances remember which words are shared, for explaining them.
  private let tracesWords: Bool
  private var openings: OpeningMaker
  private var overlap = ThreadOverlap()
  private var conversations: [Conversation] = []
  /// Where each stands among them.
  private var numbers: [String: Int] = [:]
  /// The one that was used last, which most often is the next too.
  private var lastNumber = 0
  private var byteCount = 0
  private var clock = 0

  /// - Parameter room: in bytes, at least 1; ``defaultRoom``, or ``roomOfWholeThreads``, where none is given.
  package init(_ background: Background, tracesWords: Bool = false, keepsWholeThreads: Bool = false, room: Int? = nil) {
    self.background = background
    self.keepsWholeThreads = keepsWholeThreads
    self.room = room ?? (keepsWholeThreads ? Self.roomOfWholeThreads : Self.defaultRoom)
    quietArticles = QuietArticles(room: self.room / 8 * 3)
    openings = OpeningMaker(background)
    self.tracesWords = tracesWords
  }

  /// Comments of this article that come from now on are compared with it.
  package mutating func add(_ article: Article) { add(openings.opening(article)) }

  package mutating func add(_ profile: TextProfile, id: String) { add(Opening(id: id, profile, background)) }

  package mutating func add(_ opening: Opening) {
    let number = begin(opening.id)
    let before = conversations[number].byteCount
    missedContext.articles += 1
    if opening.article == nil { missedContext.shortArticles += 1 }
    missedContext.unknownArticles -= conversations[number].commentsBeforeOpening
    if !keepsWholeThreads { missedContext.late += conversations[number].commentsBeforeOpening }
    if missedContext.unknownArticle == opening.id { missedContext.unknownArticle = nil }
    conversations[number].commentsBeforeOpening = 0
    conversations[number].hasOpening = true
    if let article = opening.article {
      conversations[number].article = article
      conversations[number].articleText = opening.profile
    } else {
      conversations[number].thread.join(opening.profile, &overlap, background)
    }
    end(number, before: before)
  }

  /// What an article is to its comments; made without looking at them.
  package struct Opening: Sendable {
    fileprivate let id: String
    fileprivate let profile: TextProfile
    /// nil where the text is too short.
    fileprivate let article: ArticleProfile?

    fileprivate init(id: String, _ profile: TextProfile, _ background: Background) {
      self.id = id
      self.profile = profile
      article = profile.words.count >= leastArticleWords ? ArticleProfile(profile, background) : nil
    }
  }

  /// Makes openings; holds the memory they are made in.
  struct OpeningMaker: Sendable {
    private let tokenizer = Tokenizer()
    private var buffer = TokenBuffer()
    private var profiler: TextProfiler
    private let background: Background

    init(_ background: Background) {
      profiler = TextProfiler(background.lexicon)
      self.background = background
    }

    mutating func opening(_ article: Article) -> Opening {
      tokenizer.tokenize((article.title ?? "") + "\n" + article.body, into: &buffer)
      return Opening(id: article.id, profiler.profile(buffer), background)
    }
  }

  /// The relevance of a comment to its article, parent and thread so far; the comment then joins the thread, unless it is withdrawn.
  package mutating func relevance(of comment: CommentPlace, _ profile: TextProfile) -> Relevance {
    guard let articleID = comment.articleID else {
      missedContext.withoutPlace += 1
      overlap.removeAll()
      return Relevance(profile, article: nil, parent: nil, thread: &overlap, background)
    }
    let number = begin(articleID)
    let before = conversations[number].byteCount
    countContext(of: number)
    let relevance = conversations[number].relevance(
      of: comment, profile, &overlap, background, tracesWords: tracesWords, &missedContext)
    end(number, before: before)
    return relevance
  }

  /// What the next comment of a conversation finds of its article and its thread.
  private mutating func countContext(of number: Int) {
    let lacksComments = conversations[number].lacksComments
    if lacksComments { missedContext.interrupted += 1 }
    if conversations[number].article == nil, quietArticles.hasForgotten(conversations[number].id) {
      missedContext.forgotten += 1
    } else if conversations[number].hasOpening || lacksComments {
      missedContext.underArticles += 1
    } else {
      missedContext.unknownArticles += 1
      missedContext.unknownArticle = missedContext.unknownArticle ?? conversations[number].id
      conversations[number].commentsBeforeOpening += 1
    }
  }

  /// Lets all go that will not be gone on with; nothing that comes later was interrupted.
  package mutating func removeAll() {
    guard !conversations.isEmpty else { return }
    conversations.removeAll()
    numbers.removeAll()
    byteCount = 0
  }

  /// - Returns: where the conversation stands among those in flight.
  private mutating func begin(_ id: String) -> Int {
    clock += 1
    let number = number(of: id)
    conversations[number].lastUse = clock
    return number
  }

  /// - Parameter before: the bytes of the conversation when it was begun.
  private mutating func end(_ number: Int, before: Int) {
    byteCount += conversations[number].byteCount - before
    releaseOldest(keeping: number)
  }

  private mutating func number(of id: String) -> Int {
    if lastNumber < conversations.count, conversations[lastNumber].id == id { return lastNumber }
    if let number = numbers[id] {
      lastNumber = number
    } else {
      lastNumber = conversations.count
      numbers[id] = lastNumber
      conversations.append(Conversation(id: id, lacksComments: interrupted.contains(id)))
      if let text = quietArticles.remove(id) {
        conversations[lastNumber].article = ArticleProfile(text, background)
        conversations[lastNumber].articleText = text
        conversations[lastNumber].hasOpening = true
      }
      byteCount += conversations[lastNumber].byteCount
    }
    return lastNumber
  }

  private mutating func releaseOldest(keeping current: Int) {
    guard byteCount > room else { return }
    // A quarter at a time, so that the sort is paid for by what it frees.
    let id = conversations[current].id
    let oldest = conversations.indices.filter { $0 != current }.sorted {
      conversations[$0].lastUse < conversations[$1].lastUse
    }
    let leaving = Set(oldest.prefix(max(1, oldest.count / 4)))
    released += leaving.count
    for number in oldest.prefix(leaving.count) {
      if let text = conversations[number].articleText { quietArticles.add(text, id: conversations[number].id) }
      if !conversations[number].thread.isEmpty { interrupted.insert(conversations[number].id) }
    }
    conversations = conversations.indices.filter { !leaving.contains($0) }.map { conversations[$0] }
    numbers.removeAll(keepingCapacity: true)
    for (number, conversation) in conversations.enumerated() { numbers[conversation.id] = number }
    byteCount = conversations.reduce(0) { $0 + $1.byteCount }
    // One thread alone is too large: what it answers is forgotten first, then what it spoke of.
    let number = number(of: id)
    if byteCount > room {
      let before = conversations[number].byteCount
      conversations[number].removeParents()
      if conversations[number].byteCount > room / 2 { conversations[number].thread = ThreadProfile() }
      byteCount += conversations[number].byteCount - before
    }
  }
}

/// Comments that were not compared with all that they stand under.
public struct MissedContext: Sendable, Equatable {
  /// Comments that came before their article.
  public internal(set) var late = 0
  /// Comments that came when there was no room for their article any more.
  public internal(set) var forgotten = 0
  /// Comments that came when those before them in their thread had been let go. Of more than 262,144 such threads the rest is not counted.
  public internal(set) var interrupted = 0
  /// Comments that came before the one they answer.
  public internal(set) var early = 0
  /// Comments that answer one, without those that were withdrawn.
  public internal(set) var replies = 0
  /// Replies to comments that never came under the same article, or were withdrawn; and the first such id.
  public internal(set) var unknownParents = 0
  public internal(set) var unknownParent: String?
  public internal(set) var articles = 0
  /// Articles of fewer than ``Conversations/leastArticleWords`` words, which only open the thread.
  public internal(set) var shortArticles = 0
  /// Comments whose article was there, or is told of above.
  public internal(set) var underArticles = 0
  /// Comments whose article was not there, but for those that are ``late``; and such an id.
  public internal(set) var unknownArticles = 0
  public internal(set) var unknownArticle: String?
  /// Comments that name no article.
  public internal(set) var withoutPlace = 0

  package init() {}

  static func + (one: MissedContext, other: MissedContext) -> MissedContext {
    var sum = one
    sum.late += other.late
    sum.forgotten += other.forgotten
    sum.interrupted += other.interrupted
    sum.early += other.early
    sum.replies += other.replies
    sum.unknownParents += other.unknownParents
    sum.unknownParent = one.unknownParent ?? other.unknownParent
    sum.articles += other.articles
    sum.shortArticles += other.shortArticles
    sum.underArticles += other.underArticles
    sum.unknownArticles += other.unknownArticles
    sum.unknownArticle = one.unknownArticle ?? other.unknownArticle
    sum.withoutPlace += other.withoutPlace
    return sum
  }
}

/// Ids by their hashes, not more than ``maximum``.
private struct RememberedIDs: Sendable {
  private static let maximum = 1 << 18

  private var hashes: Set<Int> = []

  mutating func insert(_ id: String) {
    if hashes.count < Self.maximum { hashes.insert(id.hashValue) }
  }

  func contains(_ id: String) -> Bool { !hashes.isEmpty && hashes.contains(id.hashValue) }
}

/// The words of articles whose conversations were let go; those that came first are forgotten first.
private struct QuietArticles: Sendable {
  private let room: Int
  private var articles: [String: (text: TextProfile, number: Int)] = [:]
  private var byteCount = 0
  /// In the order in which they came: from ``first`` on, some of them taken back or replaced meanwhile.
  private var order: [(id: String, number: Int)] = []
  private var first = 0
  private var lastNumber = 0
  private var forgotten = RememberedIDs()

  init(room: Int) { self.room = room }

  private static func byteCount(_ id: String, _ text: TextProfile) -> Int { 2 * id.utf8.count + text.byteCount + 128 }

  mutating func add(_ text: TextProfile, id: String) {
    remove(id)
    lastNumber += 1
    articles[id] = (text, lastNumber)
    order.append((id, lastNumber))
    byteCount += Self.byteCount(id, text)
    while byteCount > room {
      let oldest = order[first]
      first += 1
      guard articles[oldest.id]?.number == oldest.number else { continue }
      remove(oldest.id)
      forgotten.insert(oldest.id)
    }
    if first > order.count / 2 {
      order.removeFirst(first)
      first = 0
    }
  }

  @discardableResult
  mutating func remove(_ id: String) -> TextProfile? {
    guard !articles.isEmpty, let (text, _) = articles.removeValue(forKey: id) else { return nil }
    byteCount -= Self.byteCount(id, text)
    return text
  }

  func hasForgotten(_ id: String) -> Bool { forgotten.contains(id) }
}
