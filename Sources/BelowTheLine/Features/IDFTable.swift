/// How rare words are: the inverse document frequency of hashed words, scaled to 0...1.
///
///     idf(word) = log ((N + 1) / (df + 1)) / log (N + 1)
///
/// 1 for a word never seen, 0 for one that stands in every document. Words that share a bucket share a frequency.
package struct IDFTable: Sendable {
  package static let bits = 16

  package private(set) var values: [Float]

  /// - Parameter values: 2^bits of them, each in 0...1.
  package init(values: [Float]) {
    precondition(values.count == 1 << Self.bits)
    self.values = values
  }

  /// - Parameters:
  ///   - documentFrequencies: in how many documents a word of each bucket occurs.
  package init(documentFrequencies: [Int32], documents: Int) {
    let scale = Elementary.log(Double(documents + 1))
    values = documentFrequencies.map { frequency in
      documents == 0 ? 1 : Float(max(0, (scale - Elementary.log(Double(frequency) + 1)) / scale))
    }
  }

  package subscript(word: UInt32) -> Double { Double(values[Int(word >> UInt32(32 - Self.bits))]) }
}
