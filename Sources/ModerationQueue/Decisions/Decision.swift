/// What a person may do with a comment.
public enum Action: String, Sendable, CaseIterable {
  case approve
  case reject
  /// Somebody else should decide.
  case escalate
  /// Says which labels hold, and nothing of what is to become of the comment.
  case label
  /// Takes back the last decision; both stay in the log.
  case undo
  /// The author, or somebody for them, asks for another look.
  case appeal
  /// The decision stays.
  case uphold
  /// The appeal was right: what was rejected is approved, and the other way round.
  case overturn
}

/// Where a comment stands.
public enum ItemState: String, Sendable, CaseIterable {
  case pending
  case approved
  case rejected
  case escalated
  case appealed
}

/// What a person wants to be written down.
public struct DecisionRequest: Sendable {
  public var moderator: String
  public var action: Action
  /// Those that the person decided; the others stay as they are.
  public var labels: [String: Bool]
  /// Labels that were decided, and are unknown again.
  public var reopened: Set<String>
  /// The code of a ``ReasonCode``.
  public var reason: String?
  public var note: String?
  /// A second opinion is kept beside the decision that holds, and changes nothing.
  public var isOpinion: Bool
  /// When it was decided, where that was elsewhere; now otherwise.
  public var time: String?
  /// Which entry an undo takes back; nil for the last one, whosever it is.
  public var undone: Int?

  public init(
    moderator: String, action: Action, labels: [String: Bool] = [:], reopened: Set<String> = [], reason: String? = nil,
    note: String? = nil, isOpinion: Bool = false, time: String? = nil, undone: Int? = nil
  ) {
    self.moderator = moderator
    self.action = action
    self.labels = labels
    self.reopened = reopened
    self.reason = reason
    self.note = note
    self.isOpinion = isOpinion
    self.time = time
    self.undone = undone
  }
}

/// One entry of the log. Entries are only ever added, and each holds the digest of the one before.
public struct Decision: Sendable, Equatable {
  /// From 1, without gaps.
  public var sequence: Int
  public var item: Int
  public var revision: Int
  public var source: String
  public var commentID: String
  /// SHA-256 of the text that was decided.
  public var textDigest: String
  /// RFC 3339, UTC.
  public var time: String
  public var moderator: String
  public var action: Action
  public var isOpinion: Bool
  /// Those that hold after this entry, as a JSON object by name.
  public var labels: String
  public var reason: String?
  public var note: String?
  /// What the model had said, as JSON: its digest, scores and flags.
  public var seen: String?
  /// The entry that is undone, appealed against, upheld or overturned.
  public var refersTo: Int?
  /// Of the comment, after this entry.
  public var state: ItemState
  /// The digest of the entry before; of the first entry, 64 zeros.
  public var previous: String
  public var digest: String

  public static let firstPrevious = String(repeating: "0", count: 64)

  /// The bytes whose SHA-256 is ``digest``.
  ///
  /// The fields in the order below, each as a netstring: its number of bytes in decimal, a colon, its bytes in UTF-8, a comma. A field that
  /// is absent is `-,`. The name `anna` is `4:anna,`. No two different rows have the same bytes.
  public var canonicalBytes: [UInt8] {
    let fields: [String?] = [
      "btl-decision-1", String(sequence), previous, String(item), source, commentID, String(revision), textDigest, time, moderator,
      action.rawValue,
      isOpinion ? "1" : "0", labels, reason, note, seen, refersTo.map { String($0) }, state.rawValue,
    ]
    var bytes: [UInt8] = []
    for field in fields {
      if let field {
        bytes += String(field.utf8.count).utf8
        bytes.append(UInt8(ascii: ":"))
        bytes += field.utf8
      } else {
        bytes.append(UInt8(ascii: "-"))
      }
      bytes.append(UInt8(ascii: ","))
    }
    return bytes
  }
}
