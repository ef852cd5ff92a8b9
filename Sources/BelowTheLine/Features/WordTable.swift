private import Prefetch

/// The words of recent texts, and what was found out about them: most words of a text were seen a moment ago.
///
/// Entries stand in the order in which words were met, so the common ones share a few pages; a small open hash table (Knuth,
/// TAOCP 6.4) finds them. All are forgotten when no room is left, so memory is bounded.
struct WordTable: ~Copyable {
  private static let slotBits: UInt64 = 18
  private static let slotCount = 1 << Int(slotBits)
  private static let maximumEntries = slotCount / 4 - 1
  /// A text of more tokens might need more entries than there are.
  static let maximumTokens = maximumEntries / 4

  struct Entry {
    let key: WordKey
    /// What it contributes to the hash of two words in a row (``FeatureHash/sides(_:)``), as the first and as the last; the first is 0 where
    /// it is part of none.
    private var first: UInt64 = 0
    private var last: UInt64 = 0
    var hash: UInt64 = 0
    /// The text that had the word last.
    fileprivate var text: UInt32 = 0
    /// At most as many as the bytes that represent a word have beginnings and ends.
    var characterNGrams: UInt16 = 0
    /// 1 where it is part of n-grams of words, else 0.
    private(set) var joins: UInt8 = 0
    /// 1 where texts are compared by it, else 0.
    var isContent: UInt8 = 0

    fileprivate init(key: WordKey) { self.key = key }

    mutating func setSides(_ sides: SIMD2<UInt64>, isJoined: Bool) {
      (first, last, joins) = (isJoined ? sides.x : 0, sides.y, isJoined ? 1 : 0)
    }

    /// The hash of the word before, of which this is the side, and this one.
    @inline(__always)
    func bigram(behind before: UInt64) -> UInt64 { before ^ last }

    /// Its side of the bigram that may follow; where it is part of none, that of the word before. By bits, because a branch would be guessed
    /// wrong too often.
    @inline(__always)
    func opening(else before: UInt64) -> UInt64 { first | before & (UInt64(joins) &- 1) }
  }

  typealias EntryPointer = UnsafeMutablePointer<Entry>

  /// Numbers of entries. 0 stands for none: the entry of that number has a key that no token has.
  private let slots: UnsafeMutablePointer<UInt16>
  private let entries: UnsafeMutableRawPointer
  private let stride: Int
  private var count = 0
  /// The number of the text.
  private(set) var text: UInt32 = 0

  /// What the memory brings at a time.
  private static let lineSize = 64

  /// Entries are whole lines, so that none takes more of them than it must.
  ///
  /// - Parameter bytesBehind: what the owner keeps behind each entry, where it may stand at a multiple of 16.
  init(bytesBehind: Int) {
    precondition(MemoryLayout<Entry>.stride % 16 == 0)
    stride = (MemoryLayout<Entry>.stride + bytesBehind + Self.lineSize - 1) / Self.lineSize * Self.lineSize
    let byteCount = (Self.maximumEntries + 1) * stride
    entries = .allocate(byteCount: byteCount, alignment: Self.lineSize)
    LargePages.use(for: entries, byteCount: byteCount)
    entries.initializeMemory(as: UInt8.self, repeating: 0, count: stride)
    slots = .allocate(capacity: Self.slotCount)
    slots.initialize(repeating: 0, count: Self.slotCount)
  }

  deinit {
    entries.deallocate()
    slots.deallocate()
  }

  /// Begins a text: for its number, ``markFirst(_:in:as:)`` is true of every word once.
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

  /// Begins the same text once more, so that each word comes for the first time again; once a text.
  ///
  /// - Returns: the text's number.
  mutating func beginAgain() -> UInt32 {
    text += 1
    return text
  }

  /// The entry of a word; where it is none of those that are kept, of another word or of none. Memory brings it, and what is kept behind
  /// it, while others are asked for.
  @inline(__always)
  func candidate(_ key: WordKey) -> EntryPointer {
    let entry = entry(Int(slots[Self.slot(of: key)]))
    prefetch(entry)
    prefetch(UnsafeRawPointer(entry) + (stride - Self.lineSize))
    return entry
  }

  /// The entry of a word, wherever it stands; valid until the next text begins.
  ///
  /// - Parameter fill: puts what is known of the word into its new entry.
  @inline(__always)
  mutating func findOrMake(_ key: WordKey, _ fill: (EntryPointer) -> Void) -> EntryPointer {
    var slot = Self.slot(of: key)
    while slots[slot] != 0 {
      let entry = entry(Int(slots[slot]))
      if entry.pointee.key == key { return entry }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    count += 1
    slots[slot] = UInt16(truncatingIfNeeded: count)
    let entry = entry(count)
    entry.initialize(to: Entry(key: key))
    fill(entry)
    return entry
  }

  @inline(__always)
  private static func slot(of key: WordKey) -> Int { Int(truncatingIfNeeded: key.mixed >> (64 - slotBits)) }

  @inline(__always)
  private func entry(_ number: Int) -> EntryPointer { (entries + number &* stride).assumingMemoryBound(to: Entry.self) }

  /// What the owner keeps behind an entry.
  @inline(__always)
  static func behind<Value>(_ entry: EntryPointer, as type: Value.Type) -> UnsafeMutablePointer<Value> {
    UnsafeMutableRawPointer(entry + 1).assumingMemoryBound(to: type)
  }

  /// 1 where the text of this number has the word for the first time, else 0: a number, because a branch would be guessed wrong too often.
  ///
  /// - Parameter mark: the number of the text; 0 where the word shall come for the first time each time.
  @inline(__always)
  static func markFirst(_ entry: EntryPointer, in text: UInt32, as mark: UInt32) -> Int {
    let isFirst = entry.pointee.text != text ? 1 : 0
    entry.pointee.text = mark
    return isFirst
  }
}
