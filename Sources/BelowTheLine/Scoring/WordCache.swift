/// What the words of recent texts weigh: for each label a word's own weight and the sum over its character n-grams, which are the
/// same wherever it stands. Most words of a text were seen a moment ago; only of the others are the n-grams hashed and looked up.
///
/// Entries stand in the order in which words were met, so the common ones share a few pages; a small open hash table (Knuth,
/// TAOCP 6.4) finds them. All are forgotten when no room is left, so memory is bounded. A remembered sum has the same bits as one made
/// anew: no score depends on what was seen before.
struct WordCache: ~Copyable {
  private static let slotBits: UInt64 = 16
  private static let slotMask = 1 << Int(slotBits) - 1
  /// Memory for a model of two labels: 64 bytes × 2^14.
  private static let maximumEntries = 1 << 14
  /// A text of more tokens might need more entries than there are.
  static let maximumTokens = maximumEntries / 4

  struct Entry {
    var key: WordKey
    var hash: UInt64
    /// The text that had the word last.
    var text: UInt32
    var characterNGrams: UInt32
  }

  /// Of one label, words and characters apart because their norms differ.
  typealias Weights = SIMD2<Double>

  /// Numbers of entries. 0 stands for none: the entry of that number has a key that no token has.
  private let slots: UnsafeMutablePointer<UInt32>
  private let entries: UnsafeMutableRawPointer
  private let stride: Int
  private var count = 0
  private var text: UInt32 = 0

  init(heads: Int) {
    stride = MemoryLayout<Entry>.stride + heads * MemoryLayout<Weights>.stride
    entries = .allocate(byteCount: (Self.maximumEntries + 1) * stride, alignment: 64)
    entries.initializeMemory(as: UInt8.self, repeating: 0, count: stride)
    slots = .allocate(capacity: Self.slotMask + 1)
    slots.initialize(repeating: 0, count: Self.slotMask + 1)
  }

  deinit {
    entries.deallocate()
    slots.deallocate()
  }

  /// Begins a text: from now on ``markFirst(_:)`` is true of every word once.
  ///
  /// - Parameter tokens: at most ``maximumTokens``.
  mutating func begin(tokens: Int) {
    if count + tokens > Self.maximumEntries || text == .max {
      slots.update(repeating: 0, count: Self.slotMask + 1)
      count = 0
      text = 0
    }
    text += 1
  }

  /// The slot where a key is looked for first, and what stands there: looked up for many keys before any is used, so that the
  /// processor waits for their memory at once.
  @inline(__always)
  func candidate(_ key: WordKey) -> UInt32 { slots[Self.slot(of: key)] }

  @inline(__always)
  private static func slot(of key: WordKey) -> Int { Int(truncatingIfNeeded: key.mixed >> (64 - slotBits)) }

  /// The entry that ``candidate(_:)`` gave, where it is the key's.
  @inline(__always)
  func entry(of key: WordKey, candidate: UInt32) -> UnsafeMutablePointer<Entry>? {
    let entry = entry(Int(candidate))
    return entry.pointee.key == key ? entry : nil
  }

  /// The entry of a token; that of a new one once `fill` has put hash, number of n-grams and weights there.
  @inline(__always)
  mutating func entry(
    of key: WordKey, _ fill: (UnsafeMutablePointer<Entry>, UnsafeMutablePointer<Weights>) -> Void
  ) -> UnsafeMutablePointer<Entry> {
    var slot = Self.slot(of: key)
    while slots[slot] != 0 {
      let entry = entry(Int(slots[slot]))
      if entry.pointee.key == key { return entry }
      slot = (slot + 1) & Self.slotMask
    }
    count += 1
    slots[slot] = UInt32(truncatingIfNeeded: count)
    let entry = entry(count)
    entry.initialize(to: Entry(key: key, hash: 0, text: 0, characterNGrams: 0))
    fill(entry, weights(of: entry))
    return entry
  }

  @inline(__always)
  private func entry(_ number: Int) -> UnsafeMutablePointer<Entry> {
    (entries + number &* stride).assumingMemoryBound(to: Entry.self)
  }

  /// One vector a label.
  @inline(__always)
  func weights(of entry: UnsafeMutablePointer<Entry>) -> UnsafeMutablePointer<Weights> {
    (UnsafeMutableRawPointer(entry) + MemoryLayout<Entry>.stride).assumingMemoryBound(to: Weights.self)
  }

  /// 1 where the text has the word for the first time, else 0: a number, because a branch would be guessed wrong too often.
  @inline(__always)
  func markFirst(_ entry: UnsafeMutablePointer<Entry>) -> Int {
    let isFirst = entry.pointee.text != text ? 1 : 0
    entry.pointee.text = text
    return isFirst
  }
}
