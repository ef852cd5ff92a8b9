internal import BelowTheLine
internal import Foundation

/// Entries with all that can be made of them without the database.
///
/// The texts of the comments stand one after the other in ``bytes``: SQLite reads them there, and nothing is allocated for a comment.
struct PreparedEntries: Sendable {
  enum Entry: Sendable {
    case article(Article, source: String)
    case comment(PreparedComment)
  }

  private(set) var entries: [Entry] = []
  private(set) var bytes: [UInt8] = []
  private var writer = JSONWriter()

  /// - Parameter days: of their arrival, since 1970.
  init(_ entries: some Collection<QueueEntry>, days: Double) {
    self.entries.reserveCapacity(entries.count)
    for entry in entries {
      switch entry {
      case .article(let article, let source): self.entries.append(.article(article.storable, source: source.storable))
      case .comment(let comment, let source, let articleSource, let assessment):
        self.entries.append(
          .comment(prepare(comment, assessment, source: source.storable, articleSource: (articleSource ?? source).storable, days: days)))
      }
    }
  }

  private mutating func prepare(
    _ comment: Comment, _ assessment: Assessment?, source: String, articleSource: String, days: Double
  ) -> PreparedComment {
    let start = bytes.count
    var prepared = PreparedComment(
      source: source, articleSource: articleSource, article: comment.articleID.storable, id: append(comment.id),
      articleID: comment.articleID.map { append($0) }, parentID: comment.parentID.map { append($0) },
      author: comment.author.map { append($0) },
      createdAt: comment.createdAt.map { append($0) }, text: append(comment.text), order: QueueOrder.keys(assessment, days: days))
    if case .string(let text)? = comment.extra["parent_text"] { prepared.parentText = append(text) }
    bytes.withUnsafeMutableBufferPointer { UnsafeMutableBufferPointer(rebasing: $0[start...]).makeStorable() }
    prepared.digest = appendDigest(of: prepared.text)
    if let assessment {
      writer.removeAll()
      assessment.write(to: &writer)
      prepared.assessment = append(writer.bytes)
      let spans = bytes.count
      assessment.appendSpans(to: &bytes)
      if bytes.count > spans { prepared.spans = spans..<bytes.count }
    }
    return prepared
  }

  private mutating func append(_ text: String) -> Range<Int> { append(text.utf8) }

  private mutating func append(_ part: some Collection<UInt8>) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: part)
    return start..<bytes.count
  }

  private mutating func appendDigest(of text: Range<Int>) -> Range<Int> {
    let start = bytes.count
    SHA256.appendHex(bytes.withUnsafeBytes { SHA256.words(UnsafeRawBufferPointer(rebasing: $0[text])) }, to: &bytes)
    return start..<bytes.count
  }
}

/// A comment as it is written, its texts being parts of ``PreparedEntries/bytes``.
struct PreparedComment: Sendable {
  let source: String
  let articleSource: String
  /// The id of its article, to look it up.
  let article: String?
  let id: Range<Int>
  let articleID: Range<Int>?
  let parentID: Range<Int>?
  var parentText: Range<Int>?
  let author: Range<Int>?
  let createdAt: Range<Int>?
  let text: Range<Int>
  var digest = 0..<0
  var assessment: Range<Int>?
  var spans: Range<Int>?
  let order: QueueOrder.Keys
}
