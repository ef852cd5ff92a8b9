/// The words of a line in lower case, as bytes. Of many lines is asked whether they are furniture, of few what they say, so that
/// strings are made of those alone.
struct LineWords {
  /// The line in lower case.
  private(set) var bytes: [UInt8] = []
  /// Where its words are.
  private(set) var ranges: [Range<Int>] = []

  init() {}

  init(_ words: [String]) { read(words.joined(separator: " ").utf8) }

  var count: Int { ranges.count }

  /// Takes another line, whose words stand between single spaces.
  mutating func read(_ line: some Collection<UInt8>) {
    bytes.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: line)
    var isASCII = true
    bytes.withUnsafeMutableBufferPointer { bytes in
      for index in bytes.indices {
        let byte = bytes[index]
        if 0x41...0x5A ~= byte { bytes[index] = byte | 0x20 }
        if byte >= 0x80 { isASCII = false }
      }
    }
    if !isASCII { bytes = Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8) }
    var start = 0
    for index in 0...bytes.count where index == bytes.count || bytes[index] == 0x20 {
      if start < index { ranges.append(start..<index) }
      start = index + 1
    }
  }

  /// A word without the ASCII punctuation around it.
  func bare(_ word: Int) -> Range<Int> {
    var (start, end) = (ranges[word].lowerBound, ranges[word].upperBound)
    while start < end, Self.isPunctuation(bytes[start]) { start += 1 }
    while start < end, Self.isPunctuation(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  private static func isPunctuation(_ byte: UInt8) -> Bool {
    byte < 0x80 && !(0x30...0x39 ~= byte || 0x61...0x7A ~= byte)
  }

  func hash(_ range: Range<Int>) -> UInt64 {
    var hash = ByteHash.start
    for index in range { hash = ByteHash.extend(hash, bytes[index]) }
    return hash
  }

  func hash(ofWord word: Int) -> UInt64 { hash(ranges[word]) }
}
