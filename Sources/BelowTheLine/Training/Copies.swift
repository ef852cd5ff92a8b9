extension PreparedData {
  /// In bytes. Shorter ones many readers write by themselves.
  private static let leastCopyLength = 40

  /// Comments whose text stands in another group too, word for word: where folds part them, what was learnt of one is asked of the other.
  ///
  /// - Complexity: O(bytes).
  public var copiesInOtherGroups: Int {
    var texts: [UInt64: (group: String, rows: Int, isSplit: Bool)] = [:]
    for row in 0..<ownComments where !comments[row].labels.isEmpty && comments[row].text.utf8.count >= Self.leastCopyLength {
      let key = Contradictions.digest(comments[row].text, seed: 0)
      let before = texts[key] ?? (groups[row], 0, false)
      texts[key] = (before.group, before.rows + 1, before.isSplit || before.group != groups[row])
    }
    return texts.values.reduce(0) { $0 + ($1.isSplit ? $1.rows : 0) }
  }
}
