/// A set of 64-bit hashes that is emptied in no time: an entry counts only with the current round's stamp.
package struct DistinctSet: Sendable {
  private struct Slot: Sendable {
    var hash: UInt64
    var round: UInt32
  }

  /// A power of two of them, at most half full.
  private var slots: [Slot]
  private var round: UInt32 = 1
  private var count = 0

  package init() { slots = [Slot](repeating: Slot(hash: 0, round: 0), count: 512) }

  package mutating func removeAll() {
    count = 0
    round &+= 1
    if round == 0 {
      slots = [Slot](repeating: Slot(hash: 0, round: 0), count: slots.count)
      round = 1
    }
  }

  /// - Returns: whether the hash was not in the set before.
  @inline(__always)
  package mutating func insert(_ hash: UInt64) -> Bool {
    makeRoom(for: 1)
    let isNew = slots.withUnsafeMutableBufferPointer { Self.insert(hash, into: $0, round) }
    if isNew { count += 1 }
    return isNew
  }

  /// Moves the hashes that were not in the set before to the front, in their order.
  ///
  /// - Returns: how many these are.
  @inline(__always)
  package mutating func insert(_ hashes: UnsafeMutableBufferPointer<UInt64>) -> Int {
    makeRoom(for: hashes.count)
    let round = round
    let kept = slots.withUnsafeMutableBufferPointer { slots in
      var kept = 0
      for hash in hashes {
        hashes[kept] = hash
        kept &+= Self.insert(hash, into: slots, round) ? 1 : 0
      }
      return kept
    }
    count += kept
    return kept
  }

  /// The first bits of a hash say where to look for it.
  @inline(__always)
  private static func insert(_ hash: UInt64, into slots: UnsafeMutableBufferPointer<Slot>, _ round: UInt32) -> Bool {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash &>> UInt64(64 &- slots.count.trailingZeroBitCount))
    while slots[slot].round == round {
      if slots[slot].hash == hash { return false }
      slot = (slot + 1) & mask
    }
    slots[slot] = Slot(hash: hash, round: round)
    return true
  }

  @inline(__always)
  private mutating func makeRoom(for more: Int) {
    if (count + more) * 2 > slots.count { grow(to: count + more) }
  }

  private mutating func grow(to needed: Int) {
    let kept = slots.filter { $0.round == round }
    var size = slots.count
    while size < needed * 2 { size *= 2 }
    slots = [Slot](repeating: Slot(hash: 0, round: 0), count: size)
    round = 1
    slots.withUnsafeMutableBufferPointer { slots in
      for slot in kept { _ = Self.insert(slot.hash, into: slots, 1) }
    }
  }
}
