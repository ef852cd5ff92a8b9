/// A set of 64-bit hashes that is emptied in no time: an entry counts only with the current round's stamp.
package struct DistinctSet: Sendable {
  private var hashes: [UInt64]
  private var stamps: [UInt32]
  private var round: UInt32 = 1
  private var count = 0

  package init() {
    hashes = [UInt64](repeating: 0, count: 512)
    stamps = [UInt32](repeating: 0, count: 512)
  }

  package mutating func removeAll() {
    count = 0
    round &+= 1
    if round == 0 {
      stamps = [UInt32](repeating: 0, count: stamps.count)
      round = 1
    }
  }

  /// - Returns: whether the hash was not in the set before.
  @inline(__always)
  package mutating func insert(_ hash: UInt64) -> Bool {
    let mask = hashes.count - 1
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 29) & mask
    while stamps[slot] == round {
      if hashes[slot] == hash { return false }
      slot = (slot + 1) & mask
    }
    hashes[slot] = hash
    stamps[slot] = round
    count += 1
    if count * 2 > hashes.count { grow() }
    return true
  }

  private mutating func grow() {
    let kept = zip(hashes, stamps).filter { $0.1 == round }.map(\.0)
    hashes = [UInt64](repeating: 0, count: hashes.count * 2)
    stamps = [UInt32](repeating: 0, count: hashes.count)
    round = 1
    count = 0
    for hash in kept { _ = insert(hash) }
  }
}
