import BelowTheLine
import CommentSources
import Foundation
import TestSupport
import Testing

/// A file in the shape of a real export, every word of it invented.
func fixture(_ name: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")))
}

/// The records without what only the first reading knows: which file and line they came from.
func withoutSources(_ records: [Record]) -> [Record] {
  records.map { record in
    guard case .comment(var comment) = record else { return record }
    comment.source = nil
    comment.extra["source"] = nil
    return .comment(comment)
  }
}

/// Writes records in the project's own format and reads them again.
func expectRoundTrip(_ records: [Record]) throws {
  // No records are an empty page.
  if records.isEmpty { return }
  var writer = JSONWriter()
  for record in records { RecordWriter.append(record, to: &writer) }
  let (again, rejections) = try readAll(writer.bytes)
  #expect(rejections.isEmpty)
  #expect(withoutSources(again) == withoutSources(records))
}

/// What was passed over, by kind.
func passedOver(_ bytes: [UInt8]) throws -> [String] {
  var kinds: [String] = []
  try SourceReader(name: "in", bytes: bytes).read { event in
    if case .passedOver(_, let kind) = event { kinds.append(kind) }
  }
  return kinds
}

extension [UInt8] {
  /// With the first occurrence of a text replaced.
  func replacing(_ text: String, by other: String) throws -> [UInt8] {
    let range = try #require(firstRange(of: Array(text.utf8)))
    return Array(self[..<range.lowerBound]) + Array(other.utf8) + Array(self[range.upperBound...])
  }
}
