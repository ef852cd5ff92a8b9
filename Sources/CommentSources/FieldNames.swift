internal import BelowTheLine

/// Which columns of a table, or fields of JSON objects, hold what: for sources whose names are their own.
///
///     FieldNames(text: "data.body", labels: ["off_topic": "moderation.removed"])
///
/// In JSON, a dot leads into an object, unless a field has the dotted name itself.
public struct FieldNames: Sendable, Equatable {
  public var text: String?
  public var id: String?
  public var article: String?
  public var parent: String?
  public var author: String?
  public var time: String?
  /// By label, the field that holds yes or no, or a number: 0.5 and more is yes.
  public var labels: [String: String]

  public init(
    text: String? = nil, id: String? = nil, article: String? = nil, parent: String? = nil, author: String? = nil, time: String? = nil,
    labels: [String: String] = [:]
  ) {
    self.text = text
    self.id = id
    self.article = article
    self.parent = parent
    self.author = author
    self.time = time
    self.labels = labels
  }

  /// Nothing is named: the readers' own names hold.
  public var isEmpty: Bool { self == FieldNames() }

  /// The names given, each with the name that the project's own records have for it.
  var renamings: [(own: String, given: String)] {
    [
      ("text", text), ("id", id), ("article_id", article), ("parent_id", parent), ("author", author), ("created_at", time),
    ].compactMap { own, given in given.map { (own, $0) } }
  }

  /// What a line's fields are, where their names alone say so; none where a name leads into an object, stands for two fields, or says
  /// what was decided.
  var lineFields: [(String, CommentLine.Key)] {
    let given = renamings.map(\.given)
    guard labels.isEmpty, Set(given).count == given.count, !given.contains(where: { $0.contains(".") }) else { return [] }
    return CommentLine.ownFields.filter { $0.key != .articleString }.compactMap { name, key in
      if let renaming = renamings.first(where: { $0.own == name }) { return (renaming.given, key) }
      return given.contains(name) ? nil : (name, key)
    }
  }

  /// Names that mean something in a record: a source's own field of that name is kept under another.
  static let reserved: Set<String> = [
    "kind", "text", "id", "article_id", "parent_id", "author", "created_at", "depth", "status", "labels", "weight", "auxiliary", "source",
  ]

  /// The name under which a field of the source is kept.
  static func extra(_ name: String) -> String { reserved.contains(name) ? "source_" + name : name }

  /// Yes or no, as a table or an object writes it.
  ///
  /// - Returns: nil where the value is neither.
  static func decision(_ value: JSONValue) -> Bool? {
    if let value = value.bool { return value }
    if let number = value.double { return number >= 0.5 }
    guard let text = value.text?.filled?.lowercased() else { return nil }
    switch text {
    case "true", "yes": return true
    case "false", "no": return false
    default: return Double(text).flatMap { $0.isNaN ? nil : $0 >= 0.5 }
    }
  }
}
