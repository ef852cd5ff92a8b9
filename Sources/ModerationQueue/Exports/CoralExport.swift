public import BelowTheLine

/// What an external moderation phase of Coral replies, one line a comment.
///
/// A score never withholds a comment: what no person decided keeps the status `NONE`, with flags for the moderators there.
public struct CoralExport: Sendable {
  private let codes: [String: String]

  public init(reasons: [ReasonCode]) { codes = Dictionary(reasons.map { ($0.code, $0.coral) }) { $1 } }

  public func append(_ item: QueueItem, to writer: inout JSONWriter) {
    var members = [
      JSONMember("commentID", .string(item.id)), JSONMember("status", .string(status(item.state))),
      JSONMember("actions", .array(flags(item).map { .object([JSONMember("actionType", "FLAG"), JSONMember("reason", .string($0))]) })),
      JSONMember("tags", .array([])),
    ]
    if let article = item.article { members.insert(JSONMember("storyID", .string(article.id)), at: 1) }
    if item.state == .rejected, let decision = item.ruling {
      var reason = [JSONMember("code", .string(decision.reason.flatMap { codes[$0] } ?? "OTHER"))]
      if let note = decision.note { reason.append(JSONMember("detailedExplanation", .string(note))) }
      members.append(JSONMember("rejectionReason", .object(reason)))
    }
    writer.value(.object(members))
    writer.newline()
  }

  private func status(_ state: ItemState) -> String {
    switch state {
    case .pending: "NONE"
    case .approved: "APPROVED"
    case .rejected: "REJECTED"
    // A person wants another person to decide.
    case .escalated, .appealed: "SYSTEM_WITHHELD"
    }
  }

  /// Coral knows two reasons for a flag by a program. What is off-topic is nearer to spam, everything else to the other one.
  private func flags(_ item: QueueItem) -> [String] {
    let reasons = (item.assessment?.flags ?? []).map {
      ["off_topic", "spam"].contains($0) ? "COMMENT_DETECTED_SPAM" : "COMMENT_DETECTED_TOXIC"
    }
    return Set(reasons).sorted()
  }
}
