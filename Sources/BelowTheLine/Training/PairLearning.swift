/// Learns relevance from pairs: a comment belongs to the article and thread it was written under, a comment from elsewhere does not.
///
/// No label is needed. Each comment of a sample is compared with its article and with some of the thread there; then a stranger is
/// put in its place, a comment of another article: one drawn at random or, three times of ten, of the most similar of a few. As the
/// place is the same, its size and length tell nothing. A logistic regression for each ``RelevanceContext`` says from the features
/// which of the two it is.
///
/// Rates and weights are cross-fitted: a comment is compared by rates counted without its part of the articles, and judged by weights
/// that were learnt without it.
package struct PairLearning: Sendable {
  /// What misplaced comments are called.
  package static let label = "off_topic"

  /// One comment in one place.
  struct Row: Sendable {
    var relevance: Relevance
    var isMisplaced: Bool
    var part: Int
    /// Of the conversation that it was written in.
    var group: UInt64
    /// Words.
    var length: Int
  }

  let rows: [Row]
  package let scale: RelevanceScale
  /// Learnt from all rows: log-odds of being misplaced, where half of all comments are.
  package let weights: RelevanceWeights
  /// Learnt without the rows of a part.
  private let crossFitted: [RelevanceWeights]
  /// How well misplaced comments are told from others, by weights that did not see them; empty where there was nothing to learn from.
  package let areas: [(context: RelevanceContext, rows: Int, auc: Double)]

  fileprivate static let maximumComments = 20
  fileprivate static let similarCandidates = 32
  /// Of ten.
  fileprivate static let similarShare = 3
  private static let cost = 0.02
  /// Fewer rows teach nothing.
  private static let leastRows = 100

  /// - Parameters:
  ///   - backgrounds: of each part, without its own documents.
  ///   - others: comments whose features count for the scale where there are no pairs.
  /// - Complexity: O(pairs × features) for each of some tens of solver steps.
  init(_ sample: ConversationSample, backgrounds: [Background], others: [Relevance], seed: UInt64, threads: Int) {
    let rows = Parallel.map(ConversationSample.parts, threads: threads) { part in
      PairDrawing(sample, part: part, background: backgrounds[part], seed: seed).rows()
    }.flatMap { $0 }
    let scale = RelevanceScale(rows.isEmpty ? others : rows.map(\.relevance))
    let contexts = RelevanceContext.allCases
    // The last is fitted on all.
    let fits = Parallel.map((ConversationSample.parts + 1) * contexts.count, threads: threads) { job in
      let part = job / contexts.count
      return Self.fit(rows, in: contexts[job % contexts.count], without: part < ConversationSample.parts ? part : nil, scale)
    }
    let byPart = (0...ConversationSample.parts).map { part in
      RelevanceWeights(values: Array(fits[part * contexts.count..<(part + 1) * contexts.count]))
    }
    self.rows = rows
    self.scale = scale
    crossFitted = Array(byPart.dropLast())
    weights = byPart[ConversationSample.parts]
    areas = Self.areas(rows, crossFitted, scale)
  }

  private static func fit(_ rows: [Row], in context: RelevanceContext, without part: Int?, _ scale: RelevanceScale) -> [Double] {
    var dense = DenseColumns(width: RelevanceScale.columns)
    var training = TrainingRows(rows: [], isPositive: [], weights: [])
    for row in rows where row.part != part {
      guard let seen = row.relevance.seen(in: context) else { continue }
      training.rows.append(training.rows.count)
      training.isPositive.append(row.isMisplaced)
      training.weights.append(1)
      dense.append(scale.columns(of: seen).map { Float($0) })
    }
    guard training.rows.count >= leastRows else { return [Double](repeating: 0, count: 1 + RelevanceScale.columns) }
    var solver = LogisticRegression()
    solver.costs = [cost]
    solver.tolerance = 1e-4
    let model = solver.fit(SparseMatrix(emptyRows: training.rows.count), dense: dense, usesDense: true, training)[0].model
    return [model.intercept] + model.denseWeights
  }

  /// The log-odds of being misplaced, by weights that did not see the part; nil for a comment without a place.
  func logit(_ relevance: Relevance, part: Int) -> Double? {
    relevance.context.map { crossFitted[part].logit(relevance, in: $0, scale) }
  }

  private static func areas(
    _ rows: [Row], _ crossFitted: [RelevanceWeights], _ scale: RelevanceScale
  ) -> [(context: RelevanceContext, rows: Int, auc: Double)] {
    RelevanceContext.allCases.compactMap { context in
      var scores: [Double] = []
      var isPositive: [Bool] = []
      for row in rows {
        guard let seen = row.relevance.seen(in: context) else { continue }
        scores.append(crossFitted[row.part].logit(seen, in: context, scale))
        isPositive.append(row.isMisplaced)
      }
      guard scores.count >= leastRows else { return nil }
      let weights = [Double](repeating: 1, count: scores.count)
      return (context, scores.count, RankedScores(scores: scores, isPositive: isPositive).metrics(threshold: 0, weights: weights).auc)
    }
  }
}

/// Draws the pairs of one part.
private struct PairDrawing {
  private struct Place {
    let key: UInt64
    let conversation: ConversationSample.Conversation
    let article: ArticleProfile?
    /// What likeness is judged by: the words of the article, or of the thread where there is none.
    let topic: BucketCounts
    let topicWords: [UInt16]
  }

  private let background: Background
  private let part: Int
  private let seed: UInt64
  private let places: [Place]

  init(_ sample: ConversationSample, part: Int, background: Background, seed: UInt64) {
    self.background = background
    self.part = part
    self.seed = seed
    places = sample.conversations.filter { ConversationSample.part(of: $0.key) == part }.sorted { $0.key < $1.key }.map { entry in
      var topic = BucketCounts()
      var words: [UInt16] = []
      for profile in entry.value.article.map({ [$0] }) ?? entry.value.comments.map(\.profile) {
        for word in profile.words {
          if topic[word] == 0 { words.append(word) }
          topic.add(word)
        }
      }
      return Place(
        key: entry.key, conversation: entry.value, article: entry.value.article.map { ArticleProfile($0, background) }, topic: topic,
        topicWords: words)
    }
  }

  func rows() -> [PairLearning.Row] {
    places.indices.flatMap { rows(of: $0) }
  }

  private func rows(of index: Int) -> [PairLearning.Row] {
    let own = places[index]
    let others = places.indices.filter { $0 != index && !places[$0].conversation.comments.isEmpty }
    var tested = own.conversation.comments.indices.filter { own.conversation.comments[$0].maybeOnTopic }
    guard !others.isEmpty, !tested.isEmpty else { return [] }
    var generator = SeededGenerator(seed: seed ^ own.key)
    let candidates = (0..<PairLearning.similarCandidates).map { _ in others[generator.below(others.count)] }
    let likenesses = candidates.map { likeness(own, places[$0]) }
    let similar = candidates[likenesses.indices.max { likenesses[$0] < likenesses[$1] } ?? 0]
    tested.shuffle(using: &generator)
    return tested.prefix(PairLearning.maximumComments).flatMap { index -> [PairLearning.Row] in
      let isSimilar = generator.below(10) < PairLearning.similarShare
      let elsewhere = places[isSimilar ? similar : others[generator.below(others.count)]].conversation.comments
      let stranger = elsewhere[generator.below(elsewhere.count)]
      let comment = own.conversation.comments[index]
      // The comment that is answered has been there before.
      var thread = own.conversation.comments.indices.filter { $0 != index && $0 != comment.parent }
      if let parent = comment.parent { thread.insert(parent, at: 0) }
      // A thread at its beginning, or as far as it goes.
      let size = generator.below(2) == 0 ? thread.count : generator.below(thread.count + 1)
      let parent = size > 0 ? comment.parent : nil
      return [(comment, false), (stranger, true)].map { tested, isMisplaced in
        PairLearning.Row(
          relevance: relevance(tested.profile, in: own, thread: thread.prefix(size), parent: parent), isMisplaced: isMisplaced, part: part,
          group: own.key, length: tested.profile.length)
      }
    }
  }

  private func relevance(_ profile: TextProfile, in place: Place, thread: ArraySlice<Int>, parent: Int?) -> Relevance {
    let comments = place.conversation.comments
    var threadProfile = ThreadProfile()
    var overlap = ThreadOverlap()
    for comment in thread { threadProfile.join(comments[comment].profile, &overlap, background) }
    func relevance(_ profile: TextProfile, parent: ParentProfile?) -> Relevance {
      threadProfile.compare(profile, &overlap, background)
      return Relevance(profile, article: place.article, parent: parent, thread: &overlap, background)
    }
    return relevance(
      profile,
      parent: parent.map { ParentProfile(comments[$0].profile, relevance: relevance(comments[$0].profile, parent: nil).ofParent) })
  }

  /// Cosine of the idf vectors of two topics.
  private func likeness(_ first: Place, _ second: Place) -> Double {
    let (shared, mass) = masses(first, second.topic)
    let (_, otherMass) = masses(second, first.topic)
    return mass > 0 && otherMass > 0 ? shared / (mass * otherMass).squareRoot() : 0
  }

  private func masses(_ place: Place, _ topic: BucketCounts) -> (shared: Double, mass: Double) {
    var (shared, mass) = (0.0, 0.0)
    for word in place.topicWords {
      let information = background.information(.idf, word)
      mass += information * information
      if topic[word] > 0 { shared += information * information }
    }
    return (shared, mass)
  }
}
