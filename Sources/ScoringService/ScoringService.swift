public import BelowTheLine
public import CommentSources
internal import Synchronization

/// Answers requests for scores: bytes in, bytes out, whatever carries them.
///
/// A request stands for itself: what a comment is compared with, its article and the comments before it, comes along. Nothing of a request
/// is kept. Any number of threads may call; each call needs a workspace of some megabytes, of which as many are kept as were in use at once.
public final class ScoringService: Sendable {
  let scorer: Scorer
  private let screening: Screening
  private let seesWholeThreads: Bool
  private let workspaces = Mutex<[Workspace]>([])

  /// Taken by one call at a time.
  private final class Workspace: @unchecked Sendable {
    var scoring: Scorer.Workspace

    init(_ scorer: Scorer) { scoring = scorer.makeWorkspace() }
  }

  /// - Parameters:
  ///   - model: what scores.
  ///   - targets: which of its thresholds flags, and which one holds; the first flags where there is none.
  /// - Throws: ``ScreeningError`` where the model was not trained for a target.
  public init(model: Model, at targets: [ThresholdTarget] = []) throws(ScreeningError) {
    scorer = Scorer(model: model)
    seesWholeThreads = model.seesWholeThreads && scorer.usesContext
    screening = try Screening(model, at: targets)
  }

  /// The card of the model, as `btl model --json` prints it.
  public func card() -> [UInt8] {
    var writer = JSONWriter()
    writer.value(.object(scorer.model.card.members + [JSONMember("digest", .string(scorer.model.digest))]))
    writer.newline()
    return writer.bytes
  }

  // MARK: Rows

  /// A request is a page or a thread, no dump: short comments would take a hundred times their size in memory.
  public static let mostRecords = 20_000

  /// The rows of a request, and what became of its records.
  public struct Rows: Sendable, Equatable {
    /// JSON Lines in the order of the request: a row a comment, as `btl score` writes it, and one a rejected record,
    /// `{"rejected":{"line":2,"field":"text","reason":"…"}}`.
    public internal(set) var bytes: [UInt8] = []
    public internal(set) var comments = 0
    public internal(set) var articles = 0
    public internal(set) var rejected = 0
    public internal(set) var passedOver = 0
  }

  /// Scores what `btl score` would read from a file: records, a page, a dump, with the articles before their comments.
  ///
  /// - Parameters:
  ///   - body: not compressed, because what is small may then become anything.
  ///   - format: nil to decide by content.
  ///   - explains: whether rows have `reasons`.
  /// - Throws: ``RequestError`` where it cannot be read at all, or has more than ``mostRecords``.
  /// - Complexity: O(bytes).
  public func score(_ body: [UInt8], from format: SourceFormat? = nil, explains: Bool = false) throws(RequestError) -> Rows {
    if body.starts(with: [0x1F, 0x8B]) { throw RequestError(.unsupportedMediaType, "the body is gzip; it is read uncompressed alone") }
    var events: [SourceEvent] = []
    do {
      try SourceReader(name: "request", bytes: body, format: format).read { event in
        guard events.count < Self.mostRecords else { throw RequestError(.contentTooLarge, "more than \(Self.mostRecords) records") }
        events.append(event)
      }
    } catch let error as RequestError {
      throw error
    } catch {
      throw RequestError(.badRequest, "\(error)")
    }
    var conversations = scorer.makeConversations(explaining: explains, wholeThreads: seesWholeThreads)
    return withWorkspace { workspace in
      if seesWholeThreads {
        for event in events { _ = score(event, &workspace, &conversations) }
        conversations.beginAgain()
      }
      var rows = Rows()
      var writer = JSONWriter()
      for event in events {
        let score = self.score(event, &workspace, &conversations)
        switch event {
        case .record(.article): rows.articles += 1
        case .passedOver: rows.passedOver += 1
        case .record(.comment(let comment)):
          rows.comments += 1
          if let score { append(score, of: comment, explains: explains, to: &writer) }
        case .rejected(let rejection):
          rows.rejected += 1
          append(rejection, to: &writer)
        }
      }
      rows.bytes = writer.bytes
      return rows
    }
  }

  private func score(
    _ event: SourceEvent, _ workspace: inout Scorer.Workspace, _ conversations: inout Scorer.ConversationStore
  ) -> CommentScore? {
    switch event {
    case .record(.article(let article)):
      conversations.add(article)
      return nil
    case .record(.comment(let comment)): return scorer.score(comment, &workspace, in: &conversations)
    case .rejected, .passedOver: return nil
    }
  }

  private func append(_ score: CommentScore, of comment: Comment, explains: Bool, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.string(comment.id)
    writer.key("article_id")
    writer.string(comment.articleID)
    writer.key("scores")
    writer.beginObject()
    for (label, probability) in zip(scorer.model.labels, score.probabilities) {
      writer.key(label)
      if let probability { writer.fixed4(probability) } else { writer.null() }
    }
    writer.endObject()
    writer.key("flags")
    writer.beginArray()
    for label in screening.flags(score) { writer.string(label) }
    writer.endArray()
    if screening.holds {
      writer.key("outcome")
      writer.string(screening.outcome(score).rawValue)
    }
    if explains { ExplanationWriter.appendReasons(of: score, comment, scorer, to: &writer) }
    writer.endObject()
    writer.newline()
  }

  private func append(_ rejection: Rejection, to writer: inout JSONWriter) {
    writer.value(
      .object([
        JSONMember(
          "rejected",
          .object([
            JSONMember("line", rejection.location.line.map(JSONValue.integer) ?? .null),
            JSONMember("field", rejection.field.map(JSONValue.string) ?? .null),
            JSONMember("reason", .string(rejection.reason)),
          ]))
      ]))
    writer.newline()
  }

  func withWorkspace<Answer>(_ body: (inout Scorer.Workspace) -> Answer) -> Answer {
    let workspace = workspaces.withLock { $0.popLast() } ?? Workspace(scorer)
    defer { workspaces.withLock { $0.append(workspace) } }
    return body(&workspace.scoring)
  }
}

/// A request that cannot be answered.
public struct RequestError: Error, Equatable, Sendable {
  /// Of HTTP (RFC 9110).
  public enum Kind: Int, Sendable {
    case badRequest = 400
    case contentTooLarge = 413
    case unsupportedMediaType = 415
  }

  public var kind: Kind
  public var reason: String

  public init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }

  /// As an object of JSON: `{"error":{"code":400,"message":"…","status":"INVALID_ARGUMENT"}}`.
  public var body: [UInt8] {
    var writer = JSONWriter()
    writer.value(
      .object([
        JSONMember(
          "error",
          .object([
            JSONMember("code", .integer(kind.rawValue)), JSONMember("message", .string(reason)), JSONMember("status", "INVALID_ARGUMENT"),
          ]))
      ]))
    writer.newline()
    return writer.bytes
  }
}
