internal import ArgumentParser
internal import BelowTheLine
internal import Foundation

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures a model, or a way of training, on labelled comments.",
    discussion: """
      EXAMPLES
        btl evaluate labelled.jsonl                                  the model inside btl, as it is
        btl evaluate labelled.jsonl --model site.safetensors --json
        btl evaluate labelled.jsonl --cross-validate 5               train and test in five folds
        btl evaluate labelled.jsonl --model site.safetensors --cross-validate 5   … with that model's recipe

      Every figure stands beside two baselines: comment length alone, in the better direction at its best threshold on
      these very rows, and the majority class. Intervals are 95 %, resampled by group.
      """)

  @OptionGroup var input: InputOptions
  @OptionGroup var articles: ArticlesOption
  @OptionGroup var model: ModelOption
  @OptionGroup var training: TrainingFlags

  @Option(help: ArgumentHelp("Train and test in this many folds instead of using a model as it is.", valueName: "k"))
  var crossValidate: Int?

  @Option(help: ArgumentHelp("Threads to use; figures do not depend on it. (default: one a core)", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Write there the score of every labelled comment, one JSON object a line.", valueName: "file"), completion: .file())
  var predictions: String?

  @Flag(help: "Print the figures as one JSON object.")
  var json = false

  func run() throws {
    let feed = try RecordFeed(input, articles: articles.articles)
    var evaluations: [Evaluation] = []
    var functions: [FunctionRates] = []
    let subject: String
    do {
      if let folds = crossValidate {
        var options = try training.options()
        if model.model != nil {
          let card = try model.load().card
          guard var recipe = TrainingOptions(card: card) else { throw Unusable("the model's card holds no recipe that this version knows") }
          recipe.labels = training.labels
          recipe.groupField = training.groupBy ?? recipe.groupField
          options = recipe
        }
        options.folds = folds
        var trainer = try Trainer(options: options)
        trainer.threads = threads ?? Threads.all
        let data = PreparedData(try feed.all(), features: options.features, groupField: options.groupField)
        let validations = try trainer.crossValidate(data)
        evaluations = validations.map(\.evaluation)
        try writePredictions(
          validations.flatMap { validation in
            validation.predictions.map { (data.comments[$0.comment], validation.evaluation.label, $0.probability, $0.fold) }
          })
        subject = "\(options.algorithm.rawValue), cross-validated in \(folds) folds"
      } else {
        let model = try model.load()
        (evaluations, functions) = try evaluate(model, feed)
        subject = "model \(model.digest)"
      }
    } catch let error as TrainingError {
      throw Unusable("\(error)")
    }
    let out = try Output(path: nil)
    if json {
      var writer = JSONWriter()
      writer.value(
        .object([
          JSONMember("subject", .string(subject)),
          JSONMember("labels", .object(evaluations.map { JSONMember($0.label, $0.json) })),
          JSONMember("functions", .object(functions.filter { !$0.isEmpty }.map { JSONMember($0.label, $0.json) })),
        ]))
      writer.newline()
      try out.write(writer.bytes)
    } else {
      try out.write(line: "Evaluated: \(subject).")
      for evaluation in evaluations {
        try out.write(line: "")
        for line in EvaluationTable.lines(evaluation) { try out.write(line: line) }
        for rates in functions where rates.label == evaluation.label {
          for line in rates.lines { try out.write(line: line) }
        }
      }
    }
    try out.finish()
    try feed.finish("evaluated")
  }

  private func writePredictions(_ rows: [(comment: Comment, label: String, probability: Double, fold: Int?)]) throws {
    guard let predictions else { return }
    let output = try Output(path: predictions)
    var writer = JSONWriter()
    for row in rows {
      writer.removeAll()
      var members = [
        JSONMember("id", .string(row.comment.id)), JSONMember("label", .string(row.label)), JSONMember("score", .number(row.probability)),
        JSONMember("is_positive", .bool(row.comment.labels[row.label] ?? false)),
      ]
      if let fold = row.fold { members.append(JSONMember("fold", .integer(fold))) }
      writer.value(.object(members))
      writer.newline()
      try output.write(writer.bytes)
    }
    try output.finish()
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

  /// Scores the records in their order and compares with their labels.
  private func evaluate(_ model: Model, _ feed: RecordFeed) throws -> ([Evaluation], [FunctionRates]) {
    let scorer = Scorer(model: model)
    var store = scorer.makeConversations()
    let records = try feed.all()
    let scores = scorer.score(records, threads: threads ?? Threads.all, in: &store)
    let comments = records.compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
    var evaluations: [Evaluation] = []
    var functions: [FunctionRates] = []
    var predicted: [(comment: Comment, label: String, probability: Double, fold: Int?)] = []
    for (index, head) in model.heads.enumerated() where training.labels.isEmpty || training.labels.contains(head.label) {
      var rows: [(comment: Comment, score: Double, isPositive: Bool)] = []
      var unscored = 0
      for (comment, score) in zip(comments, scores) {
        guard let label = comment.labels[head.label], comment.weight > 0 else { continue }
        if let probability = score.probabilities[index] { rows.append((comment, probability, label)) } else { unscored += 1 }
      }
      if unscored > 0 {
        Terminal.note("btl: \(unscored.grouped) comments have no score for \(head.label), because there is no article and no thread")
      }
      guard !rows.isEmpty else { continue }
      predicted += rows.map { ($0.comment, head.label, $0.score, nil) }
      var rates = FunctionRates(label: head.label)
      let thresholds = try thresholds(of: head)
      for row in rows { rates.add(row.comment, isPositive: row.isPositive, isFlagged: row.score >= thresholds[0].value) }
      functions.append(rates)
      evaluations.append(
        Evaluation(
          label: head.label, scores: rows.map(\.score), isPositive: rows.map(\.isPositive), weights: rows.map(\.comment.weight),
          lengths: rows.map { $0.comment.text.utf8.count },
          groups: rows.enumerated().map { $1.comment.group(by: training.groupBy) ?? "\u{0}\($0)" },
          thresholds: thresholds.map { ($0, nil) }, seed: training.seed))
    }
    try writePredictions(predicted)
    guard !evaluations.isEmpty else {
      throw Unusable("the data carry none of the model's labels (\(model.labels.joined(separator: ", "))), or no comment could be scored")
    }
    return (evaluations, functions)
  }
}

/// How often each function of a functional test set is flagged, in the manner of HateCheck (Röttger et al. 2021): rows that
/// carry a field `function`, such as the stance suite in TrainingData.
private struct FunctionRates {
  let label: String
  private var order: [String] = []
  private var counts: [String: (rows: Int, positives: Int, flagged: Int)] = [:]

  init(label: String) { self.label = label }

  var isEmpty: Bool { order.isEmpty }

  mutating func add(_ comment: Comment, isPositive: Bool, isFlagged: Bool) {
    guard let function = comment.extra["function"]?.text else { return }
    if counts[function] == nil { order.append(function) }
    var count = counts[function] ?? (0, 0, 0)
    count.rows += 1
    count.positives += isPositive ? 1 : 0
    count.flagged += isFlagged ? 1 : 0
    counts[function] = count
  }

  private var rows: [(function: String, rows: Int, positives: Int, flagged: Int)] {
    order.map { function in
      let count = counts[function] ?? (0, 0, 0)
      return (function, count.rows, count.positives, count.flagged)
    }
  }

  var lines: [String] {
    guard !isEmpty else { return [] }
    let negatives = rows.reduce(0) { $0 + $1.rows - $1.positives }
    let falsePositives = rows.reduce(0) { $0 + ($1.positives == 0 ? $1.flagged : 0) }
    return ["  by function          flagged"]
      + rows.map { row in
        let share = Double(row.flagged) / Double(max(row.rows, 1))
        return "  " + Terminal.harmless(row.function).padded(to: 22) + share.figure + "  of \(row.rows) "
          + (row.positives > 0 ? "(should be)" : "(should not be)")
      } + ["  flagged of all that should not be: " + (Double(falsePositives) / Double(max(negatives, 1))).figure]
  }

  var json: JSONValue {
    .object(
      rows.map { row in
        JSONMember(
          row.function,
          .object([
            JSONMember("n", .integer(row.rows)), JSONMember("positives", .integer(row.positives)),
            JSONMember("flagged", .integer(row.flagged)),
          ]))
      })
  }
}
