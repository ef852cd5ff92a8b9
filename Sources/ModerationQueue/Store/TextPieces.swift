/// A text in pieces that can be coloured by what they weigh.
public enum TextPieces {
  /// The text of an item, in order and without gaps: each part that a reason names, with its share, and what stands between with 0.
  ///
  /// The reasons are those of ``colouredScore(of:)``.
  public static func of(_ item: QueueItem) -> [(text: String, share: Double)] {
    let bytes = Array(item.text.utf8)
    var pieces: [(text: String, share: Double)] = []
    var position = 0
    func append(_ end: Int, _ share: Double) {
      guard end > position else { return }
      pieces.append((String(decoding: bytes[position..<end], as: UTF8.self), share))
      position = end
    }
    for span in colouredScore(of: item)?.spans ?? []
    where span.start >= position && span.start < bytes.count && span.length <= bytes.count - span.start {
      append(span.start, 0)
      append(span.start + span.length, span.share)
    }
    append(bytes.count, 0)
    return pieces
  }

  /// The score that is highest above its threshold, or nearest below.
  public static func colouredScore(of item: QueueItem) -> Assessment.Score? {
    item.assessment?.scores.max { ($0.probability ?? -1) - $0.threshold < ($1.probability ?? -1) - $1.threshold }
  }
}
