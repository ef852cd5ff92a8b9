/// The text that comments stand under.
public struct Article: Sendable, Equatable {
  public var id: String
  public var url: String?
  public var title: String?
  public var body: String
  /// A BCP 47 tag such as `en`.
  public var language: String?

  public init(id: String, url: String? = nil, title: String? = nil, body: String, language: String? = nil) {
    self.id = id
    self.url = url
    self.title = title
    self.body = body
    self.language = language
  }
}

/// One reader comment. It knows no file format: readers fill it from whatever they read.
public struct Comment: Sendable, Equatable {
  public var id: String
  public var articleID: String?
  /// The comment this one answers.
  public var parentID: String?
  public var author: String?
  /// As the source writes it; RFC 3339 where the source has a full date.
  public var createdAt: String?
  public var text: String
  /// What the source decided of it, in the source's word: `approved`, `rejected`, `spam`, `deleted`.
  public var status: String?
  /// Decisions known of this comment. Partial: an absent label is unknown, not false.
  public var labels: [String: Bool]
  /// How much this row counts in training and in metrics; 1 unless the data say otherwise, at most ``maximumWeight``.
  public var weight: Double
  /// Whether it only helps: the logistic models learn what features weigh from it too, but neither which features there are nor how common
  /// the label is, and cross-validation does not judge it. For rows that are made or chosen to show something, unlike the comments to be scored.
  public var isAuxiliary: Bool
  /// Nesting below the article: 0 for a comment on the article itself.
  public var depth: Int?
  /// The file or address it was read from, and the line or record number there.
  public var source: SourceLocation?
  /// What else the source said, kept for output on request and for `--group-by`.
  public var extra: [String: JSONValue]

  public init(
    id: String, articleID: String? = nil, parentID: String? = nil, author: String? = nil, createdAt: String? = nil,
    text: String, status: String? = nil, labels: [String: Bool] = [:], weight: Double = 1, isAuxiliary: Bool = false, depth: Int? = nil,
    source: SourceLocation? = nil, extra: [String: JSONValue] = [:]
  ) {
    self.id = id
    self.articleID = articleID
    self.parentID = parentID
    self.author = author
    self.createdAt = createdAt
    self.text = text
    self.status = status
    self.labels = labels
    self.weight = weight
    self.isAuxiliary = isAuxiliary
    self.depth = depth
    self.source = source
    self.extra = extra
  }

  /// Beside a greater one, rows of weight 1 would be lost in rounding.
  public static let maximumWeight = 1e9

  private static let withdrawals: Set<String> = [
    "deleted", "post-trashed", "rejected", "removed", "spam", "system_withheld", "trash",
  ]

  /// Whether its source has taken it out of the thread.
  public var isWithdrawn: Bool { status.map(Self.isWithdrawal) ?? false }

  /// Whether a ``status`` says that the comment was taken out of the thread.
  public static func isWithdrawal(_ status: String) -> Bool { withdrawals.contains(status.lowercased()) }

  /// The group that keeps dependent rows together in folds and intervals; nil where the comment has none.
  ///
  /// - Parameter field: `article_id` (as is nil), `id`, `parent_id`, `author`, `created_at`, `status`, `depth`, `source` (its name), or a field
  ///   of ``extra``.
  @inline(__always)
  public func group(by field: String?) -> String? {
    switch field {
    case nil, "article_id": articleID
    case "id": id
    case "parent_id": parentID
    case "author": author
    case "created_at": createdAt
    case "status": status ?? extra["status"]?.text
    case "depth": depth.map(String.init)
    // A record that was separated from a page says where it came from.
    case "source": extra["source"]?.text ?? source?.name
    case let field?: extra[field]?.text
    }
  }
}

/// Where a comment stands: what is compared with it, and with what it is compared.
public struct CommentPlace: Sendable {
  public var id: String
  public var articleID: String?
  /// The comment this one answers.
  public var parentID: String?
  /// Whether its source has taken it out of the thread.
  public var isWithdrawn: Bool

  public init(id: String, articleID: String?, parentID: String?, isWithdrawn: Bool) {
    self.id = id
    self.articleID = articleID
    self.parentID = parentID
    self.isWithdrawn = isWithdrawn
  }

  public init(_ comment: Comment) {
    self.init(id: comment.id, articleID: comment.articleID, parentID: comment.parentID, isWithdrawn: comment.isWithdrawn)
  }
}

/// Where a record was read.
public struct SourceLocation: Sendable, Equatable, CustomStringConvertible {
  /// A path or address; `-` for standard input.
  public var name: String
  /// From 1; nil where the source has no lines, as a page as a whole.
  public var line: Int?

  public init(name: String, line: Int? = nil) {
    self.name = name
    self.line = line
  }

  public var description: String { line.map { "\(name):\($0)" } ?? name }
}

/// What readers produce and everything else consumes.
public enum Record: Sendable, Equatable {
  case article(Article)
  case comment(Comment)
}
