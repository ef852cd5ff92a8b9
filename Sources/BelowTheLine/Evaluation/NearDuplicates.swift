/// Finds texts that are nearly the same, so that cross-validation does not test on what it has seen.
///
/// MinHash (Broder 1997) over runs of four words: 64 permutations in 16 bands of 4 (Leskovec, Rajaraman and Ullman,
/// *Mining of Massive Datasets*, section 3.4) bring texts together whose Jaccard similarity is about one half or more;
/// pairs are then checked on the whole signature.
package struct NearDuplicates: Sendable {
  package static let leastSimilarity = 0.5

  private static let bands = 16
  private static let rowsPerBand = 4
  private static let shingleLength = 4

  private let multipliers: [UInt64]
  private var parents: [Int] = []
  private var signatures: [[UInt32]] = []
  /// The first text of each bucket of each band.
  private var buckets: [UInt64: Int] = [:]

  package init() {
    var generator = SeededGenerator(seed: 0x6D69_6E68)
    multipliers = (0..<Self.bands * Self.rowsPerBand).map { _ in generator.next() | 1 }
  }

  /// Adds a text; its number is that of the texts added before.
  ///
  /// - Complexity: O(64 × tokens).
  package mutating func add(_ buffer: borrowing TokenBuffer) {
    let index = parents.count
    let signature = signature(buffer)
    parents.append(index)
    signatures.append(signature)
    for band in 0..<Self.bands {
      var key = FeatureHash.seed(UInt8(band))
      for row in 0..<Self.rowsPerBand { key = FeatureHash.join(key, UInt64(signature[band * Self.rowsPerBand + row])) }
      if let other = buckets[key] {
        if similarity(index, other) >= Self.leastSimilarity { unite(index, other) }
      } else {
        buckets[key] = index
      }
    }
  }

  /// For each text the first one of its group: itself where nothing is like it.
  package func groups() -> [Int] { parents.indices.map(root) }

  private func signature(_ buffer: borrowing TokenBuffer) -> [UInt32] {
    var words: [UInt64] = []
    for token in buffer.tokens where token.kind != .punctuation {
      words.append(FeatureHash.bytes(buffer.folded[token.foldedRange], seed: FeatureHash.seed(0)))
    }
    var signature = [UInt32](repeating: .max, count: multipliers.count)
    for start in 0...max(0, words.count - Self.shingleLength) {
      var shingle: UInt64 = 0
      for word in words[start..<min(words.count, start + Self.shingleLength)] { shingle = FeatureHash.join(shingle, word) }
      for permutation in multipliers.indices {
        let value = UInt32(truncatingIfNeeded: (shingle ^ shingle >> 31) &* multipliers[permutation] >> 32)
        if value < signature[permutation] { signature[permutation] = value }
      }
    }
    return signature
  }

  private func similarity(_ a: Int, _ b: Int) -> Double {
    let equal = zip(signatures[a], signatures[b]).count { $0 == $1 }
    return Double(equal) / Double(multipliers.count)
  }

  private func root(_ index: Int) -> Int {
    var index = index
    while parents[index] != index { index = parents[index] }
    return index
  }

  private mutating func unite(_ a: Int, _ b: Int) {
    let (first, second) = (root(a), root(b))
    // The earlier text leads, so that the group does not depend on the order of finding.
    parents[max(first, second)] = min(first, second)
  }
}
