/// Learns a model from labelled comments, and says how good it is.
///
/// Each label is a binary problem of its own. Out-of-fold logits of a grouped cross-validation give the calibration
/// (Platt), the threshold and the figures; the model itself is then fitted on all rows.
public struct Trainer: Sendable {
  public let options: TrainingOptions
  /// Folds and labels are fitted side by side on at most this many threads; the result does not depend on it.
  public var threads = 1

  /// - Throws: ``TrainingError/options(_:)``.
  public init(options: TrainingOptions) throws(TrainingError) {
    if let problem = options.problem { throw .options(problem) }
    self.options = options
  }

  /// A trained model and what was seen on the way.
  public struct Outcome: Sendable {
    public var model: Model
    public var bytes: [UInt8]
    public var evaluations: [Evaluation]
  }

  /// What cross-validation says of one label.
  public struct CrossValidation: Sendable {
    public var evaluation: Evaluation
    /// Of the rows with this label, in their order: index into ``PreparedData/comments``, out-of-fold probability.
    public var predictions: [(comment: Int, probability: Double)]
    /// Fitted on all out-of-fold logits.
    public var calibration: Calibration
    /// The highest F1 on all out-of-fold probabilities.
    public var threshold: Double
  }

  // MARK: Cross-validation

  /// Cross-validates the chosen labels.
  ///
  /// The figures are honest in this sense: the logit of a row comes from a model that saw no row of its group, and its
  /// calibration and threshold from the other folds' out-of-fold logits. Only the idf table, which knows no label, is
  /// common to all folds.
  ///
  /// - Parameter progress: called after each fold with label and fold, on any thread.
  /// - Throws: ``TrainingError``.
  public func crossValidate(
    _ data: PreparedData, progress: (@Sendable (String, Int) -> Void)? = nil
  ) throws(TrainingError) -> [CrossValidation] {
    let labels = try chosenLabels(data)
    let folds = Folds.assign(groups: data.groups, count: options.folds, seed: options.seed)
    let rows = labels.map { data.rows(label: $0, positiveWeight: options.positiveWeight) }
    let jobs = labels.indices.flatMap { label in (0..<options.folds).map { (label: label, fold: $0) } }
    let results = Parallel.map(jobs.count, threads: threads) { index in
      let (label, fold) = jobs[index]
      defer { progress?(labels[label], fold) }
      return Result { () throws(TrainingError) -> [(position: Int, logit: Double)] in
        let test = rows[label].rows.indices.filter { folds[rows[label].rows[$0]] == fold }
        let rest = rows[label].rows.indices.filter { folds[rows[label].rows[$0]] != fold }
        guard !test.isEmpty else { return [] }
        let model = try fit(data, label: labels[label], rows[label].subset(rest))
        let logits = model.logits(data.matrix, dense: data.relevance, rows: test.map { rows[label].rows[$0] })
        return zip(test, logits).map { (position: $0, logit: $1) }
      }
    }
    var logits = rows.map { [Double](repeating: 0, count: $0.rows.count) }
    for (job, result) in zip(jobs, results) {
      for (position, logit) in try result.get() { logits[job.label][position] = logit }
    }
    return labels.indices.map { label in
      summarize(data, label: labels[label], rows[label], logits: logits[label], folds: rows[label].rows.map { folds[$0] })
    }
  }

  private func summarize(
    _ data: PreparedData, label: String, _ training: TrainingRows, logits: [Double], folds: [Int]
  ) -> CrossValidation {
    // Positive weights are a means of training; figures count every row with its own weight.
    let weights = training.rows.map { data.comments[$0].weight }
    var probabilities = [Double](repeating: 0, count: logits.count)
    var flaggedScores = probabilities
    for fold in 0..<options.folds {
      let others = folds.indices.filter { folds[$0] != fold }
      let calibration = calibrate(logits, training, weights, others)
      let ranked = RankedScores(
        scores: others.map { calibration.probability(logits[$0]) }, isPositive: others.map { training.isPositive[$0] })
      let threshold = ranked.thresholdOfHighestF1(weights: others.map { weights[$0] })
      for position in folds.indices where folds[position] == fold {
        probabilities[position] = calibration.probability(logits[position])
        flaggedScores[position] = probabilities[position] >= threshold ? 1 : 0
      }
    }
    let calibration = calibrate(logits, training, weights, Array(logits.indices))
    let ranked = RankedScores(scores: logits.map { calibration.probability($0) }, isPositive: training.isPositive)
    let threshold = ranked.thresholdOfHighestF1(weights: weights)
    let evaluation = Evaluation(
      label: label, scores: probabilities, flagged: flaggedScores, isPositive: training.isPositive, weights: weights,
      lengths: training.rows.map { data.comments[$0].text.utf8.count }, groups: training.rows.map { data.groups[$0] },
      threshold: threshold, seed: options.seed)
    return CrossValidation(
      evaluation: evaluation, predictions: Array(zip(training.rows, probabilities)), calibration: calibration, threshold: threshold)
  }

  private func calibrate(_ logits: [Double], _ training: TrainingRows, _ weights: [Double], _ positions: [Int]) -> Calibration {
    Calibration(
      logits: positions.map { logits[$0] }, isPositive: positions.map { training.isPositive[$0] }, weights: positions.map { weights[$0] })
  }

  // MARK: Training

  /// - Throws: ``TrainingError``.
  public func train(
    _ data: PreparedData, progress: (@Sendable (String, Int) -> Void)? = nil
  ) throws -> Outcome {
    let validations = try crossValidate(data, progress: progress)
    let models = try Parallel.map(validations.count, threads: threads) { index in
      let label = validations[index].evaluation.label
      return Result { () throws(TrainingError) -> LinearModel in
        try fit(data, label: label, data.rows(label: label, positiveWeight: options.positiveWeight))
      }
    }.map { try $0.get() }
    let bytes = serialize(data, validations, models)
    return Outcome(model: try Model(bytes: bytes), bytes: bytes, evaluations: validations.map(\.evaluation))
  }

  /// Logistic regression on all rows of one label, uncalibrated: objective and iterations, for checking the solver.
  package func solve(_ data: PreparedData, label: String) throws(TrainingError) -> LogisticRegression.Solution {
    let rows = data.rows(label: label, positiveWeight: options.positiveWeight)
    try check(label, rows)
    return logistic(data, usesDense: usesContext(data, label), rows)
  }

  package func fit(_ data: PreparedData, label: String, _ training: TrainingRows) throws(TrainingError) -> LinearModel {
    try check(label, training)
    switch options.algorithm {
    case .naiveBayes: return NaiveBayes.multinomial(data.matrix, training, smoothing: options.smoothing)
    case .complementNaiveBayes:
      return NaiveBayes.complement(data.matrix, training, smoothing: options.smoothing, normalizes: true)
    case .logistic, .nbLogistic: return logistic(data, usesDense: usesContext(data, label), training).model
    }
  }

  private func check(_ label: String, _ training: TrainingRows) throws(TrainingError) {
    let positives = training.isPositive.count { $0 }
    guard positives > 0, positives < training.rows.count else {
      throw .oneSided(label: label, positives: positives, negatives: training.rows.count - positives)
    }
  }

  private func logistic(_ data: PreparedData, usesDense: Bool, _ training: TrainingRows) -> LogisticRegression.Solution {
    var solver = LogisticRegression()
    solver.cost = options.cost
    solver.intercept = options.intercept
    solver.tolerance = options.tolerance
    let ratios =
      options.algorithm == .nbLogistic ? NaiveBayes.logCountRatios(data.matrix, training, smoothing: options.smoothing) : nil
    return solver.fit(data.matrix, dense: data.relevance, usesDense: usesDense, training, ratios: ratios)
  }

  /// Context helps only where the training data have some, and only the logistic models can use it.
  private func usesContext(_ data: PreparedData, _ label: String) -> Bool {
    guard options.algorithm == .logistic || options.algorithm == .nbLogistic else { return false }
    return options.contextLabels.contains(label) && data.hasContext.contains(true)
  }

  private func chosenLabels(_ data: PreparedData) throws(TrainingError) -> [String] {
    guard !data.comments.isEmpty else { throw .noComments }
    let labels = options.labels.isEmpty ? data.labels : Set(options.labels).sorted()
    guard !labels.isEmpty else { throw .noLabels }
    guard labels.count <= Model.maximumLabels else { throw .tooManyLabels(labels.count) }
    for label in labels {
      let rows = data.rows(label: label, positiveWeight: 1)
      let positives = rows.isPositive.count { $0 }
      guard positives >= 2, rows.rows.count - positives >= 2 else {
        throw .oneSided(label: label, positives: positives, negatives: rows.rows.count - positives)
      }
    }
    return labels
  }

  /// Folds the calibration into the weights, so that a score is one sum.
  private func serialize(_ data: PreparedData, _ validations: [CrossValidation], _ models: [LinearModel]) -> [UInt8] {
    let count = models.count
    var bias: [Float] = []
    var relevance: [Float] = []
    var weights = [Float](repeating: 0, count: count << data.features.bits)
    var labels: [JSONValue] = []
    for (index, model) in models.enumerated() {
      let validation = validations[index]
      let calibration = validation.calibration
      let label = validation.evaluation.label
      bias.append(Float(calibration.slope * model.intercept + calibration.offset))
      for feature in RelevanceFeature.allCases {
        relevance.append(model.denseWeights.isEmpty ? 0 : Float(calibration.slope * model.denseWeights[feature.rawValue]))
      }
      for (column, bucket) in data.matrix.buckets.enumerated() {
        weights[bucket * count + index] = Float(calibration.slope * model.weights[column])
      }
      labels.append(
        .object([
          JSONMember("label", .string(label)),
          JSONMember("uses_context", .bool(usesContext(data, label))),
          JSONMember("threshold", .number(rounded(validation.threshold))),
          JSONMember("threshold_rule", "highest F1 of the cross-validated scores"),
          JSONMember("rows", .integer(validation.predictions.count)),
          JSONMember("positives", .integer(data.rows(label: label, positiveWeight: 1).isPositive.count { $0 })),
          JSONMember(
            "calibration",
            .object([
              JSONMember("slope", .number(rounded(calibration.slope))), JSONMember("offset", .number(rounded(calibration.offset))),
            ])),
          JSONMember("cross_validated", validation.evaluation.json),
        ]))
    }
    let card = JSONValue.object([
      JSONMember("created_by", .string("btl \(Version.current)")),
      JSONMember("features", data.features.json),
      JSONMember("relevance_revision", .integer(RelevanceFeature.revision)),
      JSONMember("options", options.json),
      JSONMember(
        "data",
        .object([
          JSONMember("comments", .integer(data.comments.count)), JSONMember("articles", .integer(data.articles)),
          JSONMember("groups", .integer(Set(data.groups).count)), JSONMember("xxh64", .string(data.digest)),
        ])),
      JSONMember("labels", .array(labels)),
    ])
    return Model.serialize(card: card, bias: bias, relevance: relevance, means: data.means, idf: data.idf, weights: weights)
  }

  private func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
}
