/// The words of recent texts, and what was found out about them: most words of a text were seen a moment ago.
///
/// Entries stand in the order in which words were met, so the common ones share a few pages; a small open hash table (Knuth,
/// TAOCP 6.4) finds them. All are forgotten when no room is left, so memory is bounded.
struct WordTable: ~Copyable {
  private static let slotBits: UInt64 = 16
  private static let slotCount = 1 << Int(slotBits)
  private static let maximumEntries = slotCount / 4
  /// A text of more tokens might need more entries than there are.
  static let maximumTokens = maximumEntries / 4

  struct Entry {
    var key: WordKey
    var hash: UInt64
    /// The text that had the word last.
    fileprivate var text: UInt32
    /// At most as many as the bytes that represent a word have beginnings and ends.
    var characterNGrams: UInt16
    /// 1 where it is part of n-grams of words, else 0.
    var joins: UInt8
    /// 1 where texts are compared by it, else 0.
    var isContent: UInt8
  }

  typealias EntryPointer = UnsafeMutablePointer<Entry>

  /// Numbers of entries. 0 stands for none: the entry of that number has a key that no token has.
  private let slots: UnsafeMutablePointer<UInt16>
  private let entries: UnsafeMutableRawPointer
  private let stride: Int
  private var count = 0
  private var text: UInt32 = 0
  /// The entries of all words of the text, once they are found.
  private(set) var found: UnsafePointer<EntryPointer>
  private var candidates = Scratch<EntryPointer>()

  /// - Parameter bytesBehind: what the owner keeps behind each entry, a multiple of the alignment of what stands there.
  init(bytesBehind: Int) {
    stride = MemoryLayout<Entry>.stride + bytesBehind
    entries = .allocate(byteCount: (Self.maximumEntries + 1) * stride, alignment: 128)
    entries.initializeMemory(as: UInt8.self, repeating: 0, count: stride)
    slots = .allocate(capacity: Self.slotCount)
    slots.initialize(repeating: 0, count: Self.slotCount)
    found = UnsafePointer(candidates.room(for: 0))
  }

  deinit {
    entries.deallocate()
    slots.deallocate()
  }

  /// Begins a text: from now on ``markFirst(_:)`` is true of every word once.
  ///
  /// - Parameters:
  ///   - tokens: at most ``maximumTokens``.
  ///   - mayKeep: whether words may be kept.
  /// - Returns: whether all words were forgotten.
  @discardableResult
  mutating func begin(tokens: Int, mayKeep: Bool = true) -> Bool {
    let isFull = !mayKeep || count + tokens > Self.maximumEntries || text >= .max - 1
    if isFull {
      slots.update(repeating: 0, count: Self.slotCount)
      count = 0
      text = 0
    }
    text += 1
    return isFull
  }

  /// From now on ``markFirst(_:)`` is true of every word of the same text once more; once a text.
  mutating func beginAgain() { text += 1 }

  /// The entries of all words of the text, valid until the next text begins.
  ///
  /// Two short loops, whose steps do not depend on each other: the processor waits for the memory of many words at once.
  ///
  /// - Parameter fill: puts what is known of a word, the number of which is given, into its new entry.
  @inline(__always)
  mutating func find(_ keys: UnsafeBufferPointer<WordKey>, _ fill: (Int, EntryPointer) -> Void) -> UnsafePointer<EntryPointer> {
    let found = candidates.room(for: keys.count)
    for index in 0..<keys.count { found[index] = entry(Int(slots[Self.slot(of: keys[index])])) }
    for index in 0..<keys.count where found[index].pointee.key != keys[index] {
      found[index] = findOrMake(keys[index]) { fill(index, $0) }
    }
    self.found = UnsafePointer(found)
    return self.found
  }

  @inline(__always)
  private static func slot(of key: WordKey) -> Int { Int(truncatingIfNeeded: key.mixed >> (64 - slotBits)) }

  @inline(__always)
  private mutating func findOrMake(_ key: WordKey, _ fill: (EntryPointer) -> Void) -> EntryPointer {
    var slot = Self.slot(of: key)
    while slots[slot] != 0 {
      let entry = entry(Int(slots[slot]))
      if entry.pointee.key == key { return entry }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    count += 1
    slots[slot] = UInt16(truncatingIfNeeded: count)
    let entry = entry(count)
    entry.initialize(to: Entry(key: key, hash: 0, text: 0, characterNGrams: 0, joins: 0, isContent: 0))
    fill(entry)
    return entry
  }

  @inline(__always)
  private func entry(_ number: Int) -> EntryPointer { (entries + number &* stride).assumingMemoryBound(to: Entry.self) }

  /// What the owner keeps behind an entry.
  @inline(__always)
  static func behind<Value>(_ entry: EntryPointer, as type: Value.Type) -> UnsafeMutablePointer<Value> {
    UnsafeMutableRawPointer(entry + 1).assumingMemoryBound(to: type)
  }

  /// 1 where the text has the word for the first time, else 0: a number, because a branch would be guessed wrong too often.
  @inline(__always)
  func markFirst(_ entry: EntryPointer) -> Int {
    let isFirst = entry.pointee.text != text ? 1 : 0
    entry.pointee.text = text
    return isFirst
  }
}
