internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources
internal import Foundation

/// The records of all inputs, with an account of every one: records in = records out + records rejected.
final class RecordFeed {
  private let options: InputOptions
  private let articles: [String]
  private let labelRules: [LabelRule]
  /// Labels that are told by fields, of which none was found yet.
  private var missedLabels: Set<String>
  private let rejections: Rejections
  private(set) var articleCount = 0
  private(set) var commentCount = 0
  /// The input that is being read.
  private(set) var currentPath = ""
  private var passedOver: [String: Int] = [:]
  private(set) var failedFiles = 0
  /// Of which model words are known is told, where there is one.
  var scorer: Scorer?
  private var sample = CommentSample()

  /// Perhaps they are something else, in a format that was not recognised.
  private var pagesWithoutComments: [String] = []

  /// Whether it all will be read once more, and told of then.
  private let isRehearsal: Bool
  private var isFinished = false

  init(_ options: InputOptions, articles: [String] = [], background: [String] = [], isRehearsal: Bool = false) throws {
    if options.inputs.isEmpty, background.isEmpty { throw Unusable("no input: name files, or - for standard input") }
    self.options = options
    self.articles = articles
    labelRules = options.fields.rules
    missedLabels = Set(labelRules.map(\.label)).union(options.fields.names.labels.keys)
    self.isRehearsal = isRehearsal
    for path in options.inputs + articles + background { FilesInUse.add(path) }
    if isRehearsal {
      rejections = try Rejections(path: nil, isSilent: true)
      return
    }
    let times = Dictionary(options.inputs.map { ($0, 1) }, uniquingKeysWith: +)
    for path in Set(options.inputs).sorted() where times[path, default: 0] > 1 {
      Terminal.note("btl: \(Terminal.brief(path)) is named \(times[path, default: 0]) times, and its comments count as often")
    }
    // Comments without their articles would come out, but without the scores that were asked for.
    for path in articles where path != "-" && access(path, R_OK) != 0 {
      throw Unusable("cannot read --articles \(path): \(String(cString: strerror(errno)))")
    }
    rejections = try Rejections(path: options.rejects)
  }

  /// A file that cannot be read is reported and the others go on.
  ///
  /// - Parameter lines: takes inputs in the project's own format, where they are to be read in place; tells of what it read by ``add(_:)``.
  func forEach(lines: ((LineChunks) throws -> Void)? = nil, _ body: (Record) throws -> Void) throws {
    for path in articles { try read(path, fields: FieldNames(), articlesOnly: true, body, lines: nil) }
    for path in options.inputs { try read(path, fields: options.fields.names, body, lines: lines) }
  }

  /// Articles and comments without labels; they count in the account too.
  func sample(_ paths: [String], _ lexicon: Lexicon) throws -> ConversationSample {
    var sample = ConversationSample(lexicon: lexicon)
    for path in paths { try read(path, fields: options.fields.names, { sample.add($0) }, lines: nil) }
    return sample
  }

  func all() throws -> [Record] {
    var records: [Record] = []
    try forEach { records.append($0) }
    return records
  }

  /// What was read of an input elsewhere.
  struct Account: Sendable {
    var comments = 0
    var articles = 0
    var rejections: [Rejection] = []
    var sample = CommentSample()
  }

  func add(_ account: Account) throws {
    commentCount += account.comments
    articleCount += account.articles
    sample.add(account.sample)
    for rejection in account.rejections { try rejections.add(rejection) }
  }

  private func read(
    _ path: String, fields: FieldNames, articlesOnly: Bool = false, _ body: (Record) throws -> Void,
    lines: ((LineChunks) throws -> Void)?
  ) throws {
    currentPath = path
    let before = (articles: articleCount, comments: commentCount, rejected: rejections.count)
    var isPage = false
    do {
      let reader = try SourceReader(path: path, format: options.from, fields: fields)
      if let lines, let chunks = try reader.lineChunks() { return try lines(chunks) }
      try reader.read { event in
        switch event {
        case .record(.article(let article)):
          articleCount += 1
          isPage = article.id == path
          try body(.article(article))
        case .record(.comment) where articlesOnly: passedOver["comment beside --articles", default: 0] += 1
        case .record(.comment(var comment)):
          commentCount += 1
          LabelRule.apply(labelRules, to: &comment)
          if !missedLabels.isEmpty { missedLabels.subtract(comment.labels.keys) }
          if CommentSample.takes(commentCount) { sample.add(comment, number: commentCount, scorer) }
          try body(.comment(comment))
        case .rejected(let rejection): try rejections.add(rejection)
        case .passedOver(_, let kind): passedOver[kind, default: 0] += 1
        }
      }
      if isPage, !articlesOnly, articleCount == before.articles + 1, commentCount == before.comments, rejections.count == before.rejected {
        pagesWithoutComments.append(path)
      }
    } catch let error as InputError {
      failedFiles += 1
      if !isRehearsal { Terminal.note("btl: \(Terminal.brief(error))") }
    }
  }

  /// Sets a comment aside that was read and cannot be used.
  func reject(_ comment: Comment, _ problem: (field: String, reason: String)) throws {
    commentCount -= 1
    var writer = JSONWriter()
    RecordWriter.append(.comment(comment), to: &writer)
    let location = comment.source ?? SourceLocation(name: currentPath)
    try rejections.add(Rejection(location, field: problem.field, reason: problem.reason, raw: writer.bytes))
  }

  /// Where a run ends before it is done, what was rejected is told all the same.
  deinit {
    guard !isRehearsal, !isFinished, rejections.count > 0 else { return }
    try? rejections.finish()
    tellAccount("read")
  }

  /// Whether comments stand in the order of time from the last to the first, by a sample.
  var isNewestFirst: Bool { sample.isNewestFirst }

  /// Labels of which no comment has the field that tells them, or a text to learn from: once all is read.
  func tellMissedLabels() {
    for label in missedLabels.sorted() {
      let rule = labelRules.first { $0.label == label }
      let option = rule == nil ? "--label-field" : "--label-from"
      let field = rule?.field ?? options.fields.names.labels[label] ?? ""
      Terminal.note("btl: no comment has the label \(label): the field \"\(field)\", which \(option) names, is in none or always empty")
    }
  }

  /// Prints the account and decides the exit status.
  ///
  /// - Parameters:
  ///   - verb: what was done with the comments, for example `scored`.
  ///   - output: where they went; it is discarded where no input could be read.
  func finish(_ verb: String, _ output: Output? = nil) throws {
    isFinished = true
    try failedFiles == options.inputs.count && commentCount == 0 ? output?.discard() : output?.finish()
    try rejections.finish()
    tellAccount(verb)
    if failedFiles > 0 { throw ExitCode(1) }
    if let limit = options.maxRejects, rejections.count > limit {
      Terminal.note("btl: more than --max-rejects \(limit)")
      throw ExitCode(1)
    }
  }

  private func tellAccount(_ verb: String) {
    let records = articleCount + commentCount + rejections.count + passedOver.values.reduce(0, +)
    if let first = pagesWithoutComments.first {
      let others = pagesWithoutComments.count > 1 ? ", like \((pagesWithoutComments.count - 1).grouped) more," : ""
      Terminal.note(
        "btl: \(Terminal.brief(first))\(others) was read as a page, and no comments were found in it; --from names other formats")
    }
    if !articles.isEmpty, articleCount == 0, commentCount > 0 {
      Terminal.note("btl: --articles brought no article: a record of one has \"kind\":\"article\", a table of them a column article_text")
    }
    for note in sample.notes { Terminal.note(Terminal.brief(note)) }
    let others = passedOver.sorted { $0.key < $1.key }.map { ", \($0.value.grouped) passed over (\($0.key))" }.joined()
    Terminal.note(
      "btl: \(records.grouped) records in: \(commentCount.grouped) comments \(verb), \(articleCount.grouped) articles, \(rejections.count.grouped) rejected\(others)"
    )
  }
}
