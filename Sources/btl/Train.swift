internal import ArgumentParser
internal import BelowTheLine
internal import Foundation

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Learns a model from labelled comments.",
    discussion: """
      EXAMPLES
        btl train labelled.jsonl --output site.safetensors
        btl train decisions.csv --label spam --output spam.safetensors
        btl train labelled.jsonl --algorithm naive-bayes --output quick.safetensors
        btl train --background dump.jsonl --output site.safetensors
                                   off_topic for a site, without a label

      A record is labelled like this; a label that is absent is unknown, not false:
        {"id":"c9","article_id":"a1","text":"…",
         "labels":{"off_topic":true,"conspiracy":false}}
      """)

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Input") var articles: ArticlesOption
  @OptionGroup(title: "Input") var background: BackgroundOption
  @OptionGroup(title: "Training") var lexicon: LexiconOption
  @OptionGroup(title: "Training") var training: TrainingFlags

  @Option(
    help: ArgumentHelp("Folds of the cross-validation behind calibration and thresholds: with more these vary less.", valueName: "n"))
  var folds: Int = TrainingOptions().folds

  @Option(help: ArgumentHelp("The model file to write.", valueName: "file"), completion: .file())
  var output: String

  @Option(help: ArgumentHelp("Threads to use; the model does not depend on it. (default: one a core)", valueName: "n"))
  var threads: Int?

  @Flag(
    help: ArgumentHelp(
      "Fit once, print the time, and write the weights of naive Bayes, or print the objective and write the logits of the rows.",
      visibility: .hidden))
  var solveOnly = false

  func validate() throws {
    if output == "-" { throw ValidationError("--output needs a file: what was learnt is told on standard output") }
  }

  func run() throws {
    var options = try training.options()
    options.folds = folds
    let feed = try RecordFeed(input, articles: articles.articles, background: background.background)
    try FilesInUse.refuseToWrite(output)
    let start = ContinuousClock.now
    let sample = try feed.sample(background.background, lexicon.load())
    let records = try feed.all()
    let data = PreparedData(
      records, features: options.features, groupField: options.groupField, background: sample, seed: options.seed,
      threads: threads ?? Threads.all, learnsRelevance: options.needsRelevance(records, background: sample),
      seesWholeThreads: options.seesWholeThreads, sentenceWeight: options.sentenceWeight)
    try TrainingFlags.checkPriors(options.priors, options, data)
    try TrainingFlags.checkGroupField(options.groupField, data.comments)
    do {
      var trainer = try Trainer(options: options)
      trainer.threads = threads ?? Threads.all
      TrainingFlags.tell(of: data, trainer, feed)
      if solveOnly {
        try solve(trainer, data)
        return try feed.finish("read")
      }
      TrainingFlags.tell(data.contradictions, in: data.comments)
      let outcome = try trainer.train(data) { label, fold in
        if Terminal.errorIsTerminal { Terminal.note("  \(label): fold \(fold + 1) of \(folds)") }
      }
      try Output.write(outcome.bytes, to: output)
      try report(outcome, options, data, seconds: Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000)
    } catch let error as TrainingError {
      throw Unusable("\(error)")
    }
    try feed.finish("read")
  }

  private func report(_ outcome: Trainer.Outcome, _ options: TrainingOptions, _ data: PreparedData, seconds: Double) throws {
    let out = try Output(path: nil)
    let groups = Set(data.groups).count
    try out.write(
      line:
        "Learnt from \(data.ownComments.grouped) comments under \(data.articles.grouped) articles (data \(data.digest)) in \(String(format: "%.1f", seconds)) s."
    )
    try out.write(
      line:
        "Cross-validated: \(options.algorithm.rawValue), \(options.folds) folds over \(groups.grouped) groups; rows of one group are never split."
    )
    if data.nearDuplicates > 0 {
      try out.write(line: "\(data.nearDuplicates.grouped) near-duplicates without an article were grouped with what they are like.")
    }
    try out.write(
      line: "Thresholds are those of all cross-validated scores; the figures use thresholds chosen without the fold they judge.")
    for (label, prior) in options.priors.sorted(by: { $0.key < $1.key }) {
      try out.write(
        line: "Positive comments of \(Terminal.harmless(label)) are weighed as if they were \(String(format: "%g", 100 * prior)) % of all.")
    }
    for line in EvaluationTable.lines(ofRelevance: outcome.model.card) { try out.write(line: line) }
    for evaluation in outcome.evaluations {
      try out.write(line: "")
      for line in EvaluationTable.lines(evaluation) { try out.write(line: line) }
    }
    try out.write(line: "")
    try out.write(line: "Model \(outcome.model.digest), \(outcome.bytes.count.grouped) bytes, written to \(output).")
    try out.finish()
  }

  private func solve(_ trainer: Trainer, _ data: PreparedData) throws {
    for label in trainer.options.labels.isEmpty ? data.labels : trainer.options.labels {
      let start = ContinuousClock.now
      func printTime() { print("\(label): \(Double((ContinuousClock.now - start) / .microseconds(1)) / 1e6) s") }
      switch trainer.options.algorithm {
      case .logistic, .nbLogistic:
        let solution = try trainer.solve(data, label: label)
        print("\(label): objective \(solution.objective), \(solution.iterations) Newton steps")
        printTime()
        var writer = JSONWriter()
        for value in solution.model.logits(data.matrix, dense: data.relevance, rows: Array(data.comments.indices)) {
          writer.number(value)
          writer.newline()
        }
        try Output.write(writer.bytes, to: output)
      case .naiveBayes, .complementNaiveBayes:
        let rows = data.rows(label: label, positiveWeight: trainer.options.positiveWeight)
        let model = try trainer.fit(data, label: label, rows, trainer.options.candidates)[0]
        printTime()
        try Output.write(model.safetensors(data.matrix), to: output)
      }
    }
  }
}
