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
  /// Two sums side by side, see ``Layout``.
  private typealias Sums = SIMD2<Double>

  private(set) var logits: [Double]
  private let model: Model
  private let weighing: Weighing
  private var sums = Scratch<Sums>()
  private var words: WordTable
  private var extractor: FeatureExtractor
  /// Where each word stands if it was met before; then the words that count, and how many these are.
  private var entries = Scratch<WordTable.EntryPointer>()
  private var countedWords = 0
  /// Words that were met for the first time, whose own weights memory is still to bring.
  private var awaited = Scratch<WordTable.EntryPointer>()
  private var awaitedWords = 0
  /// Of bigrams, or of words in quotations.
  private var features = Scratch<UInt64>()
  private var quotedHashes = Scratch<UInt64>()
  /// Of a text with quotations, those that stand in none.
  private var ownTokens = Scratch<Token>()
  private var seenFeatures = DistinctSet()
  /// Where labels look at the place of a comment: the words of the text, of each of which a ``WordProfile`` stands behind the weights.
  private var profiles = Scratch<UnsafePointer<WordProfile>>()
  private let profileOffset: Int
  private let makesProfiles: Bool
  /// Whether the last text was summed by words.
  private var knowsWords = false

  init(_ model: Model) {
    self.model = model
    weighing = Weighing(model)
    logits = model.heads.map(\.bias)
    profileOffset = weighing.layout.pairs * MemoryLayout<Sums>.stride
    makesProfiles = model.heads.contains { $0.usesContext }
    words = WordTable(bytesBehind: profileOffset + (makesProfiles ? MemoryLayout<WordProfile>.stride : 0))
    extractor = FeatureExtractor(model.features)
  }

  /// What all texts are weighed by.
  private struct Weighing {
    let space: FeatureSpace
    let lexicon: Lexicon
    let weights: WeightTable
    let layout: Layout

    init(_ model: Model) {
      space = model.features
      lexicon = model.background.lexicon
      weights = WeightTable(model)
      layout = Layout(columns: model.columns, hasCharacters: space.characterNGrams != nil)
    }

    var countsAll: Bool { space.weighting == .counts }
  }

  /// Where the sums of columns stand among pairs of numbers: words and characters apart, because their norms differ, and nothing for
  /// characters where there are none.
  private struct Layout {
    let columns: Int
    let blocks: Int

    init(columns: Int, hasCharacters: Bool) {
      self.columns = columns
      blocks = hasCharacters ? 2 : 1
    }

    var pairs: Int { (columns * blocks + 1) / 2 }

    @inline(__always)
    func place(_ column: Int, _ block: FeatureBlock) -> Int { column &* blocks &+ (block == .words ? 0 : 1) }
  }

  /// - Complexity: O(bytes), and O(bytes × length of the longest character n-gram) for words that are met for the first time.
  mutating func sum(_ buffer: borrowing TokenBuffer) {
    let (space, layout) = (weighing.space, weighing.layout)
    let sums = sums.room(for: layout.pairs)
    sums.initialize(repeating: .zero, count: layout.pairs)
    knowsWords = space.wordNGrams <= 2 && buffer.count <= WordTable.maximumTokens
    let counts = knowsWords ? sumWords(buffer) : sumEachFeature(buffer)
    let norms = BlockNorms(space, words: counts.words, characters: counts.characters)
    let values = UnsafeRawPointer(sums).assumingMemoryBound(to: Double.self)
    for (column, head) in model.textHeads.enumerated() {
      let characters = layout.blocks == 2 ? values[layout.place(column, .characters)] * norms.characters : 0
      logits[head] = model.heads[head].bias + values[layout.place(column, .words)] * norms.words + characters
    }
  }

  private struct FeatureCounts {
    var words = 0
    var characters = 0
  }

  private mutating func sumWords(_ buffer: borrowing TokenBuffer) -> FeatureCounts {
    buffer.withUnsafeTokens { tokens, folded in
      var text = Text(tokens: tokens, folded: folded)
      words.begin(tokens: tokens.count)
      _ = awaited.room(for: tokens.count)
      let quotedWords = buffer.hasQuotations ? setQuotedAside(&text) : 0
      var (counts, joinedWords) = addWords(text)
      let wordNGrams = weighing.space.wordNGrams
      if wordNGrams == 0 { counts.words = 0 }
      seenFeatures.removeAll()
      if wordNGrams > 1 { counts.words += addBigrams(of: joinedWords) }
      if wordNGrams > 0, quotedWords > 0 { counts.words += addQuoted(quotedWords) }
      return counts
    }
  }

  /// A text as the loops see it.
  private struct Text {
    var tokens: UnsafeBufferPointer<Token>
    let folded: UnsafeBufferPointer<UInt8>
  }

  /// Leaves only words that stand in no quotation in a text, and puts down the hashes of the others.
  ///
  /// - Returns: how many these are.
  private mutating func setQuotedAside(_ text: inout Text) -> Int {
    let hashes = quotedHashes.room(for: text.tokens.count)
    let tokens = ownTokens.room(for: text.tokens.count)
    var (own, quoted) = (0, 0)
    for index in text.tokens.indices {
      if text.tokens[index].isQuoted {
        hashes[quoted] = findOrMake(index, text).pointee.hash
        quoted += 1
      } else {
        tokens[own] = text.tokens[index]
        own += 1
      }
    }
    text.tokens = UnsafeBufferPointer(start: tokens, count: own)
    return quoted
  }

  /// Adds each word once, or each time it stands there where features are counted.
  ///
  /// - Returns: how many features these are; and how many words bigrams consist of, which are put down but not added yet.
  private mutating func addWords(_ text: Text) -> (counts: FeatureCounts, joinedWords: Int) {
    let tokens = text.tokens
    let entries = entries.room(for: tokens.count)
    for index in tokens.indices { entries[index] = words.candidate(tokens[index].key) }
    let firstBigram = features.room(for: tokens.count)
    let (number, weights) = (words.text, weighing.weights)
    let mark = weighing.countsAll ? 0 : number
    var (counted, bigram) = (entries, firstBigram)
    // What the word before contributes to a bigram.
    var before: UInt64 = 0
    for index in tokens.indices {
      var entry = entries[index]
      if entry.pointee.key != tokens[index].key { entry = findOrMake(index, text) }
      // No branches, which would be guessed wrong at every other word or mark. Those that count move to the front.
      counted.pointee = entry
      counted += WordTable.markFirst(entry, in: number, as: mark)
      bigram.pointee = FeatureHash.spread(entry.pointee.bigram(behind: before))
      // Memory brings them while the other words are looked up.
      prefetch(weights.of(bigram.pointee))
      bigram += Int(entry.pointee.joins)
      before = entry.pointee.opening(else: before)
    }
    countedWords = counted - entries
    takeAwaited()
    var counts = FeatureCounts(words: countedWords)
    if weighing.layout.blocks == 2 {
      for index in 0..<countedWords { counts.characters &+= Int(entries[index].pointee.characterNGrams) }
    }
    for pair in 0..<weighing.layout.pairs {
      var sum = Sums.zero
      for index in 0..<countedWords { sum += WordTable.behind(entries[index], as: Sums.self)[pair] }
      sums.memory[pair] = sum
    }
    return (counts, bigram - firstBigram)
  }

  /// The entry of a word, made where there is none.
  @inline(never)
  private mutating func findOrMake(_ index: Int, _ text: Text) -> WordTable.EntryPointer {
    let (weighing, makesProfiles, profileOffset) = (weighing, makesProfiles, profileOffset)
    let (token, awaited) = (text.tokens[index], awaited.memory + awaitedWords)
    return words.findOrMake(token.key) { entry in
      awaited.pointee = entry
      awaitedWords += 1
      guard makesProfiles else { return Self.fill(entry, token, text.folded, weighing) }
      let (folded, range) = (Span(_unsafeElements: text.folded), FeatureExtractor.represented(token))
      let hash = TextProfiler.hash(folded, range)
      // Memory brings them while the word's weights are added up.
      weighing.lexicon.prefetchTopics(of: hash)
      Self.fill(entry, token, text.folded, weighing)
      var profile = WordProfile(folded, range, hash: hash, weighing.lexicon)
      // Names are represented by less than they are, but no texts are compared by them.
      profile.isCut = entry.pointee.isContent != 0 && range.count < token.foldedRange.count
      Self.profile(behind: entry, profileOffset).initialize(to: profile)
    }
  }

  /// Puts each word once among those that count, those in quotations too.
  private mutating func countWords(_ tokens: UnsafeBufferPointer<Token>) {
    let text = words.beginAgain()
    let entries = entries.room(for: tokens.count)
    var counted = entries
    for token in tokens {
      // All words of the text are kept.
      let entry = words.findOrMake(token.key) { _ in }
      counted.pointee = entry
      counted += WordTable.markFirst(entry, in: text, as: text)
    }
    countedWords = counted - entries
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
    if buffer.hasQuotations { buffer.withUnsafeTokens { tokens, _ in countWords(tokens) } }
    let profiles = profiles.room(for: countedWords)
    var distinct = 0
    var isCut = false
    for entry in UnsafeBufferPointer(start: entries.memory, count: countedWords) {
      let profile = UnsafePointer(Self.profile(behind: entry, profileOffset))
      // Written in any case: whether it is a word or a mark is hard to foresee, and a wrong guess costs more.
      profiles[distinct] = profile
      distinct &+= Int(entry.pointee.isContent)
      isCut = isCut || profile.pointee.isCut
    }
    // A word that features see only the beginning of is known by that alone.
    if isCut { return profiler.profile(buffer) }
    let contentWords = buffer.withUnsafeTokens { tokens, _ in tokens.reduce(0) { $0 &+ TextProfiler.content($1.kind) } }
    return profiler.profile(
      ProfiledWords(length: contentWords, words: UnsafeBufferPointer(start: UnsafePointer(profiles), count: distinct)))
  }

  /// Finds out what a word weighs.
  @inline(never)
  private static func fill(_ entry: WordTable.EntryPointer, _ token: Token, _ folded: UnsafeBufferPointer<UInt8>, _ weighing: Weighing) {
    let (space, table, layout) = (weighing.space, weighing.weights, weighing.layout)
    let range = FeatureExtractor.represented(token)
    let hash = FeatureExtractor.hash(token.kind, folded, range)
    entry.pointee.hash = hash
    entry.pointee.setSides(FeatureHash.sides(hash), isJoined: FeatureExtractor.isJoined(token.kind, space))
    entry.pointee.isContent = TextProfiler.isContent(token.kind) ? 1 : 0
    let sums = UnsafeMutableRawPointer(WordTable.behind(entry, as: Sums.self)).assumingMemoryBound(to: Double.self)
    for place in 0..<2 * layout.pairs { sums[place] = 0 }
    prefetch(table.of(FeatureHash.spread(hash)))
    guard let lengths = space.characterNGrams, FeatureExtractor.hasCharacterNGrams(token.kind) else { return }
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: (range.count + 2) * lengths.count) { nGrams in
      var count = 0
      FeatureExtractor.forEachCharacterNGram(of: folded, range, lengths) { hash in
        nGrams[count] = FeatureHash.spread(hash)
        prefetch(table.of(nGrams[count]))
        count &+= 1
      }
      table.forEachSum(UnsafeBufferPointer(rebasing: nGrams[..<count])) { column, sum in sums[layout.place(column, .characters)] = sum }
      entry.pointee.characterNGrams = UInt16(truncatingIfNeeded: count)
    }
  }

  /// Puts down what words weigh that were met for the first time.
  private mutating func takeAwaited() {
    let (space, table, layout) = (weighing.space, weighing.weights, weighing.layout)
    for entry in UnsafeBufferPointer(start: awaited.memory, count: space.wordNGrams > 0 ? awaitedWords : 0) {
      let sums = UnsafeMutableRawPointer(WordTable.behind(entry, as: Sums.self)).assumingMemoryBound(to: Double.self)
      let weights = table.of(FeatureHash.spread(entry.pointee.hash))
      for column in 0..<layout.columns { sums[layout.place(column, .words)] = Double(weights[column]) }
    }
    awaitedWords = 0
  }

  /// Adds each bigram of so many words once, or each time where features are counted.
  ///
  /// - Returns: how many features these are.
  private mutating func addBigrams(of words: Int) -> Int {
    // The first is that of no word and the first one.
    words > 1 ? add(UnsafeMutableBufferPointer(start: features.memory + 1, count: words - 1)) : 0
  }

  /// Adds each word in quotations once, or each time where features are counted.
  ///
  /// - Returns: how many features these are.
  private mutating func addQuoted(_ words: Int) -> Int {
    let (hashes, weights) = (quotedHashes.memory, weighing.weights)
    let quoted = UnsafeMutableBufferPointer(start: features.room(for: words), count: words)
    for index in quoted.indices {
      quoted[index] = FeatureHash.spread(FeatureExtractor.quoted(hashes[index]))
      prefetch(weights.of(quoted[index]))
    }
    return add(quoted)
  }

  @inline(__always)
  private mutating func add(_ features: UnsafeMutableBufferPointer<UInt64>) -> Int {
    let distinct = weighing.countsAll ? features.count : seenFeatures.insert(features)
    let sums = UnsafeMutableRawPointer(sums.memory).assumingMemoryBound(to: Double.self)
    let layout = weighing.layout
    weighing.weights.forEachSum(UnsafeBufferPointer(rebasing: features[..<distinct])) { column, sum in
      sums[layout.place(column, .words)] += sum
    }
    return distinct
  }

  /// The plain walk over all features, for longer word n-grams and giant texts.
  private mutating func sumEachFeature(_ buffer: borrowing TokenBuffer) -> FeatureCounts {
    let (weights, layout) = (model.weights, weighing.layout)
    let sums = UnsafeMutableRawPointer(sums.memory).assumingMemoryBound(to: Double.self)
    var counts = FeatureCounts()
    extractor.forEachFeature(in: buffer) { block, bucket, _ in
      if block == .words { counts.words += 1 } else { counts.characters += 1 }
      for column in 0..<layout.columns { sums[layout.place(column, block)] += Double(weights[bucket * layout.columns + column]) }
    }
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

  /// Calls `body` with each column and what features weigh in it, summed up in their order.
  @inline(__always)
  func forEachSum(_ features: UnsafeBufferPointer<UInt64>, _ body: (_ column: Int, _ sum: Double) -> Void) {
    var first = 0
    while first &+ 1 < columns {
      var sum = SIMD2<Double>.zero
      for feature in features {
        let weights = of(feature) + first
        sum += [Double(weights[0]), Double(weights[1])]
      }
      body(first, sum.x)
      body(first &+ 1, sum.y)
      first &+= 2
    }
    if first < columns {
      var sum = 0.0
      for feature in features { sum += Double((of(feature) + first).pointee) }
      body(first, sum)
    }
  }
}
