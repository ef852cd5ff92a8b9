private import Prefetch

/// Which words belong to which topics: that "goalkeeper" and "offside" are both of football, where an article and a comment share no
/// word. A list that people wrote, one topic a line:
///
///     football (soccer): goalkeeper keeper offside striker …
///
/// Words are known by their hash, so that nothing is spelled out in memory; two words of one hash are one word.
public struct Lexicon: Sendable, Equatable {
  /// A word belongs to no more of them.
  package static let maximumTopicsPerWord = 255
  public static let maximumTopics = 1 << 16
  private static let maximumMembers = 1 << 24

  /// The names of the topics.
  public let topics: [String]
  /// An open hash table (Knuth, TAOCP 6.4), a power of two of slots and at most half full: the lower half of a word's hash, where its
  /// topics begin among the members, and how many they are, in 32, 24 and 8 bits. 0 where there is none.
  package let slots: [UInt64]
  /// The topics of all words, word after word.
  package let members: [UInt16]

  public static let empty = Lexicon(topics: [], words: [:])

  public var isEmpty: Bool { topics.isEmpty }

  /// Distinct words.
  public var wordCount: Int { slots.count { $0 != 0 } }

  /// - Parameter text: one topic a line, its name, a colon, and its words. Lines of the same name are one topic. Empty lines are passed
  ///   over.
  /// - Throws: ``LexiconError`` at a line without a colon, or where there is too much.
  /// - Complexity: O(bytes).
  public init(_ text: String) throws(LexiconError) {
    var topics: [String] = []
    var numbers: [String: UInt16] = [:]
    var words: [UInt64: [UInt16]] = [:]
    var members = 0
    let tokenizer = Tokenizer()
    var buffer = TokenBuffer()
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      if line.allSatisfy(\.isWhitespace) { continue }
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
        throw LexiconError(line: index + 1, problem: "no topic and colon")
      }
      let name = String(line[..<colon])
      guard let number = numbers[name] ?? UInt16(exactly: topics.count) else {
        throw LexiconError(line: index + 1, problem: "more than \(Self.maximumTopics) topics")
      }
      if numbers.updateValue(number, forKey: name) == nil { topics.append(name) }
      tokenizer.tokenize(String(line[line.index(after: colon)...]), into: &buffer)
      for hash in TextProfiler.wordHashes(buffer) {
        var known = words[hash, default: []]
        guard !known.contains(number) else { continue }
        guard known.count < Self.maximumTopicsPerWord, members < Self.maximumMembers else {
          throw LexiconError(line: index + 1, problem: "more than \(Self.maximumTopicsPerWord) topics of one word, or too many words")
        }
        known.append(number)
        words[hash] = known
        members += 1
      }
    }
    self.init(topics: topics, words: words)
  }

  private init(topics: [String], words: [UInt64: [UInt16]]) {
    self.topics = topics
    var bits = 1
    while 1 << bits < 2 * words.count { bits += 1 }
    var slots = [UInt64](repeating: 0, count: 1 << bits)
    var members: [UInt16] = []
    for (hash, topics) in words.sorted(by: { $0.key < $1.key }) {
      var slot = FeatureHash.bucket(hash, bits: bits)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt64(UInt32(truncatingIfNeeded: hash)) << 32 | UInt64(members.count) << 8 | UInt64(topics.count)
      members += topics.sorted()
    }
    self.slots = slots
    self.members = members
  }

  /// A lexicon as a model file holds it; nil where the parts do not fit together.
  package init?(names: UnsafeRawBufferPointer, slots: UnsafeRawBufferPointer, members: UnsafeRawBufferPointer) {
    guard slots.count % 8 == 0, members.count % 2 == 0 else { return nil }
    let topics = names.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    let slots: [UInt64] = Safetensors.integers(slots)
    let members: [UInt16] = Safetensors.integers(members)
    guard slots.count > 1, slots.count & (slots.count - 1) == 0, topics.count <= Self.maximumTopics,
      slots.count(where: { $0 != 0 }) * 2 <= slots.count, members.allSatisfy({ Int($0) < topics.count }),
      slots.allSatisfy({ Self.range($0).upperBound <= members.count })
    else { return nil }
    (self.topics, self.slots, self.members) = (topics, slots, members)
  }

  /// As the initializer reads it.
  package var tensors: [Safetensors.Content] {
    let names = topics.map { $0 + "\n" }.joined().utf8
    let slots = slots.flatMap { slot in (0..<8).map { UInt8(truncatingIfNeeded: slot >> (8 * $0)) } }
    let members = members.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    return [
      Safetensors.Content("topics", [names.count], Array(names)), Safetensors.Content("topic_slots", [slots.count], slots),
      Safetensors.Content("topic_members", [members.count], members),
    ]
  }

  /// Where the topics of a word stand among the members.
  ///
  /// - Parameter hash: as ``TextProfiler`` hashes words.
  @inline(__always)
  func topics(of hash: UInt64) -> Range<Int> {
    let mask = slots.count - 1
    var slot = FeatureHash.bucket(hash, bits: slots.count.trailingZeroBitCount)
    while slots[slot] != 0 {
      if slots[slot] >> 32 == hash & 0xFFFF_FFFF { return Self.range(slots[slot]) }
      slot = (slot + 1) & mask
    }
    return 0..<0
  }

  /// Asks for the memory that ``topics(of:)`` looks at first.
  @inline(__always)
  func prefetchTopics(of hash: UInt64) {
    slots.withUnsafeBufferPointer { slots in
      if let start = slots.baseAddress { prefetch(start + FeatureHash.bucket(hash, bits: slots.count.trailingZeroBitCount)) }
    }
  }

  private static func range(_ slot: UInt64) -> Range<Int> {
    let start = Int(slot >> 8 & 0xFF_FFFF)
    return start..<start + Int(slot & 0xFF)
  }
}

/// Why a text is no ``Lexicon``.
public struct LexiconError: Error, Equatable, CustomStringConvertible {
  /// From 1.
  public var line: Int
  public var problem: String

  public init(line: Int, problem: String) {
    self.line = line
    self.problem = problem
  }

  public var description: String { "line \(line): \(problem)" }
}

/// How much texts of one kind speak of each topic. A text's mass, the idf of its words summed by topic, is brought to length 1.
package struct TopicRates: Sendable, Equatable {
  /// By topic.
  package let means: [Float]
  package let deviations: [Float]

  /// Of no topic.
  package static let none = TopicRates(means: [], deviations: [])

  /// Few texts tell little of how much topics vary.
  private static let leastDeviation = 0.02

  package init(means: [Float], deviations: [Float]) {
    (self.means, self.deviations) = (means, deviations)
  }

  /// - Parameter masses: of each text, by topic, of any length.
  package init(_ masses: some Sequence<[Float]>, topics: Int) {
    var count = 0.0
    var sums = [Double](repeating: 0, count: topics)
    var squares = sums
    for mass in masses {
      count += 1
      let scale = Self.scale(mass)
      for topic in mass.indices where mass[topic] != 0 {
        let value = Double(mass[topic] * scale)
        sums[topic] += value
        squares[topic] += value * value
      }
    }
    means = sums.map { Float($0 / max(count, 1)) }
    deviations = zip(sums, squares).map { sum, square in
      let mean = sum / max(count, 1)
      return Float(max(0, square / max(count, 1) - mean * mean).squareRoot() + Self.leastDeviation)
    }
  }

  /// By what a mass is multiplied to be of length 1.
  static func scale(_ mass: [Float]) -> Float {
    let squares = mass.reduce(Float(0)) { $0 + $1 * $1 }
    return squares > 0 ? 1 / squares.squareRoot() : 0
  }

  /// Calls `body` with a function that says by how many standard deviations a text speaks more of a topic than others do.
  ///
  /// - Parameter body: what it is given takes the value of a mass of length 1, and its topic.
  @inline(__always)
  func withZ<Result>(_ body: ((_ value: Float, _ topic: Int) -> Float) -> Result) -> Result {
    means.withUnsafeBufferPointer { means in
      deviations.withUnsafeBufferPointer { deviations in body { ($0 - means[$1]) / deviations[$1] } }
    }
  }
}
