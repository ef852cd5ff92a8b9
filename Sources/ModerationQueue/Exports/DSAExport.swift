public import BelowTheLine

/// Statements of reasons as the DSA Transparency Database takes them (Regulation (EU) 2022/2065, articles 17 and 24(5); API version 2),
/// one JSON object a line. There is one for each comment that a person rejected; nothing else restricts anybody.
///
/// Texts and names of people are left out, as article 24(5) asks.
public struct DSAExport: Sendable {
  /// What `territorial_scope` may name: the countries of the European Economic Area.
  public static let knownCountries = Set(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split(separator: " ").map(String.init))

  private let reasons: [String: ReasonCode]
  private let countries: [String]
  private let ground: String

  /// - Parameters:
  ///   - countries: where the rejection holds, of ``knownCountries`` (`territorial_scope`).
  ///   - ground: the rule of the house that rejected comments break, or its address.
  public init(reasons: [ReasonCode], countries: [String], ground: String) {
    self.reasons = Dictionary(reasons.map { ($0.code, $0) }) { $1 }
    self.countries = countries
    self.ground = ground
  }

  /// - Returns: whether the comment needs a statement.
  @discardableResult
  public func append(_ item: QueueItem, to writer: inout JSONWriter) -> Bool {
    guard item.state == .rejected, let decision = item.ruling else { return false }
    let reason = decision.reason.flatMap { reasons[$0] } ?? ReasonCode(code: "other", title: "against the rules for comments")
    let language = item.article?.language.map { String($0.prefix(2)).uppercased() }
    let wasFlagged = item.assessment?.flags.isEmpty == false
    var members: [JSONMember] = [
      JSONMember("decision_visibility", .array(["DECISION_VISIBILITY_CONTENT_REMOVED"])),
      JSONMember("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
      JSONMember("incompatible_content_ground", .string(ground)),
      JSONMember("incompatible_content_explanation", .string(reason.title)),
      JSONMember("incompatible_content_illegal", decision.reason == "illegal" ? "Yes" : "No"),
      JSONMember("category", .string(reason.dsaCategory)),
      JSONMember("category_specification", .array(reason.dsaKeyword.map { [.string($0)] } ?? [])),
      JSONMember("content_type", .array(["CONTENT_TYPE_TEXT"])),
      JSONMember("content_date", item.writtenAt.map { .string(String($0.prefix(10))) } ?? .null),
      JSONMember("application_date", .string(String(decision.time.prefix(10)))),
      JSONMember("territorial_scope", .array(countries.map(JSONValue.string))),
      JSONMember("decision_facts", .string("A moderator read the comment and rejected it: \(reason.title).")),
      JSONMember("source_type", "SOURCE_VOLUNTARY"),
      JSONMember("automated_detection", .string(wasFlagged ? "Yes" : "No")),
      JSONMember("automated_decision", "AUTOMATED_DECISION_NOT_AUTOMATED"),
      JSONMember("puid", .string("btl-\(decision.sequence)-\(decision.digest.prefix(16))")),
    ]
    if let language { members.append(JSONMember("content_language", .string(language))) }
    writer.value(.object(members))
    writer.newline()
    return true
  }
}
