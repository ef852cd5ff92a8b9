/// Comments that are labelled otherwise than an earlier one of the same text, which stands in the same place or has the same id: nothing
/// can be right about both.
///
///     {"article_id":"a1","text":"First!","labels":{"off_topic":true}}
///     {"article_id":"a1","text":"First!","labels":{"off_topic":false}}    contradicts the one above
///
/// The same place is the same article, or none. What differs in as much as a space is another text.
public struct Contradictions: Sendable {
  /// A label, and two rows that differ about it: where it is so said for the first time, and the first that says otherwise.
  public struct Example: Sendable {
    public var label: String
    public var first: Int
    public var second: Int
  }

  /// Comments that contradict an earlier one, about however many labels.
  public private(set) var count = 0
  public private(set) var example: Example?

  /// - Complexity: O(bytes).
  public init(_ comments: some RandomAccessCollection<Comment>) {
    // Of a digest of label, text and place or id: the first row that has it.
    var firstRows: [UInt64: (row: Int, value: Bool)] = [:]
    for (row, comment) in comments.enumerated() where !comment.labels.isEmpty {
      let text = Self.digest(comment.text, seed: 0)
      let keys = [
        Self.digest(comment.id, seed: text), comment.articleID.map { Self.digest($0, seed: ~text) } ?? FeatureHash.join(text, 0),
      ]
      var contradicted: Example?
      for (label, value) in comment.labels {
        for key in keys {
          let key = Self.digest(label, seed: key)
          guard let first = firstRows[key] else {
            firstRows[key] = (row, value)
            continue
          }
          // Of several labels the first by name, for a dictionary has no order.
          if first.value != value, contradicted.map({ label < $0.label }) ?? true {
            contradicted = Example(label: label, first: first.row, second: row)
          }
        }
      }
      guard let contradicted else { continue }
      count += 1
      example = example ?? contradicted
    }
  }

  static func digest(_ text: String, seed: UInt64) -> UInt64 {
    var text = text
    return text.withUTF8 { XXHash64.hash(UnsafeRawBufferPointer($0), seed: seed) }
  }
}

extension PreparedData {
  /// Among the records themselves; examples are indices into ``comments``.
  ///
  /// - Complexity: O(bytes).
  public var contradictions: Contradictions { Contradictions(comments[..<ownComments]) }
}
