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
    // Zero padding between and after members, as tape archives have it.
    #expect(try texts(bytes + [0, 0, 0, 0]) == ["a", "b"])
    #expect(try texts(bytes + [0, 0, 0, 0] + bytes) == ["a", "b", "a", "b"])
    #expect(throws: InputError(source: "in", reason: "something else follows the gzip data")) { try texts(bytes + Array("{}".utf8)) }
  }

  @Test func brokenGzipIsAnError() {
    let bytes = GzipSample.bytes
    #expect(throws: InputError(source: "in", reason: "the gzip data break off")) { try texts(Array(bytes.dropLast(9))) }
    var damaged = bytes
    damaged[12] ^= 0xFF
    #expect(throws: InputError.self) { try texts(damaged) }
  }

  @Test func whatCameBeforeTheDamageIsRead() {
    var texts: [String] = []
    #expect(throws: InputError.self) {
      try SourceReader(name: "in", bytes: GzipSample.bytes + GzipSample.bytes.dropLast(9)).read { event in
        if case .record(.comment(let comment)) = event { texts.append(comment.text) }
      }
    }
    #expect(texts.prefix(2) == ["a", "b"])
  }

  /// What is read of damaged data, and what is told of the damage.
  private func readDamaged(_ bytes: [UInt8]) throws -> (texts: [String], rejected: Int, problem: String) {
    var texts: [String] = []
    var rejected = 0
    let error = #expect(throws: InputError.self) {
      try SourceReader(name: "in", bytes: bytes, format: .jsonLines).read { event in
        if case .record(.comment(let comment)) = event { texts.append(comment.text) }
        if case .rejected = event { rejected += 1 }
      }
    }
    return (texts, rejected, try #require(error).reason)
  }

  /// A gzip member whose text stands in it as it is; its checksum is wrong.
  private func stored(_ text: String) -> [UInt8] {
    let count = text.utf8.count
    let sizes = [UInt8(count & 0xFF), UInt8(count >> 8), ~UInt8(count & 0xFF), ~UInt8(count >> 8)]
    return [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 0x01] + sizes + Array(text.utf8) + [1, 2, 3, 4] + [UInt8(count & 0xFF), 0, 0, 0]
  }

  @Test func damagedGzipGivesWhatCanBeUnpacked() throws {
    let good = GzipSample.bytes
    var wrongChecksum = good
    wrongChecksum[good.count - 6] ^= 1
    let (texts, rejected, problem) = try readDamaged(wrongChecksum)
    #expect(texts == ["a", "b"])
    #expect(rejected == 0)
    #expect(problem == "the gzip data are damaged at byte \(good.count - 4): 4 bytes were passed over")
    #expect(try readDamaged(wrongChecksum + good).texts == ["a", "b", "a", "b"])
    // Each byte of the member in the middle wrong once.
    for index in good.indices where index < 4 || index > 9 {
      var damaged = good
      damaged[index] ^= 0xFF
      let texts = try readDamaged(good + damaged + good).texts
      #expect(texts.prefix(2) == ["a", "b"])
      #expect(texts.suffix(2) == ["a", "b"], "byte \(index)")
      #expect(texts.count >= 4)
    }
    let foreign = try readDamaged(good + Array("no gzip".utf8) + good)
    #expect(foreign.texts == ["a", "b", "a", "b"])
    #expect(foreign.problem == "the gzip data are damaged at byte \(good.count): 7 bytes were passed over")
    #expect(try readDamaged(wrongChecksum + good.dropLast(9)).problem.hasSuffix(", and the rest breaks off"))
  }

  @Test func aLineCutByDamageDoesNotGoOnBehindIt() throws {
    let (texts, rejected, _) = try readDamaged(stored(#"{"text":"cut "#) + GzipSample.bytes)
    #expect(texts == ["a", "b"])
    #expect(rejected == 1)
  }

  /// Nothing but beginnings of members; members within members, each of which fails at its end.
  @Test(.timeLimit(.minutes(1))) func whatPretendsToBeGzipCostsNoMoreThanOthers() throws {
    let beginnings = [[UInt8]](repeating: [0x1F, 0x8B, 0x08, 0x00], count: 1 << 19).flatMap { $0 }
    #expect(try readDamaged(GzipSample.bytes + beginnings).texts.prefix(2) == ["a", "b"])
    let block: [UInt8] = [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 0x00, 0xFF, 0x7F, 0x00, 0x80]
    let nested = [[UInt8]](repeating: block, count: 1 << 17).flatMap { $0 }
    _ = try readDamaged(GzipSample.bytes + nested)
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

  @Test(arguments: ["", " \n\r\n", "\u{FEFF}"]) func nothingIsNoRecord(text: String) throws {
    let (records, rejections) = try readAll(text)
    #expect(records.isEmpty)
    #expect(rejections.isEmpty)
  }

  /// The units of a text, behind the byte order mark (RFC 2781).
  private func utf16(_ text: String, isBigEndian: Bool) -> [UInt8] {
    ([0xFEFF] + Array(text.utf16)).flatMap { unit in
      isBigEndian ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
    }
  }

  @Test(arguments: [true, false]) func utf16IsRecognisedByItsMark(isBigEndian: Bool) throws {
    #expect(try texts(utf16(#"{"text":"é 漢字 😀"}"# + "\n" + #"{"text":"b"}"#, isBigEndian: isBigEndian)) == ["é 漢字 😀", "b"])
    #expect(try texts(utf16("id,text\r\n1,a\r\n", isBigEndian: isBigEndian)) == ["a"])
    let page = #"<html><meta charset="utf-16"><ol><li id=comment-1>Ann says:<p>Grüße, all!<li id=comment-2>Bob says:<p>No</ol>"#
    #expect(try texts(utf16(page, isBigEndian: isBigEndian)).first == "Grüße, all!")
  }

  @Test func whatIsNoUTF16BecomesAReplacement() throws {
    let half: [UInt8] = [0xFF, 0xFE, 0x7B, 0, 0x22, 0]
    let key = Array("text\":\"".utf8).flatMap { [$0, UInt8(0)] }
    let end = Array("\"}".utf8).flatMap { [$0, UInt8(0)] }
    // A low surrogate alone, and a high one before a letter.
    #expect(try texts(half + key + [0x00, 0xDC, 0x00, 0xD8, 0x61, 0x00] + end) == ["\u{FFFD}\u{FFFD}a"])
    // Half a unit at the end stands behind the object.
    #expect(try readAll(half + key + [0x61, 0x00] + end + [0x61]).rejections.count == 1)
  }

  @Test(arguments: [
    ([0x28, 0xB5, 0x2F, 0xFD, 0x00], "zstd"), (Array("BZh91AY".utf8), "bzip2"), (Array("PK\u{3}\u{4}".utf8), "zip"),
    (Array("[\n {\"text\":\"a\"}]".utf8), "jq"), ([0x00, 0x01, 0x02, 0x61], "no text"),
  ])
  func whatIsNoFormatIsToldAndNoPage(bytes: [UInt8], hint: String) {
    #expect(throws: InputError.self) { try texts(bytes) }
    do { _ = try texts(bytes) } catch { #expect("\(error)".contains(hint)) }
  }
}

private enum GzipSample {
  /// `printf '{"text":"a"}\n{"text":"b"}\n' | gzip -n`
  static let bytes: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xAB, 0x56, 0x2A, 0x49, 0xAD, 0x28, 0x51, 0xB2, 0x52, 0x4A, 0x54,
    0xAA, 0xE5, 0xAA, 0x86, 0x71, 0x92, 0x80, 0x1C, 0x00, 0x49, 0x34, 0x78, 0x5A, 0x1A, 0x00, 0x00, 0x00,
  ]
}
