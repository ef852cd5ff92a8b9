/// How a model is learnt.
public struct TrainingOptions: Sendable, Equatable {
  public enum Algorithm: String, Sendable, CaseIterable {
    case naiveBayes = "naive-bayes"
    case complementNaiveBayes = "complement-naive-bayes"
    case logistic
    /// Logistic regression on features multiplied by naive Bayes' log-count ratio (Wang and Manning 2012).
    case nbLogistic = "nb-logistic"

    /// Naive Bayes counts every occurrence; the logistic models do better with presence and a norm a block.
    package var features: FeatureSpace {
      var space = FeatureSpace()
      if self == .naiveBayes || self == .complementNaiveBayes {
        space.weighting = .counts
        space.normalizesBlocks = false
      }
      return space
    }

    /// Whether logits hold the share of positive rows in the training. Complement naive Bayes has no prior.
    var hasPrior: Bool { self != .complementNaiveBayes }
  }

  public var algorithm: Algorithm {
    didSet {
      features.weighting = algorithm.features.weighting
      features.normalizesBlocks = algorithm.features.normalizesBlocks
    }
  }
  public var features: FeatureSpace
  /// The labels to learn; empty for all that occur in the data.
  public var labels: [String] = []
  /// C of the logistic models: the larger, the closer the fit. nil for the best of ``path`` by cross-validation.
  public var regularization: Double?
  /// What thresholds are chosen for, at least one; the first is the one by which comments are flagged.
  public var targets: [ThresholdTarget] = [.highestExpectedMCC]
  /// α of naive Bayes and of the log-count ratio.
  public var smoothing = 1.0
  /// Directions of a ``LatentSpace`` that ``Algorithm/nbLogistic`` may learn from beside the features, where cross-validation finds that
  /// they help; 0 for never. They tell the subjects of the rows, which misleads on rows of other subjects.
  public var latentDimensions = 128
  /// Multiplies the weight of positive rows.
  public var positiveWeight = 1.0
  /// Where the logistic solver stops, as a share of the first gradient.
  public var tolerance = 0.01
  package var intercept = LogisticRegression.Intercept.free
  /// Labels that depend on article, parent and thread.
  public var contextLabels: Set<String> = ["off_topic"]
  /// Whether these labels are decided by the place of a comment alone: what pairs say, calibrated by the labels. The words of a comment
  /// tell more on the site that the labels are from, and mislead on others.
  public var placeOnly = false
  /// Whether only comments under an article are judged: they alone give regularisation, calibration, thresholds and figures, and other rows
  /// only teach. For data that hold texts of other kinds, and another share of positive ones, than the comments to be scored.
  public var judgesUnderArticles = false
  /// Whether comments are compared with the whole of their thread, or with what came before them: as they will be where the model is used.
  public var seesWholeThreads = false
  /// Of labels, the share of comments that are positive where the model will be used, above 0 and below 1. Data to learn from hold more of
  /// them as a rule; calibration, thresholds and figures are then those of comments of which so many are positive (Saerens, Latinne and
  /// Decaestecker 2002). Labels not named keep to the share in the data.
  public var priors: [String: Double] = [:]
  /// Sentences of comments that stand under no article teach too: each weighs so many times what its comment does; 0 for none.
  public var sentenceWeight = 0.0
  /// Folds of the cross-validation behind calibration, threshold and figures.
  public var folds = 5
  /// A field of the records; rows with the same value are never split between folds. nil for the article.
  public var groupField: String?
  public var seed: UInt64 = 1

  public init(algorithm: Algorithm = .nbLogistic) {
    self.algorithm = algorithm
    features = algorithm.features
  }

  /// Rising, so that each solution starts from the one before.
  package static let path: [Double] = [1, 3, 10, 30, 100]

  /// One of the ways to fit among which cross-validation chooses.
  public struct Candidate: Sendable, Equatable {
    /// C of the logistic models.
    public var cost: Double
    public var latentDimensions = 0
    /// Whether article, parent and thread count.
    public var usesPlace = false

    func isAlike(_ other: Candidate) -> Bool { latentDimensions == other.latentDimensions && usesPlace == other.usesPlace }

    func isMoreComplex(than other: Candidate) -> Bool {
      latentDimensions > other.latentDimensions || usesPlace && !other.usesPlace
    }
  }

  /// All ways to be tried with the text of comments, by latent dimensions and then by C, each rising; a single one where the algorithm
  /// leaves no choice.
  package var candidates: [Candidate] {
    let costs = regularization.map { [$0] } ?? Self.path
    return switch algorithm {
    case .naiveBayes, .complementNaiveBayes: [Candidate(cost: 1)]
    case .logistic: costs.map { Candidate(cost: $0) }
    case .nbLogistic:
      (latentDimensions > 0 ? [0, latentDimensions] : [0]).flatMap { latent in
        costs.map { Candidate(cost: $0, latentDimensions: latent) }
      }
    }
  }

  /// Whether the place of comments must be looked at to learn from these records: a label that depends on it is to be learnt, by an
  /// algorithm that can use it or from the background alone.
  public func needsRelevance(_ records: [Record], background: ConversationSample) -> Bool {
    if background.comments > 0 { return true }
    guard algorithm == .logistic || algorithm == .nbLogistic else { return false }
    let needing = labels.isEmpty ? contextLabels : contextLabels.intersection(labels)
    return records.contains { record in
      guard case .comment(let comment) = record else { return false }
      return needing.contains { comment.labels[$0] != nil }
    }
  }

  /// The sentence that says what is wrong with these options; nil where they can be used.
  public var problem: String? {
    if let problem = features.problem { return problem }
    if let regularization, !(regularization > 0 && regularization.isFinite) { return "regularization must be above 0" }
    if !(smoothing > 0 && smoothing.isFinite) { return "smoothing must be above 0" }
    if !(0...1024).contains(latentDimensions) { return "latent dimensions must be 0 to 1024, not \(latentDimensions)" }
    if !(positiveWeight > 0 && positiveWeight.isFinite) { return "positive weight must be above 0" }
    if !(tolerance > 0 && tolerance < 1) { return "tolerance must lie between 0 and 1" }
    if let (label, prior) = priors.sorted(by: { $0.key < $1.key }).first(where: { !($0.value > 0 && $0.value < 1) }) {
      return "the prior of \(label) must lie between 0 and 1, not \(prior)"
    }
    if !(sentenceWeight >= 0 && sentenceWeight.isFinite) { return "the weight of sentences must be 0 or more" }
    if targets.isEmpty { return "at least one target for a threshold is needed" }
    if !(2...100).contains(folds) { return "folds must be 2 to 100, not \(folds)" }
    return nil
  }

  package var json: JSONValue {
    var members = [JSONMember("algorithm", .string(algorithm.rawValue))]
    switch algorithm {
    case .logistic, .nbLogistic: members.append(JSONMember("regularization", regularization.map(JSONValue.number) ?? "cross-validated"))
    case .naiveBayes, .complementNaiveBayes: break
    }
    if algorithm != .logistic { members.append(JSONMember("smoothing", .number(smoothing))) }
    if algorithm == .nbLogistic { members.append(JSONMember("latent_dimensions", .integer(latentDimensions))) }
    members += [
      JSONMember("positive_weight", .number(positiveWeight)), JSONMember("tolerance", .number(tolerance)),
      JSONMember("context_labels", .array(contextLabels.sorted().map(JSONValue.string))),
      JSONMember("place_only", .bool(placeOnly)), JSONMember("judge_under_articles", .bool(judgesUnderArticles)),
      JSONMember("whole_threads", .bool(seesWholeThreads)), JSONMember("sentences", .number(sentenceWeight)),
      JSONMember("priors", .object(priors.sorted { $0.key < $1.key }.map { JSONMember($0.key, .number($0.value)) })),
      JSONMember("at", .array(targets.map { .string($0.description) })), JSONMember("folds", .integer(folds)),
      JSONMember("group_by", .string(groupField ?? "article_id")),
      JSONMember("seed", .integer(Int(truncatingIfNeeded: seed))),
    ]
    return .object(members)
  }

  /// The options that a model was trained with, from its card, so that the same recipe can be used again.
  public init?(card: JSONValue) {
    guard let recipe = card["options"], let algorithm = recipe["algorithm"]?.text.flatMap(Algorithm.init),
      let features = card["features"].flatMap(FeatureSpace.init(json:))
    else { return nil }
    self.init(algorithm: algorithm)
    self.features = features
    regularization = recipe["regularization"]?.double
    smoothing = recipe["smoothing"]?.double ?? smoothing
    latentDimensions = recipe["latent_dimensions"]?.integer ?? 0
    positiveWeight = recipe["positive_weight"]?.double ?? positiveWeight
    tolerance = recipe["tolerance"]?.double ?? tolerance
    placeOnly = recipe["place_only"]?.bool ?? placeOnly
    judgesUnderArticles = recipe["judge_under_articles"]?.bool ?? judgesUnderArticles
    sentenceWeight = recipe["sentences"]?.double ?? sentenceWeight
    seesWholeThreads = recipe["whole_threads"]?.bool ?? seesWholeThreads
    for prior in recipe["priors"]?.members ?? [] { priors[prior.key] = prior.value.double }
    contextLabels = Set((recipe["context_labels"]?.elements ?? []).compactMap(\.text))
    let targets = (recipe["at"]?.elements ?? []).compactMap { $0.text.flatMap(ThresholdTarget.init) }
    if !targets.isEmpty { self.targets = targets }
    folds = recipe["folds"]?.integer ?? folds
    if let field = recipe["group_by"]?.text, field != "article_id" { groupField = field }
    seed = UInt64(truncatingIfNeeded: recipe["seed"]?.integer ?? 1)
  }
}

/// Why nothing can be learnt from the data.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  case options(String)
  case noComments
  /// There are comments without labels, but not of enough articles.
  case smallBackground(comments: Int)
  case noLabels
  /// A label without rows of both kinds in at least as many groups as are needed.
  case oneSided(label: String, positives: Int, negatives: Int)
  /// All rows of one kind came into one fold, where nothing can be learnt from them, because they stand in so few groups.
  case clustered(label: String, isPositive: Bool, groups: Int)
  case tooManyLabels(Int)

  public var description: String {
    switch self {
    case .options(let problem): problem
    case .noComments: "the data hold no comment"
    case .smallBackground(let comments):
      "the background's comments, \(comments), are too few to learn from, or of too few articles: each is compared with those of other articles, "
        + "of which some dozens are needed"
    case .noLabels:
      "no comment carries a label; add \"labels\":{\"off_topic\":true} to the records (false where it does not apply), or "
        + "name their fields by --label-field"
    case .oneSided(let label, let positives, let negatives):
      "label \(label) has \(positives) positive and \(negatives) negative rows; at least 2 of each are needed"
    case .clustered(let label, let isPositive, let groups):
      "all \(isPositive ? "positive" : "negative") rows of label \(label) stand in \(groups) \(groups == 1 ? "group" : "groups") and so in one "
        + "fold, which leaves none to learn from when it is tested; --group-by may name a field with more groups"
    case .tooManyLabels(let count): "the data have \(count) labels; at most \(Model.maximumLabels) are possible, choose with --label"
    }
  }
}
