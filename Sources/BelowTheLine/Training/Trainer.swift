/// Learns a model from labelled comments, and says how good it is.
///
/// Each label is a binary problem of its own. Out-of-fold logits of a grouped cross-validation give the regularisation (the C
/// of least log loss on the path), the calibration (Platt), the thresholds and the figures; the model itself is then fitted on all
/// rows.
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
    /// Of the rows with this label, in their order.
    public var predictions: [Prediction]
    /// Fitted on all out-of-fold logits.
    public var calibration: Calibration
    /// By all out-of-fold logits.
    public var chosen: TrainingOptions.Candidate
  }

  /// An out-of-fold score.
  public struct Prediction: Sendable {
    /// Index into ``PreparedData/comments``.
    public var comment: Int
    public var fold: Int
    public var probability: Double
    /// In the figures.
    public var weight: Double
  }

  // MARK: Cross-validation

  /// Cross-validates the chosen labels.
  ///
  /// The figures are honest in this sense: the logit of a row comes from a model that saw no row of its group, and its
  /// regularisation, calibration and threshold from the other folds' out-of-fold logits. What is learnt of relevance without labels
  /// is common to all folds, but comes for each article from other articles.
  ///
  /// - Parameter progress: called after each fold with label and fold, on any thread.
  /// - Throws: ``TrainingError``.
  public func crossValidate(
    _ data: PreparedData, progress: (@Sendable (String, Int) -> Void)? = nil
  ) throws(TrainingError) -> [CrossValidation] {
    let labels = try chosenLabels(data)
    let classes = data.comments.map { comment in
      labels.enumerated().compactMap { index, label in comment.labels[label].map { 2 * index + ($0 ? 1 : 0) } }
    }
    let folds = Folds.assign(groups: data.groups, classes: classes, count: options.folds, seed: options.seed)
    let rows = labels.map { data.rows(label: $0, positiveWeight: options.positiveWeight) }
    let candidates = labels.map { self.candidates(data, $0) }
    let jobs = labels.indices.flatMap { label in (0..<options.folds).map { (label: label, fold: $0) } }
    let results = Parallel.map(jobs.count, threads: threads) { index in
      let (label, fold) = jobs[index]
      defer { progress?(labels[label], fold) }
      return Result { () throws(TrainingError) -> [(position: Int, logits: [Double])] in
        let test = rows[label].rows.indices.filter { folds[rows[label].rows[$0]] == fold }
        let rest = rows[label].rows.indices.filter { folds[rows[label].rows[$0]] != fold }
        guard !test.isEmpty else { return [] }
        try checkThatSomeAreLeft(data, labels[label], rows[label].subset(rest).own, of: rows[label].own)
        let models = try fitWithoutPrior(data, label: labels[label], rows[label].subset(rest), candidates[label])
        let testRows = test.map { rows[label].rows[$0] }
        let logits = models.map { $0.logits(data.matrix, dense: data.relevance, rows: testRows) }
        return test.indices.map { index in (position: test[index], logits: logits.map { $0[index] }) }
      }
    }
    // Of each label: of each candidate, the logit of each row.
    var logits = zip(rows, candidates).map { rows, candidates in
      candidates.map { _ in [Double](repeating: 0, count: rows.rows.count) }
    }
    for (job, result) in zip(jobs, results) {
      for (position, path) in try result.get() {
        for (index, logit) in path.enumerated() { logits[job.label][index][position] = logit }
      }
    }
    return try labels.indices.map { label throws(TrainingError) in
      let judged = rows[label].rows.indices.filter {
        !rows[label].isAuxiliary[$0] && (!options.judgesUnderArticles || data.comments[rows[label].rows[$0]].articleID != nil)
      }
      let judgedRows = rows[label].subset(judged)
      try check(labels[label], judgedRows)
      return summarize(
        data, label: labels[label], judgedRows, candidates[label], logits: logits[label].map { path in judged.map { path[$0] } },
        folds: judgedRows.rows.map { folds[$0] })
    }
  }

  /// All ways to be tried for a label.
  ///
  /// A label that depends on the place of comments learns from it, wherever there are articles. Where there are none, what is left of the
  /// place tells threads apart rather than comments, and can mislead: there it is one more way to be tried.
  private func candidates(_ data: PreparedData, _ label: String) -> [TrainingOptions.Candidate] {
    let byText = options.candidates
    guard usesContext(data, label) else { return byText }
    let byPlace = byText.map { TrainingOptions.Candidate(cost: $0.cost, latentDimensions: $0.latentDimensions, usesPlace: true) }
    return options.placeOnly || data.articles > 0 || data.hasBackground ? byPlace : byText + byPlace
  }

  private func summarize(
    _ data: PreparedData, label: String, _ training: TrainingRows, _ candidates: [TrainingOptions.Candidate],
    logits path: [[Double]], folds: [Int]
  ) -> CrossValidation {
    // Positive weights are a means of training; figures count every row with its own weight.
    let weights = Evaluation.weights(
      training.rows.map { data.comments[$0].weight }, isPositive: training.isPositive, prior: options.priors[label])
    let groups = training.rows.map { data.groups[$0] }
    var numbers: [String: Int] = [:]
    for group in groups where numbers[group] == nil { numbers[group] = numbers.count }
    let groupNumbers = groups.map { numbers[$0, default: 0] }
    var probabilities = [Double](repeating: 0, count: training.rows.count)
    var flagged = options.targets.map { _ in probabilities }
    for fold in 0..<options.folds {
      let others = folds.indices.filter { folds[$0] != fold }
      let (index, calibration) = choose(candidates, path, training, weights, groupNumbers, others)
      let ranked = RankedScores(
        scores: others.map { calibration.probability(path[index][$0]) }, isPositive: others.map { training.isPositive[$0] })
      let thresholds = options.targets.map { ranked.threshold(for: $0, weights: others.map { weights[$0] }) }
      for position in folds.indices where folds[position] == fold {
        probabilities[position] = calibration.probability(path[index][position])
        for (target, threshold) in thresholds.enumerated() where probabilities[position] >= threshold.value {
          flagged[target][position] = 1
        }
      }
    }
    let (index, calibration) = choose(candidates, path, training, weights, groupNumbers, Array(folds.indices))
    let ranked = RankedScores(scores: path[index].map { calibration.probability($0) }, isPositive: training.isPositive)
    let thresholds = zip(options.targets, flagged).map { (ranked.threshold(for: $0, weights: weights), $1 as [Double]?) }
    let evaluation = Evaluation(
      label: label, scores: probabilities, isPositive: training.isPositive, weights: weights,
      lengths: training.rows.map { data.comments[$0].text.utf8.count }, groups: groups, thresholds: thresholds, seed: options.seed)
    let predictions = training.rows.indices.map {
      Prediction(comment: training.rows[$0], fold: folds[$0], probability: probabilities[$0], weight: weights[$0])
    }
    return CrossValidation(
      evaluation: evaluation, predictions: predictions, calibration: calibration, chosen: candidates[index])
  }

  /// The candidate whose calibrated probabilities have the least log loss at these positions, and its calibration.
  ///
  /// Latent dimensions, and the place beside the text, must lower the loss by more than the standard error of the difference: of models
  /// that are as good as each other the simpler one is right (Breiman, Friedman, Olshen and Stone 1984, 3.4.3). Rows of one group gain and
  /// lose together, so that it is the groups whose differences count.
  private func choose(
    _ candidates: [TrainingOptions.Candidate], _ path: [[Double]], _ training: TrainingRows, _ weights: [Double], _ groups: [Int],
    _ positions: [Int]
  ) -> (index: Int, calibration: Calibration) {
    let isPositive = positions.map { training.isPositive[$0] }
    let weights = positions.map { weights[$0] }
    let tried = path.map { logits in
      let logits = positions.map { logits[$0] }
      let calibration = Calibration(logits: logits, isPositive: isPositive, weights: weights)
      let losses = logits.indices.map { index in
        let logit = calibration.slope * logits[index] + calibration.offset
        return weights[index] * Elementary.softplus(isPositive[index] ? -logit : logit)
      }
      return (calibration: calibration, losses: losses)
    }
    var best = 0
    for index in tried.indices.dropFirst() {
      let gains = zip(tried[best].losses, tried[index].losses).map { $0 - $1 }
      let gain = gains.reduce(0, +)
      let isMoreComplex = candidates[index].isMoreComplex(than: candidates[best])
      if gain > (isMoreComplex ? standardError(gains, groups: positions.map { groups[$0] }) : 0) { best = index }
    }
    return (best, tried[best].calibration)
  }

  /// Of the sum of values, those of one group taken together.
  ///
  /// - Parameter groups: of each value the number of its group, from 0 on.
  private func standardError(_ values: [Double], groups: [Int]) -> Double {
    var sums = [Double?](repeating: nil, count: 1 + (groups.max() ?? 0))
    for (value, group) in zip(values, groups) { sums[group] = (sums[group] ?? 0) + value }
    let known = sums.compactMap { $0 }
    let mean = known.reduce(0, +) / Double(max(known.count, 1))
    return known.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
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
        try fitWithoutPrior(
          data, label: label, data.rows(label: label, positiveWeight: options.positiveWeight), [validations[index].chosen])[0]
      }
    }.map { try $0.get() }
    var heads = zip(validations, models).map { TrainedHead(data, $0, $1) }
    if learnsFromPairs(data) { heads.append(TrainedHead(pairsOf: data, options)) }
    heads.sort { $0.label < $1.label }
    let bytes = serialize(data, heads)
    return Outcome(model: try Model(bytes: bytes), bytes: bytes, evaluations: heads.map(\.evaluation))
  }

  /// Whether off-topic is learnt from pairs alone: nobody has labelled it, but there is something to learn it from.
  private func learnsFromPairs(_ data: PreparedData) -> Bool {
    data.hasBackground && !data.labels.contains(PairLearning.label) && !data.pairs.areas.isEmpty
      && (options.labels.isEmpty || options.labels.contains(PairLearning.label))
  }

  /// Logistic regression on all rows of one label, uncalibrated: objective and iterations, for checking the solver.
  package func solve(_ data: PreparedData, label: String) throws(TrainingError) -> LogisticRegression.Solution {
    let rows = data.rows(label: label, positiveWeight: options.positiveWeight)
    try check(label, rows.own)
    return logistic(data, rows, Array(candidates(data, label).suffix(1)))[0]
  }

  /// - Parameter candidates: C rises among those that are alike otherwise, which stand side by side.
  /// - Returns: one model for each of `candidates`.
  package func fit(
    _ data: PreparedData, label: String, _ training: TrainingRows, _ candidates: [TrainingOptions.Candidate]
  ) throws(TrainingError) -> [LinearModel] {
    try check(label, training.own)
    switch options.algorithm {
    case .naiveBayes:
      let model = NaiveBayes.multinomial(data.matrix, training.own, smoothing: options.smoothing)
      return candidates.map { _ in model }
    case .complementNaiveBayes:
      let model = NaiveBayes.complement(data.matrix, training.own, smoothing: options.smoothing, normalizes: true)
      return candidates.map { _ in model }
    case .logistic, .nbLogistic: return logistic(data, training, candidates).map(\.model)
    }
  }

  /// Models whose logits say how much more likely a row is positive than a row of the training, which calibration then brings to the share
  /// that is to be met.
  ///
  /// Where many positive rows are held out, fewer are left to learn from, and the other way round: with the share of the training in them,
  /// logits of different folds would be lowest where most are positive (Parker, Günter and Bedo 2007, BMC Bioinformatics 8:326).
  private func fitWithoutPrior(
    _ data: PreparedData, label: String, _ training: TrainingRows, _ candidates: [TrainingOptions.Candidate]
  ) throws(TrainingError) -> [LinearModel] {
    var (positive, negative) = (0.0, 0.0)
    let own = training.own
    for (isPositive, weight) in zip(own.isPositive, own.weights) {
      if isPositive { positive += weight } else { negative += weight }
    }
    let prior = options.algorithm.hasPrior ? Elementary.log(positive / negative) : 0
    return try fit(data, label: label, training, candidates).map { model in
      var model = model
      model.intercept -= prior
      return model
    }
  }

  private func checkThatSomeAreLeft(
    _ data: PreparedData, _ label: String, _ rest: TrainingRows, of all: TrainingRows
  ) throws(TrainingError) {
    for isPositive in [true, false] where !rest.isPositive.contains(isPositive) && all.isPositive.contains(isPositive) {
      let groups = Set(zip(all.rows, all.isPositive).filter { $0.1 == isPositive }.map { data.groups[$0.0] })
      throw .clustered(label: label, isPositive: isPositive, groups: groups.count)
    }
  }

  private func check(_ label: String, _ training: TrainingRows) throws(TrainingError) {
    let positives = training.isPositive.count { $0 }
    guard positives > 0, positives < training.rows.count else {
      throw .oneSided(label: label, positives: positives, negatives: training.rows.count - positives)
    }
  }

  private func logistic(
    _ data: PreparedData, _ training: TrainingRows, _ candidates: [TrainingOptions.Candidate]
  ) -> [LogisticRegression.Solution] {
    var solver = LogisticRegression()
    solver.intercept = options.intercept
    solver.tolerance = options.tolerance
    if options.placeOnly, candidates.allSatisfy(\.usesPlace) {
      solver.costs = candidates.map(\.cost)
      return placeOnly(data, training.own, solver)
    }
    let own = training.own
    let ratios =
      options.algorithm == .nbLogistic ? NaiveBayes.logCountRatios(data.matrix, own, smoothing: options.smoothing) : nil
    let space = LatentSpace(
      data.matrix, rows: own.rows, dimensions: candidates.map(\.latentDimensions).max() ?? 0, seed: options.seed)
    var solutions: [LogisticRegression.Solution] = []
    var rest = candidates[...]
    while let first = rest.first {
      let alike = rest.prefix { $0.isAlike(first) }
      rest = rest.dropFirst(alike.count)
      solver.costs = alike.map(\.cost)
      let relevance = first.usesPlace ? data.relevance : DenseColumns(width: 0)
      let known = relevance.joined(with: data.auxiliary)
      let latent = first.latentDimensions > 0 ? space : nil
      let dense = latent.map { known.joined(with: $0.columns) } ?? known
      solutions += solver.fit(
        data.matrix, dense: dense, usesDense: dense.width > 0, training, ratios: ratios, anchored: latent?.columns.width ?? 0
      ).map { solution in
        var solution = solution
        latent?.fold(solution.model.denseWeights.dropFirst(known.width), into: &solution.model.weights)
        solution.model.denseWeights = Array(solution.model.denseWeights.prefix(relevance.width))
        return solution
      }
    }
    return solutions
  }

  /// Fits what pairs say and what the parent says: to pairs every own comment is in place, so they cannot know that a tangent goes on.
  private func placeOnly(_ data: PreparedData, _ training: TrainingRows, _ solver: LogisticRegression) -> [LogisticRegression.Solution] {
    let columns = [0] + RelevanceFeature.allCases.filter { $0.subject == .parent }.map { 1 + $0.rawValue }
    let selected = data.relevance.selecting(columns)
    return solver.fit(SparseMatrix(emptyRows: data.comments.count), dense: selected, usesDense: true, training).map { solution in
      var solution = solution
      var weights = [Double](repeating: 0, count: data.relevance.width)
      for (column, weight) in zip(columns, solution.model.denseWeights) { weights[column] = weight }
      solution.model.denseWeights = weights
      solution.model.weights = [Double](repeating: 0, count: data.matrix.columnCount)
      return solution
    }
  }

  /// Context helps only where the training data have some, and only the logistic models can use it.
  private func usesContext(_ data: PreparedData, _ label: String) -> Bool {
    guard options.algorithm == .logistic || options.algorithm == .nbLogistic else { return false }
    return options.contextLabels.contains(label) && data.hasContext.contains(true)
  }

  private func chosenLabels(_ data: PreparedData) throws(TrainingError) -> [String] {
    let labels = labelsOfRows(data)
    if learnsFromPairs(data), labels.isEmpty { return [] }
    guard !data.comments.isEmpty else { throw data.hasBackground ? .smallBackground(comments: data.documents.comments) : .noComments }
    guard !labels.isEmpty else { throw .noLabels }
    guard labels.count <= Model.maximumLabels else { throw .tooManyLabels(labels.count) }
    if labels.contains("") { throw .options("a label of the data has an empty name") }
    let problems = labels.compactMap { scarcity(data, of: $0) }
    if let problem = problems.first?.error, !options.labels.isEmpty || problems.count == labels.count { throw problem }
    return labels.filter { label in !problems.contains { $0.label == label } }
  }

  /// Labels of the data of which too little is known to learn them: they are left out where labels are not named by the options.
  public func labelsLeftOut(_ data: PreparedData) -> [TrainingError] {
    guard options.labels.isEmpty else { return [] }
    return labelsOfRows(data).compactMap { scarcity(data, of: $0)?.error }
  }

  /// Those that are learnt from what people said of rows.
  private func labelsOfRows(_ data: PreparedData) -> [String] {
    let labels = options.labels.isEmpty ? data.labels : Set(options.labels).sorted()
    return learnsFromPairs(data) ? labels.filter { $0 != PairLearning.label } : labels
  }

  private func scarcity(_ data: PreparedData, of label: String) -> (label: String, error: TrainingError)? {
    let rows = data.rows(label: label, positiveWeight: 1)
    let positives = rows.isPositive.count { $0 }
    if positives >= 2, rows.rows.count - positives >= 2 { return nil }
    return (label, .oneSided(label: label, positives: positives, negatives: rows.rows.count - positives))
  }

  private func serialize(_ data: PreparedData, _ heads: [TrainedHead]) -> [UInt8] {
    let textHeads = heads.filter(\.usesText)
    let columns = max(textHeads.count, 1)
    var weights = [Float](repeating: 0, count: columns << data.features.bits)
    for (index, head) in textHeads.enumerated() {
      for (column, weight) in head.weights.enumerated() { weights[data.matrix.buckets[column] * columns + index] = weight }
    }
    let card = JSONValue.object([
      JSONMember("created_by", .string("btl \(Version.current)")),
      JSONMember("features", data.features.json),
      JSONMember("relevance_revision", .integer(RelevanceFeature.revision)),
      JSONMember("options", options.json),
      JSONMember(
        "data",
        .object([
          JSONMember("comments", .integer(data.ownComments)), JSONMember("articles", .integer(data.articles)),
          JSONMember("groups", .integer(Set(data.groups).count)), JSONMember("xxh64", .string(data.digest)),
        ])),
      JSONMember("relevance", relevanceJSON(data)),
      JSONMember("labels", .array(heads.map(\.json))),
    ])
    return Model.serialize(
      card: card, bias: heads.map(\.bias), relevance: heads.map(\.relevance), scale: data.pairs.scale, background: data.background,
      weights: weights, bits: data.features.bits)
  }

  private func relevanceJSON(_ data: PreparedData) -> JSONValue {
    .object([
      JSONMember("articles", .integer(data.documents.articles)), JSONMember("comments", .integer(data.documents.comments)),
      JSONMember(
        "pairs",
        .array(
          data.pairs.areas.map { entry in
            .object([
              JSONMember("context", .string(entry.context.key)), JSONMember("rows", .integer(entry.rows)),
              JSONMember("auc", .number(rounded(entry.auc))),
            ])
          })),
    ])
  }
}

/// One label of the model to be: a score is one sum, so the calibration is folded into the weights.
private struct TrainedHead {
  let evaluation: Evaluation
  let bias: Float
  /// Of each column of the matrix; empty or zeros where the text itself says nothing.
  let weights: [Float]
  let usesText: Bool
  let relevance: RelevanceWeights
  let json: JSONValue

  var label: String { evaluation.label }

  init(_ data: PreparedData, _ validation: Trainer.CrossValidation, _ model: LinearModel) {
    let calibration = validation.calibration
    let slope = calibration.slope
    evaluation = validation.evaluation
    bias = Float(slope * model.intercept + calibration.offset)
    weights = model.weights.map { Float(slope * $0) }
    usesText = weights.contains { $0 != 0 }
    relevance =
      model.denseWeights.isEmpty
      ? .zero
      : RelevanceWeights(data.pairs.weights, head: model.denseWeights.map { slope * $0 })
    json = .object([
      JSONMember("label", .string(evaluation.label)),
      JSONMember("uses_context", .bool(validation.chosen.usesPlace)),
      JSONMember("uses_text", .bool(usesText)),
      JSONMember("thresholds", .array(evaluation.points.map(\.cardJSON))),
      JSONMember("regularization", .number(validation.chosen.cost)),
      JSONMember("latent_dimensions", .integer(validation.chosen.latentDimensions)),
      JSONMember("rows", .integer(validation.predictions.count)),
      JSONMember(
        "positives", .integer(validation.predictions.count { data.comments[$0.comment].labels[validation.evaluation.label] == true })),
      JSONMember(
        "calibration",
        .object([JSONMember("slope", .number(rounded(slope))), JSONMember("offset", .number(rounded(calibration.offset)))])),
      JSONMember("cross_validated", evaluation.cardJSON),
    ])
  }

  /// The share of comments that are taken to be off-topic where nobody has counted them.
  private static let prior = 0.1

  /// Off-topic by pairs alone.
  init(pairsOf data: PreparedData, _ options: TrainingOptions) {
    let rows = data.pairs.rows
    let prior = options.priors[PairLearning.label] ?? Self.prior
    let odds = Elementary.log(prior / (1 - prior))
    let scores = rows.map { Elementary.sigmoid((data.pairs.logit($0.relevance, part: $0.part) ?? 0) + odds) }
    let isPositive = rows.map(\.isMisplaced)
    let weights = isPositive.map { 2 * ($0 ? prior : 1 - prior) }
    let ranked = RankedScores(scores: scores, isPositive: isPositive)
    evaluation = Evaluation(
      label: PairLearning.label, scores: scores, isPositive: isPositive, weights: weights, lengths: rows.map(\.length),
      groups: rows.map { String($0.group) }, thresholds: options.targets.map { (ranked.threshold(for: $0, weights: weights), nil) },
      seed: options.seed)
    bias = Float(odds)
    self.weights = []
    usesText = false
    relevance = data.pairs.weights
    json = .object([
      JSONMember("label", .string(PairLearning.label)),
      JSONMember("uses_context", .bool(true)),
      JSONMember("uses_text", .bool(false)),
      JSONMember("learnt_from", "pairs"),
      JSONMember("prior", .number(prior)),
      JSONMember("thresholds", .array(evaluation.points.map(\.cardJSON))),
      JSONMember("rows", .integer(rows.count)),
      JSONMember("positives", .integer(isPositive.count { $0 })),
      JSONMember("cross_validated", evaluation.cardJSON),
    ])
  }
}

private func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
