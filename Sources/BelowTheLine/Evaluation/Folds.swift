/// Grouped cross-validation: rows of one group are never split between training and test.
public enum Folds {
  /// Deals groups into folds of nearly equal size: the largest first, each to the smallest fold so far; ties by seed.
  ///
  /// - Parameters:
  ///   - groups: one a row.
  ///   - count: 2 or more.
  /// - Returns: the fold of each row, in 0..<count. Fewer groups than folds leave folds empty.
  /// - Complexity: O(n log n).
  public static func assign(groups: [String], count: Int, seed: UInt64) -> [Int] {
    precondition(count >= 2)
    var sizes: [String: Int] = [:]
    for group in groups { sizes[group, default: 0] += 1 }
    let keyed = sizes.map { (rank: (-$0.value, shuffleKey($0.key, seed), $0.key), group: $0.key, size: $0.value) }
    let ordered = keyed.sorted { $0.rank < $1.rank }
    var totals = [Int](repeating: 0, count: count)
    var folds: [String: Int] = [:]
    for entry in ordered {
      let fold = totals.indices.min { (totals[$0], $0) < (totals[$1], $1) } ?? 0
      folds[entry.group] = fold
      totals[fold] += entry.size
    }
    return groups.map { folds[$0] ?? 0 }
  }

  private static func shuffleKey(_ group: String, _ seed: UInt64) -> UInt64 {
    var generator = SeededGenerator(seed: seed ^ FeatureHash.bytes(group.utf8, seed: FeatureHash.seed(0)))
    return generator.next()
  }
}
