internal import BelowTheLine
internal import Foundation

/// Entries with all that can be made of them without the database.
///
/// The texts of the comments stand one after the other in ``bytes``: SQLite reads them there, and nothing is allocated for a comment.
struct PreparedEntries: Sendable {
  enum Entry: Sendable {
    case article(Article, source: Int)
    case comment(PreparedComment)
  }

  /// Equal where the bytes are: equal strings may have different ones, which the store tells apart.
  struct Name: Hashable, Sendable {
    let text: String

    static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
      for byte in text.utf8 { hasher.combine(byte) }
    }
  }

  struct ArticleName: Hashable, Sendable {
    /// An index into ``sources``.
    let source: Int
    let id: Name
  }

  private(set) var entries: [Entry] = []
  private(set) var bytes: [UInt8] = []
  /// Each once: what stands in the store is looked up once for all comments that share it.
  private(set) var sources: [Name] = []
  private(set) var articles: [ArticleName] = []
  private var sourceIndices: [Name: Int] = [:]
  private var articleIndices: [ArticleName: Int] = [:]
  private var writer = JSONWriter()

  /// - Parameter days: of their arrival, since 1970.
  init(_ entries: some Collection<QueueEntry>, days: Double) {
    self.entries.reserveCapacity(entries.count)
    for entry in entries {
      switch entry {
      case .article(let article, let source): self.entries.append(.article(article.storable, source: index(of: source)))
      case .comment(let comment, let source, let articleSource, let assessment):
        let article = comment.articleID.map {
          Self.index(
            of: ArticleName(source: index(of: articleSource ?? source), id: Name(text: $0.storable)), in: &articles, &articleIndices)
        }
        self.entries.append(.comment(prepare(comment, assessment, source: index(of: source), article: article, days: days)))
      }
    }
  }

  private mutating func index(of source: String) -> Int {
    Self.index(of: Name(text: source.storable), in: &sources, &sourceIndices)
  }

  /// Most are those of the entry before.
  private static func index<Key: Hashable>(of key: Key, in keys: inout [Key], _ indices: inout [Key: Int]) -> Int {
    if let last = keys.indices.last, keys[last] == key { return last }
    if let index = indices[key] { return index }
    indices[key] = keys.count
    keys.append(key)
    return keys.count - 1
  }

  private mutating func prepare(
    _ comment: Comment, _ assessment: Assessment?, source: Int, article: Int?, days: Double
  ) -> PreparedComment {
    let start = bytes.count
    var prepared = PreparedComment(
      source: source, article: article, id: append(comment.id), articleID: comment.articleID.map { append($0) },
      parentID: comment.parentID.map { append($0) }, author: comment.author.map { append($0) },
      createdAt: comment.createdAt.map { append($0) }, text: append(comment.text), isWithdrawn: comment.isWithdrawn,
      order: QueueOrder.keys(assessment, days: days))
    if case .string(let text)? = comment.extra["parent_text"] { prepared.parentText = append(text) }
    bytes.withUnsafeMutableBufferPointer { UnsafeMutableBufferPointer(rebasing: $0[start...]).makeStorable() }
    prepared.checksum = bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[prepared.text]).checksum }
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
}

/// A comment as it is written, its texts being parts of ``PreparedEntries/bytes``.
struct PreparedComment: Sendable {
  /// An index into ``PreparedEntries/sources``.
  let source: Int
  /// An index into ``PreparedEntries/articles``.
  let article: Int?
  let id: Range<Int>
  let articleID: Range<Int>?
  let parentID: Range<Int>?
  var parentText: Range<Int>?
  let author: Range<Int>?
  let createdAt: Range<Int>?
  let text: Range<Int>
  /// Whether its source has taken it out of the thread: what it says now is no text of its author's.
  let isWithdrawn: Bool
  /// Of the text.
  var checksum: Int64 = 0
  var assessment: Range<Int>?
  var spans: Range<Int>?
  let order: QueueOrder.Keys
}
