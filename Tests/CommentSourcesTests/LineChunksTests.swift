import BelowTheLine
import CommentSources
import TestSupport
import Testing

/// Lines read in place must be the lines that the careful reader sees, and a plain line must mean what the careful reader makes of it.
struct LineChunksTests {
  /// Every line with its number, read in place and then made into an event.
  private func events(_ bytes: [UInt8]) throws -> [SourceEvent] {
    let reader = SourceReader(name: "in", bytes: bytes, format: .jsonLines)
    let chunks = try #require(try reader.lineChunks())
    var chunk = LineChunks.Chunk()
    var lineReader = RecordLineReader(chunks)
    var events: [SourceEvent] = []
    while try chunks.next(&chunk) { chunk.forEachLine { events.append(lineReader.event(for: $0, in: chunk)) } }
    return events
  }

  private func expectSameEvents(_ bytes: [UInt8]) throws {
    var expected: [String] = []
    try SourceReader(name: "in", bytes: bytes, format: .jsonLines).read { expected.append("\($0)") }
    let found = try events(bytes).map { "\($0)" }
    #expect(found.count == expected.count)
    #expect(found == expected)
  }

  @Test func seesTheSameLinesWhateverTheirEndsAndLengths() throws {
    var mutator = Mutator(seed: 11)
    for round in 0..<6 {
      var bytes: [UInt8] = round % 2 == 0 ? [0xEF, 0xBB, 0xBF] : []
      while bytes.count < 700_000 {
        let length = mutator.generator.below(mutator.generator.below(40) == 0 ? 300_000 : 400)
        bytes += "{\"text\":\"".utf8 + [UInt8](repeating: UInt8(ascii: "x"), count: length) + "\"}".utf8
        bytes += [["\n", "\r\n", "\n\n", "\n \t\r\n"][mutator.generator.below(4)]].joined().utf8
      }
      try expectSameEvents(round < 3 ? bytes : bytes + "{\"text\":\"the last line has no end\"}".utf8)
    }
  }

  @Test(arguments: [["{\"text\":\"a\"}\n", "", "\n{\"text\":\"b\"}\n"], ["", ""], ["{\"text\":\"a\"}\r\n", "\r\n"]])
  func passesOverALineThatIsTooLong(around: [String]) throws {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20 | 1)
    var bytes = Array(around[0].utf8)
    for part in around.dropFirst() { bytes += long + part.utf8 }
    try expectSameEvents(bytes)
  }

  @Test func otherFormatsAreReadFromTheirStart() throws {
    let reader = SourceReader(name: "in", bytes: Array("id,text\n1,one\n2,two\n".utf8))
    #expect(try reader.lineChunks() == nil)
    var count = 0
    try reader.read { if case .record = $0 { count += 1 } }
    #expect(count == 2)
  }

  private static let lines = [
    #"{"kind":"comment","id":"c9","article_id":"a1","parent_id":"c3","author":"Ann","created_at":"2023-02-16T10:00:00Z","text":"Hi \u00e9 \"you\"","labels":{"off_topic":true,"b":null,"c":0}}"#,
    #"{"id":"c1","text":"plain words, then more of them","weight":2.5,"stars":[1,{"a":"\n"}],"depth":3}"#,
    #"{"text":"é 漢字 😀","author":null,"parent_id":null,"status":"approved","kind":null, "x" : -1.5e3 }"#,
    #"{"kind":"article","id":"a1","title":"T","body":"B \u00e9","url":null,"language":"en"}"#,
    #"{"text":"\ud83d\ude00 \ud83d \\ \/","id":""}"#,
  ].map { Array($0.utf8) }

  @Test func aPlainLineMeansWhatTheCarefulReaderMakesOfIt() throws {
    var mutator = Mutator(seed: 12)
    var (plain, careful, wronglyCareful) = (0, 0, 0)
    // Reads them all, one after the other: what it remembers of a line must not be seen in the next.
    var reader = CommentLineReader()
    for round in 0..<20_000 {
      let original = Self.lines[round % Self.lines.count]
      let line = (round < Self.lines.count ? original : mutator.mutate(original)).filter { $0 != 0x0A }
      guard line.contains(where: { $0 > 0x20 }) else { continue }
      var event: SourceEvent?
      try SourceReader(name: "in", bytes: line, format: .jsonLines).read { event = $0 }
      var forgetful = CommentLineReader()
      let fields = forgetful.read(line.span)
      #expect(reader.read(line.span).map(String.init(describing:)) == fields.map(String.init(describing:)))
      guard let fields, let contents = Self.contents(fields.text, of: line) else {
        careful += 1
        if case .record? = event { wronglyCareful += 1 }
        continue
      }
      plain += 1
      func string(_ range: Range<Int>?) -> String? { range.map { String(decoding: line[$0], as: UTF8.self) } }
      switch event {
      case .record(.article(let article)):
        #expect(fields.isArticle && string(fields.id) == article.id)
      case .record(.comment(let comment)):
        #expect(!fields.isArticle)
        #expect(string(fields.id) ?? comment.source?.description == comment.id)
        #expect(string(fields.articleID) == comment.articleID && string(fields.parentID) == comment.parentID)
        #expect(String(decoding: contents, as: UTF8.self) == comment.text)
      case .rejected(let rejection): Issue.record("\(rejection): taken for plain: \(String(decoding: line, as: UTF8.self))")
      case .passedOver, nil: Issue.record("nothing was read")
      }
    }
    #expect(plain > 1000 && careful > 10_000 && wronglyCareful < 1200, "\(plain) plain, \(careful) careful, \(wronglyCareful) needlessly")
  }

  /// - Returns: nil where the escapes are bad, as a reader in place finds out when it undoes them.
  private static func contents(_ text: CommentLine.Field?, of line: [UInt8]) -> [UInt8]? {
    guard let text else { return [] }
    guard text.hasEscapes else { return Array(line[text.range]) }
    var unescaped: [UInt8] = []
    return (try? JSONScanner.unescape(line.span.extracting(text.range), into: &unescaped)) == nil ? nil : unescaped
  }
}
