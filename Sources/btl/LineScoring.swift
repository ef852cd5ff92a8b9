internal import BelowTheLine
internal import CommentSources
internal import Synchronization

/// Scores JSON Lines where they stand: from a chunk of bytes to a chunk of rows, no record being made of a plain comment.
///
/// Each thread takes the next chunk of lines, scores them, and delivers the rows, which are written in order. Labels that look at the
/// place of a comment need what came before: that part of their score is added in turn, by whichever thread comes to it.
struct LineScoring {
  let scorer: Scorer
  let formatter: ScoreFormatter
  let threads: Int

  /// - Parameters:
  ///   - store: the conversations so far.
  ///   - write: takes rows and the account of a chunk, in order.
  /// - Throws: ``InputError``, and whatever `write` throws.
  func score(
    _ chunks: LineChunks, in store: inout Scorer.ConversationStore, _ write: ([UInt8], RecordFeed.Account) throws -> Void
  ) throws {
    let shared = Mutex(store)
    defer { store = shared.withLock { $0 } }
    // One worker at a time reads: `Turns` sees to it.
    nonisolated(unsafe) let chunks = chunks
    try Turns<ScoredTexts, LineWorker.Result>.run(threads: threads, passingOn: { try write($0.rows, $0.account) }) { turns in
      var worker = LineWorker(scorer, formatter, chunks)
      var chunk = LineChunks.Chunk()
      while let piece = turns.take({ try chunks.next(&chunk) }) {
        worker.scoreTexts(of: chunk)
        guard scorer.usesContext else {
          turns.deliver(piece, .success(worker.result))
          continue
        }
        turns.inTurn(piece, worker.takeScored()) { scored in
          shared.withLock { scored.place(by: scorer, in: &$0) }
        } then: { piece, scored in
          turns.deliver(piece, .success(worker.result(of: scored)))
        }
      }
    }
  }
}

/// What is known of the comments of a chunk before their turn, where labels look at their place, and what the turn makes of it.
private struct ScoredTexts: Sendable {
  var account = RecordFeed.Account()
  private(set) var places: [CommentPlace] = []
  private var profiles: [TextProfile] = []
  /// Of all labels, comment after comment.
  private var textLogits: [Double] = []
  private(set) var logits: [Double?] = []
  /// Of articles, each with the number of comments before it.
  private var openings: [(opening: Conversations.Opening, comments: Int)] = []

  /// With room for as much as there was in another.
  init(like other: borrowing ScoredTexts) {
    places.reserveCapacity(other.places.count)
    profiles.reserveCapacity(other.places.count)
    textLogits.reserveCapacity(other.textLogits.count)
  }

  init() {}

  mutating func add(_ opening: Conversations.Opening) { openings.append((opening, places.count)) }

  /// - Parameter score: appends the logits of the text, and returns its profile.
  mutating func add(_ place: consuming CommentPlace, _ score: (inout [Double]) -> TextProfile) {
    places.append(place)
    profiles.append(score(&textLogits))
  }

  /// The part that needs the comments before.
  mutating func place(by scorer: Scorer, in store: inout Scorer.ConversationStore) {
    let labels = scorer.model.heads.count
    logits.reserveCapacity(textLogits.count)
    var nextOpening = 0
    func open(before comment: Int, _ store: inout Scorer.ConversationStore) {
      while nextOpening < openings.count, openings[nextOpening].comments <= comment {
        store.add(openings[nextOpening].opening)
        nextOpening += 1
      }
    }
    for index in places.indices {
      open(before: index, &store)
      scorer.place(
        textLogits[index * labels..<(index + 1) * labels], profiles[index], of: places[index], in: &store, appendingTo: &logits)
    }
    open(before: places.count, &store)
  }
}

/// What one thread has of ``LineScoring``.
private struct LineWorker: ~Copyable {
  /// Of a chunk.
  struct Result {
    let rows: [UInt8]
    let account: RecordFeed.Account
  }

  var result: Result { Result(rows: formatter.rows, account: account) }

  private var formatter: ScoreFormatter
  private var account = RecordFeed.Account()
  private let scorer: Scorer
  private let name: String
  private var workspace: Scorer.Workspace
  private var reader: RecordLineReader
  private var prefixedID: [UInt8] = []
  /// A text whose escapes are undone.
  private var unescaped: [UInt8] = []

  /// Where labels look at the place of a comment.
  private var scored = ScoredTexts()

  init(_ scorer: Scorer, _ formatter: ScoreFormatter, _ chunks: LineChunks) {
    self.scorer = scorer
    self.formatter = formatter
    name = chunks.name
    reader = RecordLineReader(chunks)
    workspace = scorer.makeWorkspace()
  }

  /// The part of the work that needs no other comment.
  mutating func scoreTexts(of chunk: LineChunks.Chunk) {
    formatter.removeRows()
    account = RecordFeed.Account()
    chunk.forEachLine { line in
      if CommentSample.takes(line.number), case .record(.comment(let comment)) = reader.event(for: line, in: chunk) {
        account.sample.add(comment, number: line.number, scorer)
      }
      if !scoreInPlace(line, chunk.bytes.span.extracting(line.range)) {
        scoreCarefully(reader.event(for: line, in: chunk))
      }
    }
  }

  /// The comments of the chunk that wait for their turn.
  mutating func takeScored() -> ScoredTexts {
    scored.account = account
    let full = scored
    scored = ScoredTexts(like: full)
    return full
  }

  /// The rows of comments that had their turn, of this thread's chunk or another's.
  mutating func result(of scored: ScoredTexts) -> Result {
    let labels = scorer.model.heads.count
    formatter.removeRows()
    for index in 0..<scored.logits.count / labels {
      formatter.appendRow(scored.places[index], scored.logits[index * labels..<(index + 1) * labels])
    }
    return Result(rows: formatter.rows, account: scored.account)
  }

  /// - Returns: false where the line is not plain, nothing having been done.
  private mutating func scoreInPlace(_ line: LineChunks.Line, _ bytes: Span<UInt8>) -> Bool {
    guard !line.isTooLong, let fields = reader.read(bytes) else { return false }
    if fields.isArticle {
      // Where articles count they are made into one.
      if !scorer.usesContext { account.articles += 1 }
      return !scorer.usesContext
    }
    guard let text = fields.text else { return false }
    if text.hasEscapes {
      // Taken out for the while, because the rest of the worker changes.
      var unescaped: [UInt8] = []
      swap(&unescaped, &self.unescaped)
      defer { swap(&unescaped, &self.unescaped) }
      unescaped.removeAll(keepingCapacity: true)
      guard (try? JSONScanner.unescape(bytes.extracting(text.range), into: &unescaped)) != nil else { return false }
      guard reader.isWhole(unescaped.span) else { return false }
      score(unescaped.span, fields, bytes, line)
    } else {
      guard reader.isWhole(bytes.extracting(text.range)) else { return false }
      score(bytes.extracting(text.range), fields, bytes, line)
    }
    account.comments += 1
    return true
  }

  private mutating func score(_ text: Span<UInt8>, _ fields: CommentLine, _ bytes: Span<UInt8>, _ line: LineChunks.Line) {
    if scorer.usesContext {
      let place = CommentPlace(
        id: fields.id.map { id(bytes.extracting($0)) } ?? SourceLocation(name: name, line: line.number).description,
        articleID: fields.articleID.map { string(bytes.extracting($0)) }, parentID: fields.parentID.map { string(bytes.extracting($0)) },
        isWithdrawn: fields.status.map { Comment.isWithdrawal(string(bytes.extracting($0))) } ?? false)
      score(text, place)
    } else {
      let logits = scorer.logits(text, &workspace)
      let articleID: Span<UInt8>? = if let range = fields.articleID { bytes.extracting(range) } else { nil }
      if let id = fields.id, reader.idPrefix.isEmpty {
        formatter.appendRow(id: bytes.extracting(id), articleID: articleID, logits.lazy.map { $0 })
      } else if let id = fields.id {
        var prefixed: [UInt8] = []
        swap(&prefixed, &prefixedID)
        defer { swap(&prefixed, &prefixedID) }
        prefixed.removeAll(keepingCapacity: true)
        prefixed += reader.idPrefix
        bytes.extracting(id).withUnsafeBufferPointer { prefixed += $0 }
        formatter.appendRow(id: prefixed.span, articleID: articleID, logits.lazy.map { $0 })
      } else {
        let id = SourceLocation(name: name, line: line.number).description
        formatter.appendRow(id: id.utf8Span.span, articleID: articleID, logits.lazy.map { $0 })
      }
    }
  }

  /// By its text, where its place is looked at later.
  private mutating func score(_ text: Span<UInt8>, _ place: consuming CommentPlace) {
    scored.add(place) { scorer.profile(text, &workspace, appendingTo: &$0) }
  }

  private func id(_ bytes: Span<UInt8>) -> String {
    reader.idPrefix.isEmpty ? string(bytes) : string(reader.idPrefix.span) + string(bytes)
  }

  private func string(_ bytes: Span<UInt8>) -> String { bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }

  private mutating func scoreCarefully(_ event: SourceEvent) {
    switch event {
    case .record(.article(let article)):
      account.articles += 1
      if scorer.usesContext { scored.add(scorer.opening(article, &workspace)) }
    case .record(.comment(let comment)):
      account.comments += 1
      if scorer.usesContext {
        score(comment.text.utf8Span.span, CommentPlace(comment))
      } else {
        formatter.appendRow(CommentPlace(comment), scorer.scoreText(comment.text, &workspace).logits.lazy.map { $0 })
      }
    case .rejected(let rejection): account.rejections.append(rejection)
    case .passedOver: break
    }
  }
}
