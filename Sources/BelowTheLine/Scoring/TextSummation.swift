private import Prefetch

/// Adds up what the features of one text weigh, for each label:
///
///     logit = bias + (Σ word features) / √(their number) + (Σ character features) / √(their number)
///
/// A word is looked up once for all it adds: what it weighs, its character n-grams included, is the same wherever it stands. Neighbours
/// are joined to bigrams, told apart, and gathered from the model's table, in short loops whose steps do not depend on each other, so
/// that the processor waits for the memory of many at once.
///
/// The additions have one order, whatever thread, chunk or file the text comes from, and whatever words are known: a sum that is
/// remembered has the same bits as one made anew.
struct TextSummation: ~Copyable {
  /// Of two labels that have weights side by side, each words and characters apart because their norms differ; zeros for the label that an
  /// odd number of them lacks.
  private typealias Weights = SIMD4<Double>

  private(set) var logits: [Double]
  /// One for two labels, as behind each word.
  private var sums: [Weights]
  private var words: WordTable
  private var extractor: FeatureExtractor
  /// The words that count, and how many they are.
  private var counted = Scratch<WordTable.EntryPointer>()
  private var countedWords = 0
  /// How many words of the text texts are compared by.
  private var contentWords = 0
  /// Of the words that bigrams consist of, and then of the bigrams.
  private var hashes = Scratch<UInt64>()
  /// Of the words in quotations, and then their features.
  private var quotedHashes = Scratch<UInt64>()
  private var seenFeatures = DistinctSet()
  /// Where labels look at the place of a comment: the words of the text, of each of which a ``WordProfile`` stands behind the weights.
  private var profiles = Scratch<UnsafePointer<WordProfile>>()
  private let profileOffset: Int
  private let makesProfiles: Bool
  /// Whether the last text was summed by words.
  private var knowsWords = false

  init(_ model: Model) {
    logits = model.heads.map(\.bias)
    sums = [Weights](repeating: .zero, count: (model.columns + 1) / 2)
    profileOffset = sums.count * MemoryLayout<Weights>.stride
    makesProfiles = model.heads.contains { $0.usesContext }
    words = WordTable(
      bytesBehind: profileOffset + (makesProfiles ? WordProfile.room : 0))
    extractor = FeatureExtractor(model.features)
  }

  /// - Complexity: O(bytes), and O(bytes × length of the longest character n-gram) for words that are met for the first time.
  mutating func sum(_ buffer: borrowing TokenBuffer, _ model: Model) {
    let space = model.features
    for pair in sums.indices { sums[pair] = .zero }
    let counts: FeatureCounts
    knowsWords = space.wordNGrams <= 2 && buffer.tokens.count <= WordTable.maximumTokens
    if knowsWords {
      counts = sumWords(buffer, model)
    } else {
      counts = sumEachFeature(buffer, model)
    }
    let norms = BlockNorms(space, words: counts.words, characters: counts.characters)
    for (column, head) in model.textHeads.enumerated() {
      let (words, characters) = (sums[column / 2][column % 2 * 2], sums[column / 2][column % 2 * 2 + 1])
      logits[head] = model.heads[head].bias + words * norms.words + characters * norms.characters
    }
  }

  private struct FeatureCounts {
    var words = 0
    var characters = 0
  }

  /// A text as the loops see it, and what they need to know of the model.
  private struct Work {
    let tokens: UnsafeBufferPointer<Token>
    let keys: UnsafeBufferPointer<WordKey>
    let folded: UnsafeBufferPointer<UInt8>
    let lexicon: Lexicon
    let space: FeatureSpace
    let weights: WeightTable
    let hasQuotations: Bool

    var countsAll: Bool { space.weighting == .counts }
  }

  private mutating func sumWords(_ buffer: borrowing TokenBuffer, _ model: Model) -> FeatureCounts {
    buffer.withUnsafeTokens { tokens, keys, folded in
      let work = Work(
        tokens: tokens, keys: keys, folded: folded, lexicon: model.background.lexicon, space: model.features, weights: WeightTable(model),
        hasQuotations: buffer.hasQuotations)
      var (counts, joinedWords, quotedWords) = addWords(work)
      if work.space.wordNGrams == 0 { counts.words = 0 }
      seenFeatures.removeAll()
      if work.space.wordNGrams > 1 { counts.words += addBigrams(of: joinedWords, work) }
      if work.space.wordNGrams > 0, quotedWords > 0 { counts.words += addQuoted(quotedWords, work) }
      return counts
    }
  }

  /// Adds each word once, or each time it stands there where features are counted.
  ///
  /// - Returns: how many features these are; and of how many words, which bigrams consist of, the hash was put down, and of how many in
  ///   quotations, which are not added yet.
  private mutating func addWords(_ work: Work) -> (counts: FeatureCounts, joinedWords: Int, quotedWords: Int) {
    let tokens = work.tokens
    words.begin(tokens: tokens.count)
    let entries = words.find(work.keys) { index, entry in
      guard makesProfiles else { return Self.fill(entry, tokens[index], work) }
      let (folded, range) = (Span(_unsafeElements: work.folded), FeatureExtractor.represented(tokens[index]))
      let hash = TextProfiler.hash(folded, range)
      // Memory brings them while the word's weights are added up.
      work.lexicon.prefetchTopics(of: hash)
      Self.fill(entry, tokens[index], work)
      var profile = WordProfile(folded, range, hash: hash, work.lexicon)
      // Names are represented by less than they are, but no texts are compared by them.
      profile.isCut = entry.pointee.isContent != 0 && range.count < tokens[index].foldedRange.count
      Self.profile(behind: entry, profileOffset).initialize(to: profile)
    }
    let countsAll = work.countsAll ? 1 : 0
    let counted = counted.room(for: tokens.count)
    let hashes = hashes.room(for: tokens.count)
    var (countedWords, joinedWords, contentWords, quotedWords) = (0, 0, 0, 0)
    if work.hasQuotations {
      let quotedHashes = quotedHashes.room(for: tokens.count)
      for index in tokens.indices {
        let entry = entries[index]
        contentWords &+= Int(entry.pointee.isContent)
        if tokens[index].isQuoted {
          quotedHashes[quotedWords] = entry.pointee.hash
          quotedWords &+= 1
        } else {
          counted[countedWords] = entry
          countedWords &+= words.markFirst(entry) | countsAll
          hashes[joinedWords] = entry.pointee.hash
          joinedWords &+= Int(entry.pointee.joins)
        }
      }
    } else {
      // No branches, which would be guessed wrong at every other word or mark.
      for index in tokens.indices {
        let entry = entries[index]
        counted[countedWords] = entry
        countedWords &+= words.markFirst(entry) | countsAll
        hashes[joinedWords] = entry.pointee.hash
        joinedWords &+= Int(entry.pointee.joins)
        contentWords &+= Int(entry.pointee.isContent)
      }
    }
    (self.countedWords, self.contentWords) = (countedWords, contentWords)
    var counts = FeatureCounts(words: countedWords)
    if work.space.characterNGrams != nil {
      for index in 0..<countedWords { counts.characters &+= Int(counted[index].pointee.characterNGrams) }
    }
    for pair in sums.indices {
      var sum = Weights.zero
      for index in 0..<countedWords { sum += WordTable.behind(counted[index], as: Weights.self)[pair] }
      sums[pair] = sum
    }
    return (counts, joinedWords, quotedWords)
  }

  /// Puts each word once among those that count.
  private mutating func countWords(_ entries: UnsafePointer<WordTable.EntryPointer>, _ count: Int) -> Int {
    words.beginAgain()
    let counted = counted.room(for: count)
    var distinct = 0
    for index in 0..<count {
      counted[distinct] = entries[index]
      distinct &+= words.markFirst(entries[index])
    }
    return distinct
  }

  @inline(__always)
  private static func profile(behind entry: WordTable.EntryPointer, _ offset: Int)
    -> UnsafeMutablePointer<WordProfile>
  {
    UnsafeMutableRawPointer(WordTable.behind(entry, as: UInt8.self) + offset).assumingMemoryBound(
      to: WordProfile.self)
  }

  /// The profile of the text that was summed last.
  ///
  /// - Complexity: O(bytes), less than that of ``TextProfiler/profile(_:)`` for words that were met before.
  mutating func profile(_ buffer: borrowing TokenBuffer, _ profiler: inout TextProfiler) -> TextProfile {
    guard makesProfiles, knowsWords else { return profiler.profile(buffer) }
    // Those in quotations are words of the text like others.
    if buffer.hasQuotations { countedWords = countWords(words.found, buffer.tokens.count) }
    let profiles = profiles.room(for: countedWords)
    var distinct = 0
    var isCut = false
    for entry in UnsafeBufferPointer(start: counted.memory, count: countedWords) {
      let profile = UnsafePointer(Self.profile(behind: entry, profileOffset))
      // Written in any case: whether it is a word or a mark is hard to foresee, and a wrong guess costs more.
      profiles[distinct] = profile
      distinct &+= Int(entry.pointee.isContent)
      isCut = isCut || profile.pointee.isCut
    }
    // A word that features see only the beginning of is known by that alone.
    if isCut { return profiler.profile(buffer) }
    return profiler.profile(
      ProfiledWords(length: contentWords, words: UnsafeBufferPointer(start: UnsafePointer(profiles), count: distinct)))
  }

  /// Finds out what a word weighs.
  @inline(never)
  private static func fill(
    _ entry: UnsafeMutablePointer<WordTable.Entry>, _ token: Token, _ work: Work
  ) {
    let range = FeatureExtractor.represented(token)
    let hash = FeatureExtractor.hash(token.kind, work.folded, range)
    entry.pointee.hash = hash
    entry.pointee.joins = FeatureExtractor.isJoined(token.kind, work.space) ? 1 : 0
    entry.pointee.isContent = TextProfiler.isContent(token.kind) ? 1 : 0
    let sums = UnsafeMutableRawPointer(WordTable.behind(entry, as: Weights.self)).assumingMemoryBound(to: SIMD2<Double>.self)
    let weights = work.weights.of(FeatureHash.spread(hash))
    if work.weights.columns % 2 != 0 { sums[work.weights.columns] = .zero }
    for column in 0..<work.weights.columns { sums[column] = [work.space.wordNGrams > 0 ? Double(weights[column]) : 0, 0] }
    guard let lengths = work.space.characterNGrams, FeatureExtractor.hasCharacterNGrams(token.kind) else { return }
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: (range.count + 2) * lengths.count) { nGrams in
      let table = work.weights
      var count = 0
      FeatureExtractor.forEachCharacterNGram(of: work.folded, range, lengths) { hash in
        nGrams[count] = FeatureHash.spread(hash)
        prefetch(table.of(nGrams[count]))
        count &+= 1
      }
      for first in Swift.stride(from: 0, to: table.columns, by: 2) {
        let sum = table.sum(UnsafeBufferPointer(rebasing: nGrams[..<count]), columns: first)
        sums[first].y = sum.x
        if first + 1 < table.columns { sums[first + 1].y = sum.y }
      }
      entry.pointee.characterNGrams = UInt16(truncatingIfNeeded: count)
    }
  }

  /// Adds each bigram once, or each time where features are counted.
  ///
  /// - Returns: how many features these are.
  private mutating func addBigrams(of words: Int, _ work: Work) -> Int {
    let bigrams = UnsafeMutableBufferPointer(start: hashes.room(for: words), count: max(words - 1, 0))
    let weights = work.weights
    for index in bigrams.indices {
      bigrams[index] = FeatureHash.spread(FeatureHash.join(bigrams[index], bigrams[index &+ 1]))
      // Memory brings them while the bigrams are told apart.
      prefetch(weights.of(bigrams[index]))
    }
    return add(bigrams, weights, countsAll: work.countsAll)
  }

  /// Adds each word in quotations once, or each time where features are counted.
  ///
  /// - Returns: how many features these are.
  private mutating func addQuoted(_ words: Int, _ work: Work) -> Int {
    let features = UnsafeMutableBufferPointer(start: quotedHashes.memory, count: words)
    for index in features.indices {
      features[index] = FeatureHash.spread(FeatureExtractor.quoted(features[index]))
      prefetch(work.weights.of(features[index]))
    }
    return add(features, work.weights, countsAll: work.countsAll)
  }

  @inline(__always)
  private mutating func add(_ features: UnsafeMutableBufferPointer<UInt64>, _ weights: WeightTable, countsAll: Bool) -> Int {
    let distinct = countsAll ? features.count : seenFeatures.insert(features)
    for pair in sums.indices {
      sums[pair].evenHalf += weights.sum(UnsafeBufferPointer(rebasing: features[..<distinct]), columns: 2 * pair)
    }
    return distinct
  }

  /// The plain walk over all features, for longer word n-grams and giant texts.
  private mutating func sumEachFeature(_ buffer: borrowing TokenBuffer, _ model: Model)
    -> FeatureCounts
  {
    let columns = model.columns
    let weights = model.weights
    var counts = FeatureCounts()
    var sums = sums
    extractor.forEachFeature(in: buffer) { block, bucket, _ in
      switch block {
      case .words:
        counts.words += 1
        for column in 0..<columns {
          sums[column / 2][column % 2 * 2] += Double(weights[bucket * columns + column])
        }
      case .characters:
        counts.characters += 1
        for column in 0..<columns {
          sums[column / 2][column % 2 * 2 + 1] += Double(weights[bucket * columns + column])
        }
      }
    }
    self.sums = sums
    return counts
  }
}

/// The weights of a model, those of a bucket side by side. Features are named by ``FeatureHash/spread(_:)``.
private struct WeightTable {
  /// How many a bucket has.
  let columns: Int
  private let weights: UnsafePointer<Float>
  private let shift: UInt64

  init(_ model: Model) {
    guard let weights = model.weights.baseAddress else { preconditionFailure("a model without weights") }
    self.weights = weights
    columns = model.columns
    shift = UInt64(64 - model.features.bits)
  }

  /// Of a feature, one a column.
  @inline(__always)
  func of(_ feature: UInt64) -> UnsafePointer<Float> { weights + Int(truncatingIfNeeded: feature &>> shift) &* columns }

  /// Adds up what features weigh in two columns, the first of which is given; for the last of an odd number, zero stands beside it.
  @inline(__always)
  func sum(_ features: UnsafeBufferPointer<UInt64>, columns first: Int) -> SIMD2<Double> {
    var sum = SIMD2<Double>.zero
    if first + 1 < columns {
      for feature in features {
        let weights = of(feature) + first
        sum += [Double(weights[0]), Double(weights[1])]
      }
    } else {
      for feature in features { sum.x += Double((of(feature) + first).pointee) }
    }
    return sum
  }
}
