internal import ArgumentParser
internal import BelowTheLine

struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Writes the hashed features of labelled comments, for other learners.",
    discussion: """
      The features are those of train's options, or of a model's recipe with --model. Rows without the label are left out.

      EXAMPLES
        btl features labelled.jsonl --to svmlight --label conspiracy > train.svm
        btl features labelled.jsonl --to vw --label off_topic --characters 0 | vw --loss_function logistic
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case svmlight
    case vw
  }

  @OptionGroup var input: InputOptions
  @OptionGroup var model: ModelOption
  @OptionGroup var training: TrainingFlags

  @Option(help: "The format to write.")
  var to: Format

  @Flag(help: "End each svmlight line with # and the comment's id.")
  var ids = false

  @Option(help: ArgumentHelp("Write there instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?

  func run() throws {
    var options = try training.options()
    if model.model != nil { options.features = try model.load().features }
    let feed = try RecordFeed(input)
    let data = PreparedData(try feed.all(), features: options.features, learnsRelevance: false)
    let labels = options.labels.isEmpty ? data.labels : options.labels
    guard labels.count == 1, let label = labels.first else {
      throw Unusable("choose one label with --label; the data have \(labels.isEmpty ? "none" : labels.joined(separator: ", "))")
    }
    let output = try Output(path: output)
    var left = 0
    try data.forEachRow { comment, features in
      guard let isPositive = comment.labels[label] else {
        left += 1
        return
      }
      var line = isPositive ? "+1" : "-1"
      switch to {
      case .svmlight:
        for feature in features { line += " \(feature.bucket + 1):\(feature.value)" }
        if ids { line += " # " + comment.id.replacing("\n", with: " ") }
      case .vw:
        if comment.weight != 1 { line += " \(comment.weight)" }
        line += " '" + String(comment.id.map { $0 == "|" || $0 == ":" || $0.isWhitespace ? "_" : $0 }) + "|w"
        for feature in features { line += feature.value == 1 ? " \(feature.bucket)" : " \(feature.bucket):\(feature.value)" }
      }
      try output.write(line: line)
    }
    try output.finish()
    if left > 0 { Terminal.note("btl: \(left.grouped) comments have no label \(label) and were left out") }
    try feed.finish("read")
  }
}
