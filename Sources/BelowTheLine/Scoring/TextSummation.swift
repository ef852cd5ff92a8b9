/// Adds up what the features of one text weigh, for each label:
///
///     logit = bias + (Σ word features) / √(their number) + (Σ character features) / √(their number)
///
/// Several passes, each a short loop whose steps do not depend on each other, so that the processor waits for the memory of many at
/// once: what tells the words apart; where the ``WordCache`` has them; what they weigh, and the hashes of neighbours joined to bigrams;
/// each bigram once; the weights of the bigrams from the model's table.
///
/// The additions have one order, whatever thread, chunk or file the text comes from, and whatever the cache holds.
struct TextSummation: ~Copyable {
  private(set) var logits: [Double]
  private var sums: [WordCache.Weights]
  private var cache: WordCache
  private var extractor: FeatureExtractor
  private var seenBigrams = DistinctSet()
  private var candidates = Scratch<UInt32>()
  private var entries = Scratch<UnsafeMutablePointer<WordCache.Entry>>()
  private var bigrams = Scratch<UInt64>()

  init(_ model: Model) {
    logits = [Double](repeating: 0, count: model.heads.count)
    sums = [WordCache.Weights](repeating: .zero, count: model.heads.count)
    cache = WordCache(heads: model.heads.count)
    extractor = FeatureExtractor(model.features)
  }

  /// - Complexity: O(bytes), and O(bytes × length of the longest character n-gram) for words that are met for the first time.
  mutating func sum(_ buffer: borrowing TokenBuffer, _ model: Model) {
    let space = model.features
    for head in sums.indices { sums[head] = .zero }
    let counts: FeatureCounts
    if space.wordNGrams <= 2, buffer.tokens.count <= WordCache.maximumTokens {
      counts = sumWords(buffer, model)
    } else {
      counts = sumEachFeature(buffer, model)
    }
    let norms = BlockNorms(space, words: counts.words, characters: counts.characters)
    for head in sums.indices {
      logits[head] = model.heads[head].bias + sums[head].x * norms.words + sums[head].y * norms.characters
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
    let space: FeatureSpace
    let heads: Int
    let weights: UnsafeBufferPointer<Float>

    /// Where the weights of a feature stand, one a label.
    @inline(__always)
    func start(_ hash: UInt64) -> Int { FeatureHash.bucket(hash, bits: space.bits) &* heads }
  }

  private mutating func sumWords(_ buffer: borrowing TokenBuffer, _ model: Model) -> FeatureCounts {
    buffer.withUnsafeTokens { tokens, keys, folded in
      let work = Work(
        tokens: tokens, keys: keys, folded: folded, space: model.features, heads: model.heads.count, weights: model.weights)
      cache.begin(tokens: tokens.count)
      findEntries(work)
      // With the number of labels known, their sums stay in registers.
      var (counts, bigrams) =
        switch work.heads {
        case 1: addWords(work, heads: 1)
        case 2: addWords(work, heads: 2)
        case let heads: addWords(work, heads: heads)
        }
      switch work.space.wordNGrams {
      case 0: counts.words = 0
      case 1: break
      default: counts.words += addBigrams(bigrams, work)
      }
      return counts
    }
  }

  /// Finds the entries of all tokens, and makes those of words that the cache does not have.
  private mutating func findEntries(_ work: Work) {
    let count = work.tokens.count
    let candidates = candidates.room(for: count)
    for index in 0..<count { candidates[index] = cache.candidate(work.keys[index]) }
    let entries = entries.room(for: count)
    for index in 0..<count {
      entries[index] =
        cache.entry(of: work.keys[index], candidate: candidates[index])
        ?? cache.entry(of: work.keys[index]) { entry, weights in Self.fill(entry, weights, work.tokens[index], work) }
    }
  }

  /// What a word weighs.
  @inline(never)
  private static func fill(
    _ entry: UnsafeMutablePointer<WordCache.Entry>, _ sums: UnsafeMutablePointer<WordCache.Weights>, _ token: Token, _ work: Work
  ) {
    let range = FeatureExtractor.represented(token)
    let hash = FeatureExtractor.hash(token.kind, work.folded, range)
    entry.pointee.hash = hash
    let word = work.start(hash)
    for head in 0..<work.heads { sums[head] = [work.space.wordNGrams > 0 ? Double(work.weights[word + head]) : 0, 0] }
    guard let lengths = work.space.characterNGrams, FeatureExtractor.hasCharacterNGrams(token.kind) else { return }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: (range.count + 2) * lengths.count) { starts in
      var count = 0
      FeatureExtractor.forEachCharacterNGram(of: work.folded, range, lengths) { hash in
        starts[count] = work.start(hash)
        count += 1
      }
      for head in 0..<work.heads {
        var sum = 0.0
        for index in 0..<count { sum += Double(work.weights[starts[index] + head]) }
        sums[head].y = sum
      }
      entry.pointee.characterNGrams = UInt32(truncatingIfNeeded: count)
    }
  }

  /// Adds each word once, or each time it stands there where features are counted.
  ///
  /// - Returns: how many features these are, and how many bigrams were put down.
  @inline(__always)
  private mutating func addWords(_ work: Work, heads: Int) -> (counts: FeatureCounts, bigrams: Int) {
    let entries = entries.room(for: work.tokens.count)
    let bigrams = bigrams.room(for: work.tokens.count)
    var counts = FeatureCounts()
    var bigramCount = 0
    let countsAll = work.space.weighting == .counts ? 1 : 0
    sums.withUnsafeMutableBufferPointer { sums in
      var previous: UInt64?
      for index in 0..<work.tokens.count {
        let entry = entries[index]
        let times = cache.markFirst(entry) | countsAll
        counts.words &+= times
        counts.characters &+= times &* Int(entry.pointee.characterNGrams)
        let weights = cache.weights(of: entry)
        for head in 0..<heads { sums[head] += weights[head] * Double(times) }
        guard work.tokens[index].kind != .punctuation else { continue }
        let hash = entry.pointee.hash
        if let previous {
          bigrams[bigramCount] = FeatureHash.join(previous, hash)
          bigramCount &+= 1
        }
        previous = hash
      }
    }
    return (counts, bigramCount)
  }

  /// Adds each bigram once, or each time where features are counted.
  ///
  /// - Returns: how many features these are.
  private mutating func addBigrams(_ count: Int, _ work: Work) -> Int {
    let bigrams = UnsafeMutableBufferPointer(start: bigrams.room(for: count), count: count)
    var distinct = count
    if work.space.weighting == .binary {
      seenBigrams.removeAll()
      distinct = seenBigrams.insert(bigrams)
    }
    for index in 0..<distinct { bigrams[index] = UInt64(truncatingIfNeeded: work.start(bigrams[index])) }
    for head in sums.indices {
      var sum = 0.0
      for index in 0..<distinct { sum += Double(work.weights[Int(truncatingIfNeeded: bigrams[index]) &+ head]) }
      sums[head].x += sum
    }
    return distinct
  }

  /// The plain walk over all features, for longer word n-grams and giant texts.
  private mutating func sumEachFeature(_ buffer: borrowing TokenBuffer, _ model: Model) -> FeatureCounts {
    let heads = model.heads.count
    let weights = model.weights
    var counts = FeatureCounts()
    var sums = sums
    extractor.forEachFeature(in: buffer) { block, bucket, _ in
      switch block {
      case .words:
        counts.words += 1
        for head in 0..<heads { sums[head].x += Double(weights[bucket * heads + head]) }
      case .characters:
        counts.characters += 1
        for head in 0..<heads { sums[head].y += Double(weights[bucket * heads + head]) }
      }
    }
    self.sums = sums
    return counts
  }
}
