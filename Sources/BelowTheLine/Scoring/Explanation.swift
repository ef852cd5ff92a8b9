/// A score taken apart: logit = bias + the shares of all tokens + the shares of the comment's place.
///
/// A feature that stands on two tokens is shared evenly between them; one that counts once for all occurrences of a word
/// is shared evenly among these occurrences. Nothing is left over: the shares add up to the logit.
public struct Explanation: Sendable {
  public struct TokenShare: Sendable {
    public var text: String
    /// UTF-8 and UTF-16 offsets in the original text.
    public var range: Range<Int>
    public var utf16Range: Range<Int>
    public var share: Double
    /// How the word was read and what was undone for that; nil where it was not disguised.
    public var unmasked: (text: String, disguises: Disguises)?
  }

  public struct PlaceShare: Sendable {
    /// For example `words shared with the article`.
    public var name: String
    /// As ``RelevanceFeature`` defines it.
    public var value: Double
    public var share: Double
  }

  public var label: String
  public var logit: Double
  public var bias: Double
  /// Every token of the text, in order.
  public var tokens: [TokenShare]
  /// Empty for labels that do not look at the place.
  public var place: [PlaceShare]
  /// Telling words by where else they stand; empty for labels that do not look at the place.
  public var words: SharedWords

  public var probability: Double { Elementary.sigmoid(logit) }

  /// The comment in pieces, in order: each token with its share, and what stands between tokens with 0. Nothing is left out.
  ///
  /// - Parameter text: of the comment that this explains.
  public func pieces(of text: String) -> [(text: String, share: Double)] {
    let bytes = Array(text.utf8)
    var pieces: [(text: String, share: Double)] = []
    var position = 0
    func append(_ range: Range<Int>, _ share: Double) {
      guard !range.isEmpty else { return }
      pieces.append((String(decoding: bytes[range], as: UTF8.self), share))
      position = range.upperBound
    }
    // Bigrams of scripts without spaces overlap: of each only what the one before left over is shown.
    for token in tokens where token.range.upperBound > position {
      let start = max(position, token.range.lowerBound)
      append(position..<start, 0)
      append(start..<token.range.upperBound, token.share)
    }
    append(position..<bytes.count, 0)
    return pieces
  }

  /// Tokens that weigh most, for the label first, each text once.
  ///
  /// - Parameter count: at most this many.
  /// - Complexity: O(tokens × count).
  public func strongestTokens(_ count: Int) -> [TokenShare] {
    var strongest: [TokenShare] = []
    var texts: [String] = []
    for token in tokens {
      func isWeaker(_ other: TokenShare) -> Bool { abs(other.share) < abs(token.share) }
      if strongest.count >= count, strongest.last.map(isWeaker) != true { continue }
      let text = token.text.lowercased()
      if let same = texts.firstIndex(of: text) {
        guard isWeaker(strongest[same]) else { continue }
        strongest.remove(at: same)
        texts.remove(at: same)
      } else if strongest.count >= count {
        strongest.removeLast()
        texts.removeLast()
      }
      let rank = strongest.firstIndex(where: isWeaker) ?? strongest.count
      strongest.insert(token, at: rank)
      texts.insert(text, at: rank)
    }
    return strongest.sorted { $0.share > $1.share }
  }
}

extension Scorer {
  /// Explains each label that has a score.
  ///
  /// - Parameter score: of this very comment.
  /// - Complexity: O(bytes × labels).
  public func explain(_ comment: Comment, _ score: CommentScore) -> [Explanation] {
    let text = Array(comment.text.utf8)
    var buffer = TokenBuffer()
    tokenizer.tokenize(text.span, into: &buffer)
    let utf16 = buffer.utf16Ranges(in: text.span)
    let shares = tokenShares(buffer)
    let unweighed = buffer.tokens.enumerated().map { index, token in
      Explanation.TokenShare(
        text: String(decoding: text[token.range], as: UTF8.self), range: token.range, utf16Range: utf16[index], share: 0,
        unmasked: token.disguises.isEmpty ? nil : (buffer.foldedText(of: token), token.disguises))
    }

    return model.heads.indices.compactMap { head in
      guard let logit = score.logits[head] else { return nil }
      var tokens = unweighed
      for index in tokens.indices { tokens[index].share = shares[head][index] }
      let relevance = model.heads[head].usesContext ? score.relevance : nil
      var place: [Explanation.PlaceShare] = []
      if let relevance, let context = relevance.context {
        let weights = model.relevanceWeights[head]
        place.append(Explanation.PlaceShare(name: context.name, value: 1, share: weights.bias(context)))
        for feature in RelevanceFeature.allCases {
          place.append(
            Explanation.PlaceShare(
              name: feature.name, value: relevance[feature],
              share: weights.share(feature, of: relevance, in: context, model.relevanceScale)))
        }
      }
      return Explanation(
        label: model.heads[head].label, logit: logit, bias: model.heads[head].bias, tokens: tokens, place: place,
        words: SharedWords(relevance, buffer, tokens))
    }
  }

  /// The tokens of a text, and what each adds to the logit of each label: what ``explain(_:_:)`` says of them, without its words.
  ///
  /// - Returns: where the tokens are, in UTF-8 offsets; and by label, in the model's order, a share a token.
  /// - Complexity: O(bytes + features × labels).
  package func tokenShares(of text: String) -> (ranges: [Range<Int>], shares: [[Double]]) {
    var buffer = TokenBuffer()
    tokenizer.tokenize(text, into: &buffer)
    return (buffer.tokens.map(\.range), tokenShares(buffer))
  }

  private func tokenShares(_ buffer: borrowing TokenBuffer) -> [[Double]] {
    struct Feature {
      let block: FeatureBlock
      let bucket: UInt32
      let first: UInt32
      let last: UInt32
    }
    var features: [Feature] = []
    // Of a word's bytes each is in some five n-grams; of a long text most words were met before.
    features.reserveCapacity(min(6 * buffer.folded.count, 1 << 14))
    var counts = [0, 0]
    var extractor = FeatureExtractor(model.features)
    extractor.forEachFeature(in: buffer) { block, bucket, tokens in
      features.append(
        Feature(block: block, bucket: UInt32(bucket), first: UInt32(tokens.lowerBound), last: UInt32(tokens.upperBound)))
      counts[block.rawValue] += 1
    }
    let norms = BlockNorms(model.features, words: counts[0], characters: counts[1])
    let words = model.features.weighting == .binary ? Occurrences(buffer) : nil
    let weights = model.weights
    return model.heads.indices.map { head in
      guard let column = model.textHeads.firstIndex(of: head) else { return [Double](repeating: 0, count: buffer.count) }
      return [Double](unsafeUninitializedCapacity: buffer.count) { shares, initialized in
        shares.initialize(repeating: 0)
        initialized = buffer.count
        for feature in features {
          let (first, last) = (Int(feature.first), Int(feature.last))
          let weight = Double(weights[Int(feature.bucket) * model.columns + column]) * norms[feature.block]
          if let words, first == last {
            words.forEach(from: first) { place, count in shares[place] += weight / count }
          } else {
            for token in first...last { shares[token] += weight / Double(last - first + 1) }
          }
        }
      }
    }
  }
}

/// Where each word of a text stands.
private struct Occurrences {
  /// By token: how often its word stands there, told at the first.
  private var counts: [Double]
  /// By token: the next one with the same word.
  private var next: [Int?]

  init(_ buffer: borrowing TokenBuffer) {
    counts = [Double](repeating: 1, count: buffer.count)
    next = [Int?](repeating: nil, count: buffer.count)
    let words = Self.words(of: buffer)
    // Of each word that was met: where it stands first and last. An open hash table, at most half full.
    var slots = [(first: Int, last: Int)?](repeating: nil, count: 2 << (Int.bitWidth - buffer.count.leadingZeroBitCount))
    for index in words.indices {
      var slot = Int(truncatingIfNeeded: FeatureHash.spread(words[index]) >> 32) & (slots.count - 1)
      while let known = slots[slot], words[known.first] != words[index] { slot = (slot + 1) & (slots.count - 1) }
      if let known = slots[slot] {
        counts[known.first] += 1
        next[known.last] = index
      }
      slots[slot] = (slots[slot]?.first ?? index, index)
    }
  }

  /// The hash of each token's word.
  private static func words(of buffer: borrowing TokenBuffer) -> [UInt64] {
    buffer.withUnsafeTokens { tokens, folded in
      tokens.map { token in
        let range = token.kind == .mention ? FeatureExtractor.represented(token) : token.foldedRange
        let hash = FeatureExtractor.hash(token.kind, folded, range)
        return token.isQuoted ? ~hash : hash
      }
    }
  }

  /// Calls `body` with the places of the word whose first one this is, and their number.
  @inline(__always)
  func forEach(from first: Int, _ body: (_ place: Int, _ count: Double) -> Void) {
    var place: Int? = first
    while let at = place {
      body(at, counts[first])
      place = next[at]
    }
  }
}

/// Telling words of a comment, each group the rarest first.
public struct SharedWords: Sendable {
  public private(set) var withArticle: [String] = []
  public private(set) var withParent: [String] = []
  public private(set) var withThread: [String] = []
  /// Those that stand nowhere else.
  public private(set) var new: [String] = []
  /// Topics of which both the comment and what it stands under speak, what weighs most first.
  public private(set) var topics: [String] = []
  private var known: (article: Bool, parent: Bool, thread: Bool) = (false, false, false)

  /// What the comment could be compared with, and the words: `article`, `parent`, `thread`, and at last `new`.
  public var groups: [(key: String, words: [String])] {
    let all = [("article", withArticle, known.article), ("parent", withParent, known.parent), ("thread", withThread, known.thread)]
    return all.filter(\.2).map { (key: $0.0, words: $0.1) } + [(key: "new", words: new)]
  }

  init(_ relevance: Relevance?, _ buffer: borrowing TokenBuffer, _ tokens: [Explanation.TokenShare]) {
    guard let relevance else { return }
    known = (relevance.hasArticle, relevance.hasParent, relevance.hasThread)
    topics = relevance.topics.map(\.name)
    var words = relevance.words
    var telling: [(place: WordPlace, token: Int)] = []
    for (index, token) in buffer.tokens.enumerated() {
      guard let bucket = TextProfiler.wordBucket(of: token, in: buffer), let place = words.removeValue(forKey: bucket) else { continue }
      telling.append((place, index))
    }
    telling.sort { ($1.place.information, $0.token) < ($0.place.information, $1.token) }
    for (place, token) in telling {
      let text = tokens[token].text
      if place.isInArticle { withArticle.append(text) }
      if place.isInParent { withParent.append(text) }
      if place.isInThread { withThread.append(text) }
      if !place.isInArticle, !place.isInParent, !place.isInThread { new.append(text) }
    }
  }
}
