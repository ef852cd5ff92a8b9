internal import ArgumentParser
internal import BelowTheLine

struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Writes the hashed features of labelled comments, for other learners.",
    discussion: """
      The features are those of train's options, without what stands in fewer than two comments; \
      or with --model all that the model sees in a comment. Rows without the label are left out.

      EXAMPLES
        btl features labelled.jsonl --to svmlight --label conspiracy > train.svm
        btl features labelled.jsonl --to vw --label off_topic --characters 0 \\
          | vw --loss_function logistic
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case svmlight
    case vw
  }

  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup var model: ModelOption
  @OptionGroup(title: "Training") var training: TrainingFlags

  @Option(help: "The format to write.")
  var to: Format

  @Flag(help: "End each svmlight line with # and the comment's id.")
  var ids = false

  @Option(help: ArgumentHelp("Write there instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?

  func run() throws {
    let options = try training.options()
    let scorer = try model.model.map { _ in Scorer(model: try model.load()) }
    if scorer != nil, !training.recipe.isEmpty {
      throw Unusable("\(training.recipe.joined(separator: ", ")) would be ignored: with --model the features are those of the model")
    }
    let feed = try RecordFeed(input)
    let records = try feed.all()
    let comments = records.compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
    let known = Set(comments.flatMap(\.labels.keys)).sorted()
    let labels = options.labels.isEmpty ? known : options.labels
    guard labels.count == 1, let label = labels.first, known.contains(label) else {
      throw Unusable("choose one label with --label; the data have \(known.isEmpty ? "none" : known.joined(separator: ", "))")
    }
    let output = try Output(path: output)
    var left = 0
    func write(_ comment: Comment, _ features: [(bucket: Int, value: Float)]) throws {
      guard let isPositive = comment.labels[label] else {
        left += 1
        return
      }
      var line = isPositive ? "+1" : "-1"
      switch to {
      case .svmlight:
        for feature in features { line += " \(feature.bucket + 1):\(feature.value)" }
        if ids { line += " # " + Self.onOneLine(comment.id) }
      case .vw:
        if comment.weight != 1 { line += " \(comment.weight)" }
        line += " '" + String(comment.id.map { $0 == "|" || $0 == ":" || $0.isWhitespace ? "_" : $0 }) + "|w"
        for feature in features { line += feature.value == 1 ? " \(feature.bucket)" : " \(feature.bucket):\(feature.value)" }
      }
      try output.write(line: line)
    }
    if let scorer {
      for comment in comments { try write(comment, scorer.features(of: comment.text)) }
    } else {
      try PreparedData(records, features: options.features, learnsRelevance: false).forEachRow(write)
    }
    try output.finish()
    if left > 0 { Terminal.note("btl: \(left.grouped) comments have no label \(label) and were left out") }
    try feed.finish("read")
  }

  private static func onOneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
  }
}
