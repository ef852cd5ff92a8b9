public import ArgumentParser
public import BelowTheLine
public import CommentSources
internal import DefaultModel
internal import Foundation

extension SourceFormat: ExpressibleByArgument {}
extension TrainingOptions.Algorithm: ExpressibleByArgument {}
extension ThresholdTarget: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

struct InputOptions: ParsableArguments {
  @Argument(help: "Files to read; - for standard input. Gzip and the format are recognised by content.", completion: .file())
  var inputs: [String] = []

  @Option(help: ArgumentHelp("Read as this format instead of deciding by content.", valueName: "format"))
  var from: SourceFormat?

  @Option(help: ArgumentHelp("Write rejected records there, with file, line, field and reason.", valueName: "file"), completion: .file())
  var rejects: String?

  @Option(help: ArgumentHelp("Exit with status 1 when more records than this are rejected.", valueName: "n"))
  var maxRejects: Int?

  @OptionGroup(title: "Fields") var fields: FieldOptions

  /// What comes through a pipe is gone when it has been read.
  func checkThatItCanBeReadTwice() throws {
    for path in inputs {
      var status = stat()
      guard path == "-" || stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG else { continue }
      throw Unusable(
        "whole threads are compared, so the input is read twice, and \(path == "-" ? "standard input" : path) can be read only once: save it to a file, or use --thread before"
      )
    }
  }
}

/// What of a thread a comment is compared with.
enum ThreadView: String, ExpressibleByArgument, CaseIterable {
  case before
  case whole

  /// Whether whole threads are to be compared: as was chosen, or else as the model was trained.
  static func isWhole(_ chosen: ThreadView?, _ scorer: Scorer) -> Bool {
    (chosen.map { $0 == .whole } ?? scorer.model.seesWholeThreads) && scorer.usesContext
  }

  static func tellReleased(_ store: Scorer.ConversationStore) {
    guard store.released > 0 else { return }
    Terminal.note(
      "btl: \(store.released.grouped) threads had no room in memory; they are compared as far as they came; --memory gives more")
  }

  /// Whole threads were read once before, articles with them.
  static func tell(_ missed: MissedContext, _ feed: RecordFeed, seesWholeThreads: Bool) {
    tellStrangers(missed)
    guard !seesWholeThreads else { return }
    if missed.late > 0 {
      Terminal.note(
        "btl: \(missed.late.grouped) comments came before their articles and are not compared with them; --articles names what to read first"
      )
    }
    if missed.early > 0 {
      Terminal.note(
        "btl: \(missed.early.grouped) comments came before those they answer and are compared with later ones instead; \(oldestFirst)")
    } else if feed.isNewestFirst, missed.underArticles + missed.unknownArticles > 0 {
      Terminal.note(
        "btl: the newest comments come first and are compared with earlier ones not at all, but with later ones; \(oldestFirst)")
    }
    if missed.forgotten > 0 {
      Terminal.note(
        "btl: \(missed.forgotten.grouped) comments came when there was no more room for their articles and are not compared with them; "
          + moreRoom)
    }
    if missed.interrupted > 0 {
      Terminal.note(
        "btl: \(missed.interrupted.grouped) comments came when there was no more room for those before them in their threads and are compared "
          + "with later ones alone; " + moreRoom)
    }
  }

  /// Articles and comments that do not find each other, as where ids are written in two ways.
  private static func tellStrangers(_ missed: MissedContext) {
    let comments = missed.underArticles + missed.unknownArticles + missed.withoutPlace
    if missed.articles > 0, missed.shortArticles == missed.articles, comments > 0 {
      let which = missed.articles == 1 ? "the only article is" : "all \(missed.articles.grouped) articles are"
      Terminal.note("btl: \(which) too short to compare comments with: a headline alone, or the text has another name than body")
    }
    if missed.articles > 0, missed.withoutPlace > 0, missed.withoutPlace == comments {
      Terminal.note(
        "btl: no comment says which article it stands under, and none is compared with one; --article-field names the field that does")
    }
    if missed.articles > 0, missed.unknownArticles > 0 {
      let example = missed.unknownArticle.map { ", as \"\(Terminal.brief($0))\"," } ?? ""
      Terminal.note(
        "btl: \(missed.unknownArticles.grouped) comments stand under articles that were not there\(example) and are compared with none")
    }
    if let id = missed.unknownParent, missed.unknownParents > 0, missed.unknownParents == missed.replies {
      Terminal.note(
        "btl: none of \(missed.replies.grouped) replies is compared with what it answers, as \"\(Terminal.brief(id))\": under their articles no such "
          + "comments came, or they were withdrawn")
    }
  }

  private static let oldestFirst = "sort them by time, or compare with --thread whole"
  private static let moreRoom = "--memory gives more, or sort articles and comments by article"
}

/// What the fields of an input are called, and which of them tell a decision.
struct FieldOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The column or JSON field (data.body) that holds the text.", valueName: "field"))
  var textField: String?

  @Option(help: ArgumentHelp("… the comment's id.", valueName: "field"))
  var idField: String?

  @Option(help: ArgumentHelp("… the id of the article.", valueName: "field"))
  var articleField: String?

  @Option(help: ArgumentHelp("… the id of the comment it answers.", valueName: "field"))
  var parentField: String?

  @Option(help: ArgumentHelp("… the author.", valueName: "field"))
  var authorField: String?

  @Option(help: ArgumentHelp("… the time.", valueName: "field"))
  var timeField: String?

  @Option(
    name: .customLong("label-field"),
    help: ArgumentHelp("… a label: yes or no, or a number, of which 0.5 and more is yes.", valueName: "name=field"))
  var labelFields: [String] = []

  @Option(
    name: .customLong("label-from"),
    help: ArgumentHelp(
      "A label from a past decision, as status=rejected:off_topic; another value makes it false.", valueName: "field=value:label"))
  var labelRules: [String] = []

  func validate() throws {
    for text in labelFields where Self.pair(text) == nil { throw ValidationError("--label-field takes NAME=FIELD, not \(text)") }
    for text in labelRules where LabelRule(text) == nil { throw ValidationError("--label-from takes FIELD=VALUE:LABEL, not \(text)") }
  }

  var names: FieldNames {
    FieldNames(
      text: textField, id: idField, article: articleField, parent: parentField, author: authorField, time: timeField,
      labels: Dictionary(labelFields.compactMap(Self.pair)) { $1 })
  }

  var rules: [LabelRule] { labelRules.compactMap { LabelRule($0) } }

  private static func pair(_ text: String) -> (String, String)? {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex, equals < text.index(before: text.endIndex) else { return nil }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}

struct ArticlesOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("Articles that the comments stand under, read before everything else.", valueName: "file"), completion: .file())
  var articles: [String] = []
}

struct MemoryOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Room for articles and threads in flight, in MB, where an input is not sorted by article; some 15 threads take one. (default: 32, or 1024 for whole threads)",
      valueName: "mb"))
  var memory: Int?

  func validate() throws {
    guard let memory, !(1...1 << 20).contains(memory) else { return }
    throw ValidationError("--memory takes 1 to 1048576 MB, not \(memory)")
  }

  /// In bytes.
  var room: Int? { memory.map { $0 << 20 } }
}

struct BackgroundOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Articles with their comments, no labels needed, to learn from what is relevant to what and how common words are.",
      valueName: "file"), completion: .file())
  var background: [String] = []
}

struct LexiconOption: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Which words belong to one topic, one topic a line, `name: word word`, to tell that texts without a common word are about the same. (default: the lexicon inside btl)",
      valueName: "file"), completion: .file())
  var topics: [String] = []

  func load() throws -> Lexicon {
    if topics.isEmpty { return try ModelOption.builtIn().background.lexicon }
    var text = ""
    for path in topics {
      FilesInUse.add(path)
      guard let part = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw Unusable("\(path) cannot be read as UTF-8 text")
      }
      do {
        _ = try Lexicon(part)
      } catch {
        throw Unusable("\(path): \(error)")
      }
      text += part + "\n"
    }
    do {
      return try Lexicon(text)
    } catch {
      throw Unusable("\(topics.joined(separator: ", ")): \(error)")
    }
  }
}

struct ModelOption: ParsableArguments {
  @Option(help: ArgumentHelp("A model file; the model inside btl where none is given.", valueName: "file"), completion: .file())
  var model: String?

  static func builtIn() throws(ModelFileError) -> Model {
    try Model(permanent: UnsafeRawBufferPointer(start: btl_default_model(), count: btl_default_model_size()))
  }

  func load() throws -> Model {
    if let model { FilesInUse.add(model) }
    do {
      return try model.map { try Model(path: $0) } ?? Self.builtIn()
    } catch {
      throw Unusable("\(model ?? "the model inside btl"): \(error)")
    }
  }
}

struct ScreeningOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Which of the model's thresholds flags, as `btl model` lists them; a second one holds. (default: the model's first)",
      valueName: "target"))
  var at: [ThresholdTarget] = []

  func screening(_ model: Model) throws -> Screening {
    do {
      return try Screening(model, at: at)
    } catch {
      throw Unusable("\(error)")
    }
  }
}

struct TrainingFlags: ParsableArguments {
  @Option(
    name: .customLong("label"), help: ArgumentHelp("A label to learn; all labels in the data where none is given.", valueName: "name"))
  var labels: [String] = []

  // Without a default, so that it is known what was given.
  @Option(help: "How to learn. (default: nb-logistic)")
  var algorithm: TrainingOptions.Algorithm?

  @Option(help: ArgumentHelp("Word n-grams of up to this many words; 0 for none. (default: 2)", valueName: "n"))
  var words: Int?

  @Option(help: ArgumentHelp("Character n-grams within words, as 2-6; 0 for none. (default: 2-6)", valueName: "range"))
  var characters: String?

  @Flag(help: "N-grams of words have the punctuation between words, and beside them.")
  var punctuation = false

  @Flag(help: "Words that a comment quotes, in quotation marks, are features of their own.")
  var quotations = false

  @Option(help: ArgumentHelp("The feature table has 2^bits buckets. (default: \(FeatureSpace().bits))", valueName: "bits"))
  var bits: Int?

  @Option(
    help: ArgumentHelp(
      "C of the logistic algorithms: the larger, the closer the fit. (default: the best of 1 to 100 in cross-validation)", valueName: "c"))
  var regularization: Double?

  @Option(help: ArgumentHelp("Smoothing α of naive Bayes and of its ratios. (default: 1)", valueName: "alpha"))
  var smoothing: Double?

  @Option(
    help: ArgumentHelp(
      "Directions in which comments differ most, to be learnt from beside the features where that helps in cross-validation; 0 for never, which is best for a model that is to serve other sites. (default: \(TrainingOptions().latentDimensions))",
      valueName: "n"))
  var latent: Int?

  @Option(
    help: ArgumentHelp(
      "Learn from each sentence of comments under no article too, which counts so many times what its comment does; 0 for never. (default: 0)",
      valueName: "weight"))
  var sentences: Double?

  @Option(help: ArgumentHelp("Weight of positive rows. (default: 1)", valueName: "weight"))
  var positiveWeight: Double?

  @Option(
    help: ArgumentHelp(
      "What a threshold is chosen for: mcc, f1, precision=0.9, recall=0.8 or rate=0.05 (share flagged). The first flags; repeat it for more. (default: mcc)",
      valueName: "target"))
  var at: [ThresholdTarget] = []

  @Flag(
    help:
      "Judge off_topic by article, parent and thread alone, not by the comment's own words: for a model that is to serve other sites.")
  var placeOnly = false

  @Flag(
    help:
      "Calibrate, choose thresholds and give figures by comments under an article alone; other rows only teach.")
  var judgeUnderArticles = false

  @Option(
    help: ArgumentHelp(
      "The share of comments that are positive where the model will be used, if the data hold more or fewer: calibration, thresholds and figures are then those of comments of which so many are positive.",
      valueName: "name=share"))
  var prior: [String] = []

  @Option(
    help:
      "Compare a comment with those before it in its thread, as live moderation sees it, or with the whole thread, as where dumps are scored. A model remembers it. (default: before)"
  )
  var thread: ThreadView?

  @Option(
    help: ArgumentHelp(
      "Keep rows with the same value of this field in one fold; near-duplicates are kept together only among rows that lack it. (default: article_id)",
      valueName: "field"))
  var groupBy: String?

  @Option(help: ArgumentHelp("Seed of folds and intervals. (default: 1)", valueName: "n"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("Stop the solver at this share of the first gradient.", visibility: .hidden))
  var tolerance: Double?

  @Option(help: ArgumentHelp("free, penalized (as LIBLINEAR's -B 1) or none.", visibility: .hidden))
  var intercept: String?

  /// The options given that say how to train, and nothing of how to judge.
  var recipe: [String] {
    let options: [(name: String, isGiven: Bool)] = [
      ("--algorithm", algorithm != nil), ("--words", words != nil), ("--characters", characters != nil), ("--punctuation", punctuation),
      ("--quotations", quotations), ("--bits", bits != nil), ("--regularization", regularization != nil), ("--smoothing", smoothing != nil),
      ("--latent", latent != nil), ("--sentences", sentences != nil), ("--positive-weight", positiveWeight != nil),
      ("--place-only", placeOnly), ("--tolerance", tolerance != nil), ("--intercept", intercept != nil),
    ]
    return options.filter(\.isGiven).map(\.name)
  }

  /// Whoever gives an option believes that the model depends on it.
  private func refuseIdleOptions(of algorithm: TrainingOptions.Algorithm) throws {
    let logistic: [TrainingOptions.Algorithm] = [.logistic, .nbLogistic]
    let options: [(name: String, isGiven: Bool, algorithms: [TrainingOptions.Algorithm])] = [
      ("--smoothing", smoothing != nil, [.naiveBayes, .complementNaiveBayes, .nbLogistic]), ("--latent", latent ?? 0 > 0, [.nbLogistic]),
      ("--sentences", sentences ?? 0 > 0, logistic), ("--place-only", placeOnly, logistic), ("--tolerance", tolerance != nil, logistic),
      ("--intercept", intercept != nil, logistic), ("--regularization", regularization != nil, logistic),
    ]
    for option in options where option.isGiven && !option.algorithms.contains(algorithm) {
      let problem = "it is for \(option.algorithms.map(\.rawValue).joined(separator: ", ")), and the algorithm is \(algorithm.rawValue)"
      // This one may stand beside every algorithm, as a contract that others call has it.
      guard option.name == "--regularization" else { throw Unusable("\(option.name) would be ignored: \(problem)") }
      Terminal.note("btl: \(option.name) is ignored: \(problem)")
    }
  }

  /// With a misspelt field no row would have a group. Without articles likeness makes groups.
  static func checkGroupField(_ field: String?, _ comments: [Comment]) throws {
    guard let field, field != "article_id", !comments.isEmpty, comments.allSatisfy({ $0.group(by: field) == nil }) else { return }
    throw Unusable("no comment has a field \(field) to group by; name another with --group-by")
  }

  /// Tells what of the data is not learnt from as it might be.
  static func tell(of data: PreparedData, _ trainer: Trainer, _ feed: RecordFeed) {
    ThreadView.tell(data.missedContext, feed, seesWholeThreads: trainer.options.seesWholeThreads)
    feed.tellMissedLabels()
    let copies = data.copiesInOtherGroups
    if copies > 0, 100 * copies >= data.ownComments {
      Terminal.note(
        "btl: \(copies.grouped) comments say word for word what one of another group says: figures of folds that part them flatter the model"
      )
    }
    for problem in trainer.labelsLeftOut(data) { Terminal.note("btl: left out where other labels are learnt: \(problem)") }
    // Folds that somebody gave are kept as they are: the likeness of rows would join most of them.
    guard let field = trainer.options.groupField, field != "article_id" else { return }
    let unlooked = data.comments[..<data.ownComments].count { $0.articleID == nil && $0.group(by: field) != nil }
    guard unlooked > 0 else { return }
    Terminal.note(
      "btl: \(unlooked.grouped) comments without an article are grouped by \(field) alone: near-duplicates among them may stand in several folds"
    )
  }

  /// Tells of comments whose labels cannot all be right. Looks at every text once more.
  static func tell(_ contradictions: Contradictions, in comments: [Comment]) {
    guard let example = contradictions.example else { return }
    func place(_ row: Int) -> String {
      "\(comments[row].labels[example.label] == true ? "yes" : "no") at \(Terminal.brief(comments[row].source?.description ?? comments[row].id))"
    }
    Terminal.note(
      "btl: \(contradictions.count.grouped) comments are labelled otherwise than an earlier one with the same text and the same article or id, as "
        + "\(Terminal.brief(example.label)): \(place(example.first)), \(place(example.second))")
  }

  /// A misspelt label would go unnoticed. Off-topic may be learnt without one.
  static func checkPriors(_ priors: [String: Double], _ options: TrainingOptions, _ data: PreparedData) throws {
    try checkPriors(priors, options.labels.isEmpty ? data.labels + options.contextLabels : options.labels)
  }

  static func checkPriors(_ priors: [String: Double], _ labels: [String]) throws {
    for label in priors.keys.sorted() where !labels.contains(label) {
      throw Unusable("--prior \(label): the labels are \(Set(labels).sorted().joined(separator: ", "))")
    }
  }

  func options() throws -> TrainingOptions {
    var options = TrainingOptions()
    options.algorithm = algorithm ?? options.algorithm
    options.labels = labels
    options.features.wordNGrams = words ?? options.features.wordNGrams
    options.features.bits = bits ?? options.features.bits
    options.features.joinsPunctuation = punctuation
    options.features.separatesQuotations = quotations
    options.sentenceWeight = sentences ?? options.sentenceWeight
    if let characters {
      let range = FeatureSpace.characterRange(characters)
      guard range != nil || characters == "0" else { throw Unusable("--characters takes a range such as 2-6, or 0, not \(characters)") }
      options.features.characterNGrams = range
    }
    options.regularization = regularization
    options.smoothing = smoothing ?? options.smoothing
    options.latentDimensions = latent ?? options.latentDimensions
    options.positiveWeight = positiveWeight ?? options.positiveWeight
    if !at.isEmpty { options.targets = at }
    options.groupField = groupBy
    options.placeOnly = placeOnly
    options.judgesUnderArticles = judgeUnderArticles
    options.seesWholeThreads = thread == .whole
    for text in prior {
      guard let (label, share) = Self.prior(text) else { throw Unusable("--prior takes NAME=SHARE, as spam=0.02, not \(text)") }
      options.priors[label] = share
    }
    options.seed = seed ?? options.seed
    options.tolerance = tolerance ?? options.tolerance
    if let text = intercept {
      guard let intercept = LogisticRegression.Intercept(rawValue: text) else {
        throw Unusable("--intercept takes free, penalized or none, not \(text)")
      }
      options.intercept = intercept
    }
    if let problem = options.problem { throw Unusable(problem) }
    try refuseIdleOptions(of: options.algorithm)
    return options
  }

  private static func prior(_ text: String) -> (label: String, share: Double)? {
    guard let separator = text.lastIndex(of: "="), let share = Double(text[text.index(after: separator)...]) else { return nil }
    return (String(text[..<separator]), share)
  }
}

enum Threads {
  static var all: Int { ProcessInfo.processInfo.activeProcessorCount }
  /// More than any machine has cores.
  private static let most = 1024

  static func check(_ threads: Int?) throws {
    if let threads, !(1...most ~= threads) { throw ValidationError("--threads must be from 1 to \(most), not \(threads)") }
  }
}
