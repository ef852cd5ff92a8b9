/// Grouped cross-validation: rows of one group are never split between training and test.
public enum Folds {
  /// Deals groups into folds of nearly equal size and nearly equal shares of every class: the largest first, each to the fold that has
  /// least of what the group has; ties by seed.
  ///
  /// Shares must not differ: a fold with more positive rows is scored by a model that saw fewer, which lowers AUC over all folds.
  ///
  /// - Parameters:
  ///   - groups: one a row.
  ///   - classes: what each row counts as, such as positive of the first label; none where empty.
  ///   - count: 2 or more.
  /// - Returns: the fold of each row, in 0..<count. Fewer groups than folds leave folds empty.
  /// - Complexity: O(n log n + n × count × classes of a row).
  public static func assign(groups: [String], classes: [[Int]] = [], count: Int, seed: UInt64) -> [Int] {
    precondition(count >= 2)
    var members: [String: [Int]] = [:]
    for (row, group) in groups.enumerated() { members[group, default: []].append(row) }
    let keyed = members.map { (rank: (-$0.value.count, shuffleKey($0.key, seed), $0.key), rows: $0.value) }
    var sizes = [Int](repeating: 0, count: 1 + (classes.joined().max() ?? -1))
    for rowClass in classes.joined() { sizes[rowClass] += 1 }
    // Of each fold: its rows, and its rows of each class.
    var rowTotals = [Int](repeating: 0, count: count)
    var classTotals = [[Int]](repeating: [Int](repeating: 0, count: sizes.count), count: count)
    var folds = [Int](repeating: 0, count: groups.count)
    for (_, rows) in keyed.sorted(by: { $0.rank < $1.rank }) {
      let rowClasses = classes.isEmpty ? [] : rows.flatMap { classes[$0] }
      let fullness = (0..<count).map { fold in
        rowClasses.reduce(Double(rows.count * rowTotals[fold]) / Double(groups.count)) {
          $0 + Double(classTotals[fold][$1]) / Double(sizes[$1])
        }
      }
      let fold = fullness.indices.min { (fullness[$0], $0) < (fullness[$1], $1) } ?? 0
      for row in rows { folds[row] = fold }
      rowTotals[fold] += rows.count
      for rowClass in rowClasses { classTotals[fold][rowClass] += 1 }
    }
    return folds
  }

  private static func shuffleKey(_ group: String, _ seed: UInt64) -> UInt64 {
    var generator = SeededGenerator(seed: seed ^ FeatureHash.bytes(group.utf8, seed: FeatureHash.seed(0)))
    return generator.next()
  }
}
