import BelowTheLine
import TestSupport
import Testing

struct TrainerTests {
  @Test(arguments: TrainingOptions.Algorithm.allCases)
  func everyAlgorithmLearnsWhatItWasShown(algorithm: TrainingOptions.Algorithm) throws {
    let outcome = try Samples.train(Samples.options(algorithm))
    let scorer = Scorer(model: outcome.model)
    var store = scorer.makeConversations()
    let scores = scorer.score(Samples.records, threads: 1, in: &store)
    for (head, label) in outcome.model.labels.enumerated() {
      let ranked = RankedScores(
        scores: scores.map { $0.probabilities[head] ?? 0 }, isPositive: Samples.comments.map { $0.labels[label] == true })
      #expect(ranked.metrics(threshold: 0.5).auc > 0.95, "\(label)")
    }
  }

  /// It has no prior, so nothing is taken from its intercept of 0: the bias is the calibration's offset alone. Folds with fewer positive
  /// rows would else be raised by more than all features tell, and the slope turn negative.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func complementNaiveBayesHasNoPriorToTakeOut(seed: UInt64) throws {
    var options = Samples.options(.complementNaiveBayes)
    options.labels = ["conspiracy"]
    options.seed = seed
    let data = PreparedData(Samples.records, features: options.features, groupField: "article_id")
    let trainer = try Trainer(options: options)
    let calibration = try #require(try trainer.crossValidate(data).first).calibration
    #expect(try trainer.train(data).model.heads[0].bias == Double(Float(calibration.offset)))
    #expect(calibration.slope > 0)
  }

  @Test func labelsMayBePartial() throws {
    var records: [Record] = []
    for (index, comment) in Samples.comments.enumerated() {
      var comment = comment
      comment.labels[index % 3 == 0 ? "conspiracy" : "off_topic"] = nil
      records.append(.comment(comment))
    }
    let options = Samples.options()
    let data = PreparedData(records, features: options.features, groupField: "id")
    let evaluations = try Trainer(options: options).crossValidate(data).map(\.evaluation)
    #expect(evaluations.map(\.metrics.rows) == [16, 8])
  }

  /// More than fit the memory of a scorer at once.
  @Test func commentsOfManyThreadsMayComeInTurn() {
    let threads = 16_000
    let records = (0..<2 * threads).map { index in
      Record.comment(Comment(id: "c\(index)", articleID: "t\(index % threads)", text: "remark \(index)"))
    }
    let data = PreparedData(records, features: Samples.options().features)
    #expect(data.hasContext == (0..<2 * threads).map { $0 >= threads })
    #expect(data.missedContext.interrupted == 0 && data.missedContext.forgotten == 0)
  }

  @Test func aRowOfWeightTwoCountsAsTwoRows() throws {
    var options = Samples.options(.logistic)
    options.tolerance = 1e-9
    let weighted = Samples.comments.map { comment in
      var comment = comment
      if comment.labels["conspiracy"] == true { comment.weight = 2 }
      return Record.comment(comment)
    }
    let doubled = Samples.comments.flatMap { comment in
      [Record](repeating: .comment(comment), count: comment.labels["conspiracy"] == true ? 2 : 1)
    }
    let objectives = try [weighted, doubled].map { records in
      try Trainer(options: options).solve(PreparedData(records, features: options.features), label: "conspiracy").objective
    }
    #expect(abs(objectives[0] - objectives[1]) < 1e-6)
  }

  /// Rows of words that no other row has, nearly all of them positive.
  private static let auxiliary = (0..<40).map { index in
    Record.comment(
      Comment(
        id: "a\(index)", text: "xeno\(index % 5) quark\(index % 7) zinc\(index % 3)", labels: ["conspiracy": index > 1], isAuxiliary: true))
  }

  @Test(arguments: TrainingOptions.Algorithm.allCases)
  func auxiliaryRowsAreNotJudgedAndTellNothingOfShares(algorithm: TrainingOptions.Algorithm) throws {
    var options = Samples.options(algorithm)
    options.labels = ["conspiracy"]
    options.regularization = 1
    options.latentDimensions = 0
    options.tolerance = 1e-8
    func validate(_ records: [Record]) throws -> Trainer.CrossValidation {
      let data = PreparedData(records, features: options.features, groupField: "id")
      return try #require(try Trainer(options: options).crossValidate(data).first)
    }
    let (alone, helped) = (try validate(Samples.records), try validate(Samples.records + Self.auxiliary))
    #expect(helped.evaluation.metrics.rows == alone.evaluation.metrics.rows)
    #expect(helped.predictions.allSatisfy { $0.comment < Samples.comments.count })
    // Folds differ, and with them the fits; the level does not, as it would if 38 more of 40 were positive.
    func mean(_ validation: Trainer.CrossValidation) -> Double {
      validation.predictions.reduce(0) { $0 + $1.probability } / Double(validation.predictions.count)
    }
    #expect(abs(mean(helped) - mean(alone)) < 0.1)
    let data = PreparedData(Samples.records + Self.auxiliary, features: options.features, groupField: "id")
    let rows = data.rows(label: "conspiracy", positiveWeight: 1)
    let models = try [rows, rows.own].map { try Trainer(options: options).fit(data, label: "conspiracy", $0, options.candidates)[0] }
    #expect(models.allSatisfy { $0.denseWeights.isEmpty })
    // The intercept is that of the others: without one of their own it would move by some log(38 / 2). Few words share a bucket.
    #expect(abs(models[0].intercept - models[1].intercept) < 0.5)
  }

  @Test func sentencesTeachBesideTheirComment() throws {
    let records: [Record] = [
      .comment(Comment(id: "1", text: "They planned it all. Nobody will tell you. Look around.", labels: ["conspiracy": true], weight: 2)),
      .comment(Comment(id: "2", text: "One long sentence without an end", labels: ["conspiracy": false])),
      .comment(Comment(id: "3", articleID: "a", text: "Under an article here. Two sentences it has.", labels: ["conspiracy": false])),
      .comment(Comment(id: "4", text: "Of an auxiliary row. Again two sentences.", labels: ["conspiracy": true], isAuxiliary: true)),
      .comment(Comment(id: "5", text: "Nobody has labelled this. So it teaches nothing.")),
    ]
    let data = PreparedData(records, features: FeatureSpace(), sentenceWeight: 0.25)
    #expect(data.ownComments == 5)
    #expect(data.comments.dropFirst(5).map(\.text) == ["They planned it all.", "Nobody will tell you."])
    #expect(data.comments.dropFirst(5).allSatisfy { $0.isAuxiliary && $0.weight == 0.5 && $0.labels == ["conspiracy": true] })
    #expect(data.groups.count == 7 && data.groups[5] == data.groups[0] && data.groups[6] == data.groups[0])
    #expect(data.matrix.rowCount == 7)
    #expect(data.digest == PreparedData(records, features: FeatureSpace()).digest)
    var exported = 0
    data.forEachRow { _, _ in exported += 1 }
    #expect(exported == 5)
  }

  /// Articles of very different shares, and one word that tells a little: with the share of the training in them, logits of folds fall where
  /// positive rows are most, and calibration would turn the word into its contrary (a slope of -1 with the last seed).
  @Test(arguments: [1, 2, 3] as [UInt64])
  func unequalFoldsDoNotTurnTheSlope(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let articles = [(5, 200), (10, 180), (15, 160), (20, 140), (30, 120), (50, 100), (80, 80)]
    let records = articles.enumerated().flatMap { article, shape in
      (0..<shape.1).map { index -> Record in
        let isPositive = generator.below(100) < shape.0
        let words = (0..<12).map { _ in "w\(generator.below(200))" } + (generator.below(10) < (isPositive ? 5 : 3) ? ["signal"] : [])
        var comment = Comment(id: "\(article)-\(index)", articleID: "a\(article)", text: words.joined(separator: " "))
        comment.labels = ["spam": isPositive]
        return .comment(comment)
      }
    }
    var options = Samples.options(.nbLogistic)
    options.features.characterNGrams = nil
    options.latentDimensions = 0
    options.labels = ["spam"]
    let data = PreparedData(records, features: options.features)
    let validation = try #require(try Trainer(options: options).crossValidate(data).first)
    #expect(validation.calibration.slope > -0.3)
  }

  @Test func aPriorMovesProbabilitiesAndNotTheirOrder() throws {
    func validate(_ prior: Double?) throws -> Trainer.CrossValidation {
      var options = Samples.options(.logistic)
      options.labels = ["conspiracy"]
      options.regularization = 1
      options.priors = prior.map { ["conspiracy": $0] } ?? [:]
      let data = PreparedData(Samples.records, features: options.features, groupField: "id")
      return try #require(try Trainer(options: options).crossValidate(data).first)
    }
    let plain = try validate(nil)
    let share = plain.evaluation.metrics.positives / plain.evaluation.metrics.rows
    #expect(try validate(share).predictions.map(\.probability) == plain.predictions.map(\.probability))
    let rare = try validate(0.02)
    #expect(abs(rare.evaluation.metrics.positives / rare.evaluation.metrics.rows - 0.02) < 1e-12)
    func sum(_ validation: Trainer.CrossValidation) -> Double { validation.predictions.reduce(0) { $0 + $1.probability } }
    #expect(sum(rare) < sum(plain))
    for fold in 0..<5 {
      func order(_ validation: Trainer.CrossValidation) -> [Int] {
        validation.predictions.filter { $0.fold == fold }.sorted { $0.probability < $1.probability }.map(\.comment)
      }
      #expect(order(rare) == order(plain))
    }
  }

  @Test func relevanceIsLearntOnlyWhereALabelNeedsIt() throws {
    var options = Samples.options(.logistic)
    #expect(options.needsRelevance(Samples.records, background: ConversationSample()))
    options.labels = ["conspiracy"]
    #expect(!options.needsRelevance(Samples.records, background: ConversationSample()))
    #expect(!Samples.options(.naiveBayes).needsRelevance(Samples.records, background: ConversationSample()))
    var background = ConversationSample()
    background.add(.comment(Comment(id: "1", text: "some words")))
    #expect(options.needsRelevance(Samples.records, background: background))
    // A label that does not look at the place is learnt the same without.
    let trainer = try Trainer(options: options)
    let weights = try [true, false].map { learnsRelevance in
      let data = PreparedData(Samples.records, features: options.features, groupField: "id", learnsRelevance: learnsRelevance)
      return try trainer.train(data).model.copiedWeights
    }
    #expect(weights[0] == weights[1])
  }

  @Test func anyNameMayBeALabel() throws {
    let records = Samples.comments.map { comment -> Record in
      var comment = comment
      comment.labels = ["insult 🔥": comment.labels["conspiracy"] == true]
      return .comment(comment)
    }
    let options = Samples.options()
    let outcome = try Trainer(options: options).train(PreparedData(records, features: options.features, groupField: "id"))
    #expect(outcome.model.labels == ["insult 🔥"])
    #expect(!outcome.model.heads[0].usesContext)
  }

  /// Twenty-four comments cannot show that their threads tell anything; what article they stand under counts without a proof.
  @Test func withoutArticlesThePlaceMustProveItself() throws {
    func usesContext(_ records: [Record]) throws -> Bool {
      let options = Samples.options()
      let outcome = try Trainer(options: options).train(PreparedData(records, features: options.features, groupField: "id"))
      return try #require(outcome.model.heads.first { $0.label == "off_topic" }).usesContext
    }
    #expect(try usesContext(Samples.records))
    #expect(try !usesContext(Samples.comments.map { .comment($0) }))
  }

  @Test func labelsOfTooFewRowsAreLeftOutWhereNoneIsNamed() throws {
    var records = Samples.records
    records.append(.comment(Comment(id: "rare", text: "A word that stands nowhere else", labels: ["rare": true])))
    var options = Samples.options()
    options.labels = []
    let data = PreparedData(records, features: options.features)
    let trainer = try Trainer(options: options)
    #expect(try trainer.crossValidate(data).map(\.evaluation.label) == ["conspiracy", "off_topic"])
    #expect(trainer.labelsLeftOut(data) == [.oneSided(label: "rare", positives: 1, negatives: 0)])
    options.labels = ["conspiracy", "rare"]
    let strict = try Trainer(options: options)
    #expect(strict.labelsLeftOut(data).isEmpty)
    #expect(throws: TrainingError.oneSided(label: "rare", positives: 1, negatives: 0)) { try strict.crossValidate(data) }
  }

  @Test func whatCannotBeLearntIsSaid() throws {
    let options = Samples.options()
    let trainer = try Trainer(options: options)
    #expect(throws: TrainingError.noComments) { try trainer.crossValidate(PreparedData([], features: options.features)) }
    let bare = PreparedData([.comment(Comment(id: "1", text: "x"))], features: options.features)
    var background = ConversationSample()
    background.add(.comment(Comment(id: "c", articleID: "a", text: "one comment")))
    #expect(throws: TrainingError.smallBackground(comments: 1)) {
      try trainer.crossValidate(PreparedData([], features: options.features, background: background))
    }
    let nameless = PreparedData([.comment(Comment(id: "c", text: "t", labels: ["": true]))], features: options.features)
    #expect(throws: TrainingError.options("a label of the data has an empty name")) { try trainer.crossValidate(nameless) }
    #expect(throws: TrainingError.noLabels) { try trainer.crossValidate(bare) }
    let onesided = PreparedData(
      (0..<5).map { .comment(Comment(id: "\($0)", text: "x", labels: ["a": true])) }, features: options.features)
    #expect(throws: TrainingError.oneSided(label: "a", positives: 5, negatives: 0)) { try trainer.crossValidate(onesided) }
    let clustered = PreparedData(
      (0..<10).map { .comment(Comment(id: "\($0)", author: $0 < 3 ? "x" : "\($0)", text: "x", labels: ["a": $0 < 3])) },
      features: options.features, groupField: "author")
    #expect(throws: TrainingError.clustered(label: "a", isPositive: true, groups: 1)) { try trainer.crossValidate(clustered) }
    #expect(
      "\(TrainingError.clustered(label: "a", isPositive: true, groups: 1))".hasPrefix("all positive rows of label a stand in 1 group"))
    var wrong = options
    wrong.features.bits = 60
    var impossible = options
    impossible.priors = ["spam": 0.1, "conspiracy": 1]
    #expect(throws: TrainingError.options("the prior of conspiracy must lie between 0 and 1, not 1.0")) { try Trainer(options: impossible) }
    #expect(throws: TrainingError.options("bits must be 8 to 26, not 60")) { try Trainer(options: wrong) }
  }

  @Test func aModelsCardHoldsItsRecipe() throws {
    var options = Samples.options()
    options.regularization = 7
    options.features.wordNGrams = 1
    options.seed = 99
    options.priors = ["conspiracy": 0.05]
    options.features.joinsPunctuation = true
    options.features.separatesQuotations = true
    options.sentenceWeight = 0.25
    let recipe = try #require(TrainingOptions(card: try Samples.train(options).model.card))
    #expect(recipe == options)
  }
}
