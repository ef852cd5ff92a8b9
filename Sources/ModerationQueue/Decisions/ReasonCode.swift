internal import GRDB

/// Why a comment was decided as it was, in the words of other systems too.
public struct ReasonCode: Sendable, Equatable {
  public var code: String
  /// For people.
  public var title: String
  /// Coral's `REJECTION_REASON_CODE`.
  public var coral: String
  /// `category` of a statement of reasons in the DSA Transparency Database (API version 2).
  public var dsaCategory: String
  /// One of its `category_specification`s.
  public var dsaKeyword: String?

  public init(code: String, title: String, coral: String = "OTHER", dsaCategory: String = Self.otherCategory, dsaKeyword: String? = nil) {
    self.code = code
    self.title = title
    self.coral = coral
    self.dsaCategory = dsaCategory
    self.dsaKeyword = dsaKeyword
  }

  /// A violation of the platform's terms that no other category names.
  public static let otherCategory = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
  private static let speech = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
  private static let civic = "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"
  private static let privacy = "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"

  /// Those that version 2 of the API takes.
  public static let dsaCategories = [
    otherCategory, speech, civic, privacy, "STATEMENT_CATEGORY_ANIMAL_WELFARE", "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
    "STATEMENT_CATEGORY_CYBER_VIOLENCE", "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
    "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE",
    "STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "STATEMENT_CATEGORY_SELF_HARM", "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS", "STATEMENT_CATEGORY_VIOLENCE",
  ]

  /// Those of a new store.
  public static let builtIn = [
    ReasonCode(code: "off_topic", title: "not about the article or the thread", coral: "IRRELEVANT_CONTENT"),
    ReasonCode(
      code: "conspiracy", title: "asserts a conspiracy theory", coral: "MISINFORMATION", dsaCategory: civic,
      dsaKeyword: "KEYWORD_MISINFORMATION_DISINFORMATION"),
    ReasonCode(code: "spam", title: "spam or advertising", coral: "SPAM"),
    ReasonCode(code: "insult", title: "insults a person", coral: "OFFENSIVE"),
    ReasonCode(code: "harassment", title: "harasses or threatens a person", coral: "HARASSMENT_BULLYING", dsaCategory: speech),
    ReasonCode(
      code: "hate", title: "hatred against a group", coral: "HATE_SPEECH", dsaCategory: speech, dsaKeyword: "KEYWORD_HATE_SPEECH"),
    ReasonCode(code: "private_data", title: "somebody's private data", dsaCategory: privacy),
    ReasonCode(code: "illegal", title: "against the law", coral: "ILLEGAL_CONTENT", dsaCategory: speech),
    ReasonCode(code: "other", title: "another reason, told in the note"),
  ]

  func insert(_ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO reason (code, title, coral, dsa_category, dsa_keyword) VALUES (?, ?, ?, ?, ?)",
      arguments: [code, title, coral, dsaCategory, dsaKeyword])
  }
}

extension QueueStore {
  /// By code.
  public func reasons() throws -> [ReasonCode] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT code, title, coral, dsa_category, dsa_keyword FROM reason ORDER BY code").map {
        ReasonCode(code: $0[0], title: $0[1], coral: $0[2], dsaCategory: $0[3], dsaKeyword: $0[4])
      }
    }
  }

  /// - Throws: ``QueueError`` where there is one with this code.
  public func add(_ reason: ReasonCode) throws {
    try write { db in
      if try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM reason WHERE code = ?)", arguments: [reason.code]) == true {
        throw QueueError("the reason \(reason.code) exists; decisions name it, so it stays as it is")
      }
      try reason.insert(db)
    }
  }
}
