internal import BelowTheLine

/// fastText's training data: labels and a text, a line each.
///
///     __label__off_topic __label__spam buy it here
///
/// What a line names is true; what it does not name is unknown. Where the file's labels exclude one another, `--label-from
/// label=NAME:LABEL` makes yes and no of them. The labels are kept as they stand, as the field `label`.
enum FastTextReader {
  private static let prefix = Array("__label__".utf8)

  static func looksLikeData(_ line: ArraySlice<UInt8>) -> Bool { line.starts(with: prefix) }

  static func read(_ lines: LineReader, name: String, _ emit: (SourceEvent) throws -> Void) throws {
    try LineReader.forEachLine(lines, name: name, emit) { bytes, location in
      var labels: [String] = []
      var rest = bytes[...].drop { $0 <= 0x20 }
      while rest.starts(with: prefix) {
        let word = rest.prefix { $0 > 0x20 }
        labels.append(String(decoding: word.dropFirst(prefix.count), as: UTF8.self))
        rest = rest.dropFirst(word.count).drop { $0 <= 0x20 }
      }
      guard !rest.isEmpty else {
        return try emit(.rejected(Rejection(location, field: "text", reason: "no text follows the labels", raw: bytes)))
      }
      var comment = Comment(id: location.description, text: String(decoding: rest, as: UTF8.self), source: location)
      for label in labels where !label.isEmpty { comment.labels[label] = true }
      if !labels.isEmpty { comment.extra["label"] = labels.count == 1 ? .string(labels[0]) : .array(labels.map { .string($0) }) }
      try emit(.record(.comment(comment)))
    }
  }
}
