extension Assessment {
  /// Appends the spans of all scores: they are most of what a model says of a comment, and this takes a third of the bytes of JSON.
  ///
  /// For each score, in order, the number of its spans, and of each span start, length and share in ten-thousandths, as LEB128. A share has
  /// its sign in the lowest bit. No byte is written where no score has a span.
  func appendSpans(to bytes: inout [UInt8]) {
    guard scores.contains(where: { !$0.spans.isEmpty }) else { return }
    for score in scores {
      Self.append(score.spans.count, to: &bytes)
      for span in score.spans {
        let share = Int((min(max(span.share, -Self.mostShare), Self.mostShare) * Self.shareUnits).rounded())
        Self.append(span.start, to: &bytes)
        Self.append(span.length, to: &bytes)
        Self.append(share << 1 ^ share >> (Int.bitWidth - 1), to: &bytes)
      }
    }
  }

  /// Gives the scores their spans. What nobody wrote is passed over.
  mutating func readSpans(_ bytes: [UInt8]) {
    var rest = bytes[...]
    for index in scores.indices {
      guard let count = Self.next(&rest) else { return }
      for _ in 0..<max(count, 0) {
        guard let start = Self.next(&rest), let length = Self.next(&rest), let share = Self.next(&rest) else { return }
        guard start >= 0, length >= 0 else { continue }
        let signed = Int(bitPattern: UInt(bitPattern: share) >> 1) ^ -(share & 1)
        scores[index].spans.append(Span(start: start, length: length, share: Double(signed) / Self.shareUnits))
      }
    }
  }

  /// As many decimals as scores have.
  private static let shareUnits = 10_000.0
  private static let mostShare = 1e12

  /// Seven bits a byte, the lowest first; the eighth says that more come.
  private static func append(_ value: Int, to bytes: inout [UInt8]) {
    var rest = UInt(bitPattern: value)
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private static func next(_ bytes: inout ArraySlice<UInt8>) -> Int? {
    var value: UInt = 0
    var shift: UInt = 0
    while let byte = bytes.popFirst() {
      value |= UInt(byte & 0x7F) << shift
      if byte < 0x80 { return Int(bitPattern: value) }
      shift += 7
    }
    return nil
  }
}
