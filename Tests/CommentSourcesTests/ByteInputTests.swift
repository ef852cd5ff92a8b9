import BelowTheLine
import CommentSources
import TestSupport
import Testing

struct ByteInputTests {
  private func texts(_ bytes: [UInt8]) throws -> [String] { try readAll(bytes).records.comments.map(\.text) }

  @Test func gzipIsRecognisedByItsBytesMemberAfterMember() throws {
    let bytes = GzipSample.bytes
    #expect(try texts(bytes) == ["a", "b"])
    #expect(try texts(bytes + bytes + bytes) == ["a", "b", "a", "b", "a", "b"])
    // Zero padding after the last member, as tape archives have it.
    #expect(try texts(bytes + [0, 0, 0, 0]) == ["a", "b"])
  }

  @Test func brokenGzipIsAnError() {
    let bytes = GzipSample.bytes
    #expect(throws: InputError(source: "in", reason: "the gzip data break off")) { try texts(Array(bytes.dropLast(9))) }
    var damaged = bytes
    damaged[12] ^= 0xFF
    #expect(throws: InputError.self) { try texts(damaged) }
  }

  @Test func mutatedGzipNeverCrashes() {
    var mutator = Mutator(seed: 2)
    for _ in 0..<3000 { _ = try? texts(mutator.mutate(GzipSample.bytes)) }
  }

  @Test func aMissingFileIsAnError() {
    #expect(throws: InputError(source: "/nonexistent/file", reason: "No such file or directory")) {
      try SourceReader(path: "/nonexistent/file")
    }
  }

  @Test func emptyInputIsAnEmptyPage() throws {
    let (records, rejections) = try readAll([])
    #expect(records.comments.isEmpty)
    #expect(rejections.isEmpty)
  }
}

private enum GzipSample {
  /// `printf '{"text":"a"}\n{"text":"b"}\n' | gzip -n`
  static let bytes: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xAB, 0x56, 0x2A, 0x49, 0xAD, 0x28, 0x51, 0xB2, 0x52, 0x4A, 0x54,
    0xAA, 0xE5, 0xAA, 0x86, 0x71, 0x92, 0x80, 0x1C, 0x00, 0x49, 0x34, 0x78, 0x5A, 0x1A, 0x00, 0x00, 0x00,
  ]
}
