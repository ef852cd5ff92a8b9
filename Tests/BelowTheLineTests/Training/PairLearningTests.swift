import BelowTheLine
import TestSupport
import Testing

struct PairLearningTests {
  /// Articles and comments made of the words of their own subject and of words that all share.
  static let records: [Record] = {
    var generator = SeededGenerator(seed: 3)
    func text(_ subject: Int, _ own: Int, _ common: Int) -> String {
      let words =
        (0..<own).map { _ in "subject\(subject)word\(generator.below(40))" } + (0..<common).map { _ in "common\(generator.below(60))" }
      return words.joined(separator: " ")
    }
    return (0..<40).flatMap { subject -> [Record] in
      [.article(Article(id: "a\(subject)", body: text(subject, 60, 60)))]
        + (0..<8).map { .comment(Comment(id: "\(subject)-\($0)", articleID: "a\(subject)", text: text(subject, 4, 12))) }
    }
  }()

  private func sample(_ records: [Record]) -> ConversationSample {
    var sample = ConversationSample()
    for record in records { sample.add(record) }
    return sample
  }

  private func trained(_ records: [Record] = [], background: [Record]) throws -> Trainer.Outcome {
    let options = Samples.options()
    let data = PreparedData(
      records, features: options.features, groupField: options.groupField, background: sample(background), threads: 2)
    return try Trainer(options: options).train(data)
  }

  @Test func aSiteLearnsWhatIsOffTopicWithoutALabel() throws {
    let outcome = try trained(background: Self.records)
    #expect(outcome.model.labels == ["off_topic"])
    #expect(outcome.evaluations[0].metrics.auc > 0.95)
    let scorer = Scorer(model: outcome.model)
    var store = scorer.makeConversations()
    let place = [
      Record.article(Article(id: "new", body: (0..<40).map { "fresh\($0) common\($0)" }.joined(separator: " "))),
      .comment(Comment(id: "1", articleID: "new", text: "fresh1 common2 fresh3 common4 fresh5 common6")),
      .comment(Comment(id: "2", articleID: "new", text: "stale1 common2 stale3 common4 stale5 common6")),
    ]
    let scores = scorer.score(place, threads: 1, in: &store).compactMap { $0.probabilities[0] }
    #expect(scores[0] < 0.1)
    #expect(scores[1] > 0.1)
  }

  @Test func theSampleDoesNotDependOnTheOrder() throws {
    let byArticle = try trained(background: Self.records)
    let interleaved = Self.records.enumerated().sorted { ($0.offset % 9, $0.offset) < ($1.offset % 9, $1.offset) }.map(\.element)
    #expect(try trained(background: interleaved).bytes == byArticle.bytes)
  }

  /// Strangers stand in the same place: neither its size nor that of its article tells them apart.
  @Test func subjectsThatShareNothingTeachNothing() throws {
    let noise = Self.records.map { record -> Record in
      guard case .comment(var comment) = record else { return record }
      comment.text = comment.text.split(separator: " ").map { $0.hasPrefix("subject") ? "common\($0.count)" : String($0) }.joined(
        separator: " ")
      return .comment(comment)
    }
    let area = try #require(try trained(background: noise).evaluations.first).metrics.auc
    #expect(abs(area - 0.5) < 0.06)
  }

  @Test func labelsGoBeforePairs() throws {
    let labelled = try trained(Samples.records, background: Self.records)
    #expect(labelled.model.labels == ["conspiracy", "off_topic"])
    #expect(labelled.model.card["labels"]?.elements[1]["learnt_from"] == nil)
    let other = Samples.records.map { record -> Record in
      guard case .comment(var comment) = record else { return record }
      comment.labels["off_topic"] = nil
      return .comment(comment)
    }
    #expect(try trained(other, background: Self.records).model.card["labels"]?.elements[1]["learnt_from"]?.text == "pairs")
    #expect(try trained(other, background: []).model.labels == ["conspiracy"])
  }

  @Test func aPlaceOnlyModelIgnoresWhatACommentSays() throws {
    var options = Samples.options()
    options.placeOnly = true
    let data = PreparedData(Samples.records, features: options.features, groupField: options.groupField, background: sample(Self.records))
    let outcome = try Trainer(options: options).train(data)
    #expect(try #require(TrainingOptions(card: outcome.model.card)).placeOnly)
    let scorer = Scorer(model: outcome.model)
    var workspace = scorer.makeWorkspace()
    var store = scorer.makeConversations()
    store.add(Samples.articles[0])
    let comment = Comment(id: "z", articleID: "ferry", text: "Cheap loans, click my profile")
    let explanations = scorer.explain(comment, scorer.score(comment, &workspace, in: &store))
    let offTopic = try #require(explanations.first { $0.label == "off_topic" })
    #expect(offTopic.tokens.allSatisfy { $0.share == 0 })
    #expect(offTopic.place.contains { $0.share != 0 })
    // The table has weights of the other label alone.
    #expect(outcome.model.textHeads == [0])
    #expect(outcome.model.weights.count == 1 << options.features.bits)
    #expect(abs(offTopic.bias + offTopic.place.reduce(0) { $0 + $1.share } - offTopic.logit) < 1e-9)
    #expect(explanations.contains { $0.label == "conspiracy" && $0.tokens.contains { $0.share != 0 } })
  }
}
