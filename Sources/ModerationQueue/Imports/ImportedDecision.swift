/// A decision that was made in another tool.
public struct ImportedDecision: Sendable, Equatable {
  /// The comment's own id.
  public var commentID: String
  /// nil where only one source of the queue has the id.
  public var source: String?
  /// The text that was decided; nil where the tool does not say.
  public var text: String?
  /// Those that hold. Of the other labels that the model knows, the person saw that they do not, unless ``isPartial``.
  public var labels: [String: Bool]
  /// Whether labels that are not named are unknown.
  public var isPartial: Bool
  /// nil for the person who imports.
  public var moderator: String?
  /// Who had decided when it was exported: what still says the same as that person is nobody's new decision.
  public var exportedModerator: String?
  /// RFC 3339 in UTC.
  public var time: String?
  public var reason: String?
  public var note: String?

  public init(
    commentID: String, source: String? = nil, text: String? = nil, labels: [String: Bool], isPartial: Bool = false,
    moderator: String? = nil, exportedModerator: String? = nil, time: String? = nil, reason: String? = nil, note: String? = nil
  ) {
    self.commentID = commentID
    self.source = source
    self.text = text
    self.labels = labels
    self.isPartial = isPartial
    self.moderator = moderator
    self.exportedModerator = exportedModerator
    self.time = time
    self.reason = reason
    self.note = note
  }
}
