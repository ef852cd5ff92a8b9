internal import ArgumentParser
internal import BelowTheLine
internal import Foundation

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a model, or a way of training, on labelled comments.",
    discussion: """
      EXAMPLES
        btl evaluate labelled.jsonl                         the model inside btl
        btl evaluate labelled.jsonl --report figures.html   curves, worst mistakes
        btl evaluate labelled.jsonl --cross-validate 5      train, test in folds
        btl evaluate labelled.jsonl --model site.safetensors --json
        btl evaluate labelled.jsonl --model site.safetensors --cross-validate 5
                                                            … by its recipe

      Every figure stands beside two baselines: comment length alone, in the better direction at its best threshold on \
      these very rows, and the majority class. Intervals are 95 %, resampled by group.

      A model as it is takes --label, --at, --prior, --judge-under-articles, --thread, --group-by and --seed; so does \
      --cross-validate with --model. How to train is for --cross-validate without --model to say.
      """)

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Input") var articles: ArticlesOption
  @OptionGroup(title: "Input") var memory: MemoryOption
  @OptionGroup var model: ModelOption
  @OptionGroup(title: "Input") var background: BackgroundOption
  @OptionGroup(title: "Training") var lexicon: LexiconOption
  @OptionGroup(title: "Training") var training: TrainingFlags

  @Option(help: ArgumentHelp("Train and test in this many folds instead of using a model as it is.", valueName: "k"))
  var crossValidate: Int?

  @Option(help: ArgumentHelp("Threads to use; figures do not depend on it. (default: one a core)", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Write there the score of every labelled comment, one JSON object a line.", valueName: "file"), completion: .file())
  var predictions: String?

  @Flag(help: "Print the figures as one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Add how comments are ranked that mention certain terms; one group a line, `name: term, term` (see TrainingData/subgroups.txt).",
      valueName: "file"), completion: .file())
  var subgroups: String?

  @Option(
    help: ArgumentHelp("Write there one page with curves, thresholds and the worst mistakes.", valueName: "file.html"), completion: .file())
  var report: String?

  func run() throws {
    try refuseIdleOptions()
    let terms = try subgroups.map { try readSubgroups($0) } ?? []
    let feed = try RecordFeed(input, articles: articles.articles)
    let subject: String
    var judgements: [Judgement]
    var isTrainingData = false
    do {
      (subject, judgements) = try crossValidate.map { try validate(folds: $0, feed) } ?? judge(feed, &isTrainingData)
    } catch let error as TrainingError {
      throw Unusable("\(error)")
    }
    for index in judgements.indices { judgements[index].measureSubgroups(terms) }
    try writePredictions(judgements)
    if let report { try EvaluationReport(subject: subject, judgements: judgements).write(to: report) }
    let out = try Output(path: nil)
    if json {
      var writer = JSONWriter()
      writer.value(
        .object([
          JSONMember("subject", .string(subject)),
          JSONMember("labels", .object(judgements.map { JSONMember($0.label, $0.evaluation.json) })),
          JSONMember("support", .object(judgements.map { JSONMember($0.label, $0.supportJSON) })),
          JSONMember("is_training_data", .bool(isTrainingData)),
          JSONMember("functions", .object(judgements.filter { !$0.rates.isEmpty }.map { JSONMember($0.label, $0.rates.json) })),
          JSONMember("subgroups", .object(judgements.filter { !$0.subgroups.isEmpty }.map { JSONMember($0.label, $0.subgroupsJSON) })),
        ]))
      writer.newline()
      try out.write(writer.bytes)
    } else {
      try out.write(line: "Evaluated: \(subject).")
      for judgement in judgements {
        try out.write(line: "")
        let lines = EvaluationTable.lines(judgement.evaluation) + judgement.rates.lines + EvaluationTable.lines(judgement.subgroups)
        for line in lines { try out.write(line: line) }
      }
    }
    try out.finish()
    try feed.finish("evaluated")
  }

  /// Whoever gives an option believes that the figures depend on it.
  private func refuseIdleOptions() throws {
    if crossValidate == nil {
      let idle = training.recipe + (background.background.isEmpty ? [] : ["--background"]) + (lexicon.topics.isEmpty ? [] : ["--topics"])
      guard idle.isEmpty else {
        throw Unusable(
          "\(idle.joined(separator: ", ")) would be ignored: a model is measured as it is, unless --cross-validate says to train")
      }
    } else if memory.memory != nil {
      throw Unusable("--memory would be ignored: what is trained on is gone through thread by thread")
    } else if model.model != nil, !training.recipe.isEmpty {
      throw Unusable("\(training.recipe.joined(separator: ", ")) would be ignored: with --model its recipe is cross-validated")
    }
  }

  private func readSubgroups(_ path: String) throws -> [Subgroup] {
    do {
      return try Subgroup.parse(String(contentsOfFile: path, encoding: .utf8))
    } catch let error as SubgroupError {
      throw Unusable("\(path), \(error)")
    } catch {
      throw Unusable("\(path) cannot be read as UTF-8 text")
    }
  }

  private func validate(folds: Int, _ feed: RecordFeed) throws -> (String, [Judgement]) {
    let given = try training.options()
    var options = given
    if model.model != nil {
      let card = try model.load().card
      guard var recipe = TrainingOptions(card: card) else { throw Unusable("the model's card holds no recipe that this version knows") }
      recipe.labels = training.labels
      recipe.groupField = training.groupBy ?? recipe.groupField
      if !training.at.isEmpty { recipe.targets = training.at }
      if let thread = training.thread { recipe.seesWholeThreads = thread == .whole }
      recipe.priors.merge(given.priors) { $1 }
      recipe.judgesUnderArticles = recipe.judgesUnderArticles || given.judgesUnderArticles
      recipe.seed = training.seed ?? recipe.seed
      options = recipe
    }
    options.folds = folds
    var trainer = try Trainer(options: options)
    trainer.threads = threads ?? Threads.all
    let sample = try feed.sample(background.background, lexicon.load())
    let records = try feed.all()
    let data = PreparedData(
      records, features: options.features, groupField: options.groupField, background: sample, seed: options.seed,
      threads: trainer.threads, learnsRelevance: options.needsRelevance(records, background: sample),
      seesWholeThreads: options.seesWholeThreads, sentenceWeight: options.sentenceWeight)
    // A recipe may have priors of labels that these data lack.
    try TrainingFlags.checkPriors(given.priors, options, data)
    try TrainingFlags.checkGroupField(options.groupField, data.comments)
    TrainingFlags.tell(of: data, trainer, feed)
    TrainingFlags.tell(data.contradictions, in: data.comments)
    let judgements = try trainer.crossValidate(data).map { validation in
      Judgement(
        evaluation: validation.evaluation,
        rows: validation.predictions.map { prediction in
          Judgement.Row(
            comment: data.comments[prediction.comment], score: prediction.probability, weight: prediction.weight, fold: prediction.fold)
        })
    }
    let groups = Set(data.groups).count
    return ("\(options.algorithm.rawValue), cross-validated in \(folds) folds over \(groups.grouped) groups", judgements)
  }

  /// Scores the records in their order and compares with their labels.
  ///
  /// - Parameter isTrainingData: whether the model was trained on these very comments.
  private func judge(_ feed: RecordFeed, _ isTrainingData: inout Bool) throws -> (String, [Judgement]) {
    let options = try training.options()
    let model = try model.load()
    for label in options.labels where !model.labels.contains(label) {
      throw Unusable("--label \(label): the labels of the model are \(model.labels.joined(separator: ", "))")
    }
    try TrainingFlags.checkPriors(options.priors, options.labels.isEmpty ? model.labels : options.labels)
    let scorer = Scorer(model: model)
    let seesWholeThreads = ThreadView.isWhole(training.thread, scorer)
    var store = scorer.makeConversations(explaining: report != nil, wholeThreads: seesWholeThreads, room: memory.room)
    feed.scorer = scorer
    let records = try feed.all()
    func score() -> [CommentScore] { scorer.score(records, threads: threads ?? Threads.all, in: &store) }
    if seesWholeThreads {
      _ = score()
      store.beginAgain()
    }
    let scores = score()
    ThreadView.tell(store.missedContext, feed, seesWholeThreads: seesWholeThreads)
    feed.tellMissedLabels()
    let comments = records.compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
    try TrainingFlags.checkGroupField(training.groupBy, comments)
    isTrainingData = model.card["data"]?["xxh64"]?.text == DataDigest.text(of: comments)
    if isTrainingData {
      Terminal.note("btl: the model was trained on these very comments: the figures flatter it; --cross-validate does not")
    }
    let auxiliary = comments.count { $0.isAuxiliary }
    if auxiliary > 0 { Terminal.note("btl: \(auxiliary.grouped) comments are auxiliary, and not judged") }
    var judgements: [Judgement] = []
    for (index, head) in model.heads.enumerated() where options.labels.isEmpty || options.labels.contains(head.label) {
      var rows: [Judgement.Row] = []
      var unscored = 0
      for (comment, score) in zip(comments, scores) {
        guard comment.labels[head.label] != nil, comment.weight > 0, !comment.isAuxiliary,
          !options.judgesUnderArticles || comment.articleID != nil
        else { continue }
        guard let probability = score.probabilities[index] else {
          unscored += 1
          continue
        }
        rows.append(
          Judgement.Row(comment: comment, score: probability, weight: comment.weight, explain: { scorer.explain(comment, score) }))
      }
      if unscored > 0 {
        Terminal.note("btl: \(unscored.grouped) comments have no score for \(head.label), because \(Unscored.reason)")
      }
      guard !rows.isEmpty else { continue }
      let isPositive = rows.map { $0.isPositive(head.label) }
      let weights = Evaluation.weights(rows.map(\.weight), isPositive: isPositive, prior: options.priors[head.label])
      for row in rows.indices { rows[row].weight = weights[row] }
      let evaluation = Evaluation(
        label: head.label, scores: rows.map(\.score), isPositive: isPositive, weights: weights,
        lengths: rows.map { $0.comment.text.utf8.count },
        groups: rows.enumerated().map { $1.comment.group(by: training.groupBy) ?? "\u{0}\($0)" },
        thresholds: try thresholds(of: head).map { ($0, nil) }, seed: options.seed)
      judgements.append(Judgement(evaluation: evaluation, rows: rows))
    }
    let others = Set(comments.flatMap(\.labels.keys)).subtracting(model.labels).sorted().joined(separator: ", ")
    guard !judgements.isEmpty else {
      let found = others.isEmpty ? "" : " (theirs are \(Terminal.brief(others)))"
      throw Unusable(
        "the data carry none of the model's labels (\(model.labels.joined(separator: ", ")))\(found), or no comment could be scored")
    }
    if !others.isEmpty, options.labels.isEmpty {
      Terminal.note("btl: labels of the data that the model has not are not judged: \(Terminal.brief(others))")
    }
    return ("model \(model.digest)", judgements)
  }

  /// All of the model's, or those that were asked for.
  private func thresholds(of head: Model.Head) throws -> [Threshold] {
    guard !training.at.isEmpty else { return head.thresholds }
    return try training.at.map { target in
      guard let threshold = head.thresholds.first(where: { $0.target == target }) else {
        let known = head.thresholds.map(\.target.description)
        throw Unusable("\(ScreeningError.unknown(target.description, label: head.label, known: known))")
      }
      return threshold
    }
  }

  private func writePredictions(_ judgements: [Judgement]) throws {
    guard let predictions else { return }
    let output = try Output(path: predictions)
    var writer = JSONWriter()
    for judgement in judgements {
      for row in judgement.rows {
        writer.removeAll()
        var members = [
          JSONMember("id", .string(row.comment.id)), JSONMember("label", .string(judgement.label)), JSONMember("score", .number(row.score)),
          JSONMember("is_positive", .bool(row.isPositive(judgement.label))),
        ]
        if let fold = row.fold { members.append(JSONMember("fold", .integer(fold))) }
        writer.value(.object(members))
        writer.newline()
        try output.write(writer.bytes)
      }
    }
    try output.finish()
  }
}

/// What a model said of labelled comments, for one label.
struct Judgement {
  struct Row {
    var comment: Comment
    /// A probability.
    var score: Double
    /// In the figures.
    var weight: Double
    var fold: Int?
    /// Made on demand; nil where no single model gave the score.
    var explain: (() -> [Explanation])?

    func isPositive(_ label: String) -> Bool { comment.labels[label] ?? false }
  }

  let evaluation: Evaluation
  let rows: [Row]
  let rates: FunctionRates
  private(set) var subgroups: [SubgroupAUC] = []

  var label: String { evaluation.label }
  /// By which comments are flagged.
  var threshold: Double { evaluation.points[0].threshold.value }

  init(evaluation: Evaluation, rows: [Row]) {
    self.evaluation = evaluation
    self.rows = rows
    var rates = FunctionRates()
    for row in rows {
      rates.add(
        row.comment, isPositive: row.isPositive(evaluation.label), isFlagged: row.score >= evaluation.points[0].threshold.value)
    }
    self.rates = rates
  }

  /// Rows, whatever they weigh.
  var supportJSON: JSONValue {
    .object([JSONMember("rows", .integer(evaluation.rows)), JSONMember("positives", .integer(evaluation.positiveRows))])
  }

  mutating func measureSubgroups(_ terms: [Subgroup]) {
    let mentions = rows.map { Subgroup.mentioned(in: $0.comment.text, of: terms) }
    subgroups = terms.indices.map { index in
      SubgroupAUC(
        name: terms[index].name, scores: rows.map(\.score), isPositive: rows.map { $0.isPositive(label) },
        isMember: mentions.map { $0[index] }, weights: rows.map(\.weight))
    }
  }

  var subgroupsJSON: JSONValue {
    func number(_ value: Double) -> JSONValue { value.isNaN ? .null : .number((value * 1e6).rounded() / 1e6) }
    return .object(
      subgroups.map { group in
        JSONMember(
          group.name,
          .object([
            JSONMember("n", .integer(group.rows)), JSONMember("positives", .integer(group.positives)),
            JSONMember("subgroup_auc", number(group.subgroup)),
            JSONMember("bpsn_auc", number(group.backgroundPositiveSubgroupNegative)),
            JSONMember("bnsp_auc", number(group.backgroundNegativeSubgroupPositive)),
          ]))
      })
  }
}

/// How often each function of a functional test set is flagged, in the manner of HateCheck (Röttger et al. 2021): rows that
/// carry a field `function`, such as the stance suite in TrainingData.
struct FunctionRates {
  private var order: [String] = []
  private var counts: [String: Count] = [:]
  private var negatives = 0
  private var flaggedNegatives = 0

  struct Count {
    var rows = 0
    var positives = 0
    var flagged = 0

    /// What its cases should be.
    var expectation: String {
      switch positives {
      case 0: "should not be"
      case rows: "should be"
      default: "\(positives) should be"
      }
    }
  }

  var isEmpty: Bool { order.isEmpty }

  mutating func add(_ comment: Comment, isPositive: Bool, isFlagged: Bool) {
    guard let function = comment.extra["function"]?.text else { return }
    if counts[function] == nil { order.append(function) }
    counts[function, default: Count()].rows += 1
    counts[function, default: Count()].positives += isPositive ? 1 : 0
    counts[function, default: Count()].flagged += isFlagged ? 1 : 0
    negatives += isPositive ? 0 : 1
    flaggedNegatives += isFlagged && !isPositive ? 1 : 0
  }

  var rows: [(function: String, count: Count)] { order.map { ($0, counts[$0] ?? Count()) } }

  var lines: [String] {
    guard !isEmpty else { return [] }
    return ["  by function          flagged"]
      + rows.map { function, count in
        let share = Double(count.flagged) / Double(max(count.rows, 1))
        return "  " + Terminal.harmless(function).padded(to: 22) + share.figure + "  of \(count.rows) (\(count.expectation))"
      } + ["  flagged of all that should not be: " + (Double(flaggedNegatives) / Double(max(negatives, 1))).figure]
  }

  var json: JSONValue {
    .object(
      rows.map { function, count in
        JSONMember(
          function,
          .object([
            JSONMember("n", .integer(count.rows)), JSONMember("positives", .integer(count.positives)),
            JSONMember("flagged", .integer(count.flagged)),
          ]))
      })
  }
}
