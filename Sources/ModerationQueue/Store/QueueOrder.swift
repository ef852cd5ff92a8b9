/// In which order comments come to a person.
public enum QueueOrder: String, Sendable, CaseIterable {
  /// What most likely needs somebody comes first.
  case risk
  /// What the model is least certain of comes first: most is learnt from deciding it.
  case uncertainty
  /// What has waited longest comes first.
  case age
  /// Risk and uncertainty together, and each day of waiting counts: nothing waits for ever.
  case mixed

  struct Keys: Sendable {
    var risk: Double
    var margin: Double
    var mixed: Double
  }

  private static let riskWeight = 0.6
  private static let uncertaintyWeight = 0.4
  /// How much a day of waiting adds: after ten days, the least likely case stands before the likeliest of today.
  private static let dayWeight = 0.1

  /// The keys that the store keeps with an item.
  ///
  /// A day adds the same to all that wait, so the key need not change with time: what came earlier simply has a lead.
  ///
  /// - Parameter days: of the arrival, since 1970.
  static func keys(_ assessment: Assessment?, days: Double) -> Keys {
    let risk = assessment?.risk ?? 0.5
    let margin = assessment?.margin ?? 0
    return Keys(risk: risk, margin: margin, mixed: riskWeight * risk + uncertaintyWeight * (1 - 2 * min(margin, 0.5)) - dayWeight * days)
  }

  /// Makes the indexes by which a claim finds its comments without looking at all of them, if there are none.
  ///
  /// They are made by the first claim in this order (seconds for a million comments) and not with the store: indexes for orders that
  /// nobody asks for would halve the speed of adding.
  var indexSQL: String {
    let order =
      switch self {
      case .risk: "item_risk ON item (state, risk DESC)"
      case .uncertainty: "item_uncertainty ON item (state, margin)"
      case .age: "item_age ON item (state)"
      case .mixed: "item_mixed ON item (state, mixed DESC)"
      }
    return "CREATE INDEX IF NOT EXISTS \(order); "
      + "CREATE INDEX IF NOT EXISTS item_claim ON item (claimed_by) WHERE claimed_by IS NOT NULL"
  }

  /// For `ORDER BY`; ties come in the order of arrival, so that the order is the same every time.
  var sql: String {
    switch self {
    case .risk: "item.risk DESC, item.number"
    case .uncertainty: "item.margin, item.number"
    case .age: "item.number"
    case .mixed: "item.mixed DESC, item.number"
    }
  }
}
