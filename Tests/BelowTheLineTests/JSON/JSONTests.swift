import BelowTheLine
import TestSupport
import Testing

struct JSONTests {
  @Test(arguments: [
    (#""a\"b\\c\/d\b\f\n\r\té""#, JSONValue.string("a\"b\\c/d\u{8}\u{C}\n\r\té")),
    (#""\ud83d\ude00""#, .string("😀")),
    (#""\ud83d x \ude00 \uD83D""#, .string("\u{FFFD} x \u{FFFD} \u{FFFD}")),
    (
      "[1,-2.5e3,true,null, {\"k\" : []} ]",
      .array([.integer(1), .number(-2500), .bool(true), .null, .object([JSONMember("k", .array([]))])])
    ),
    ("9223372036854775807", .integer(.max)),
    ("9223372036854775808", .numeral("9223372036854775808")),
    ("-9223372036854775809", .numeral("-9223372036854775809")),
    ("1e999", .numeral("1e999")),
    ("9223372036854775808.0", .number(9_223_372_036_854_775_808)),
    (" {} ", .object([])),
  ])
  func parses(text: String, expected: JSONValue) throws {
    #expect(try JSONScanner.parse(text) == expected)
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", "-", "1e", "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "1 2",
    "{\"a\" 1}",
    "[1 2]", "+1", "\u{FEFF}1",
  ])
  func refusesWhatIsNoJSON(text: String) {
    #expect(throws: JSONError.self) { try JSONScanner.parse(text) }
  }

  @Test func saysWhereItBreaks() {
    #expect(throws: JSONError(offset: 7, reason: "a value was expected")) { try JSONScanner.parse("{\"a\": ?}".replacing(" ", with: "  ")) }
  }

  @Test func depthIsBounded() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError(offset: 64, reason: "more than 64 levels of nesting")) { try JSONScanner.parse(deep) }
    let allowed = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(throws: Never.self) { try JSONScanner.parse(allowed) }
  }

  @Test func skippingIsAsStrictAsReading() {
    var mutator = Mutator(seed: 3)
    let valid = Array(#"{"id":"c9","n":[1,2.5,-3e2,{"x":null}],"t":"a\u00e9\ud83d\ude00\"","b":true,"f":false}"#.utf8)
    var agreed = 0
    for _ in 0..<10_000 {
      let bytes = mutator.mutate(valid)
      let value = try? JSONScanner.parse(bytes.span)
      var scanner = JSONScanner()
      let skipped = (try? scanner.skipValue(in: bytes.span)) != nil && (try? scanner.expectEnd(in: bytes.span)) != nil
      #expect(skipped == (value != nil))
      if value != nil, skipped { agreed += 1 }
    }
    #expect(agreed > 300)
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    let value = JSONValue.object([
      JSONMember("text", .string("\u{0}\u{1F}\u{7F}\"\\/ é 😀 \u{2028}")),
      JSONMember("n", .array([.integer(.min), .number(0.1), .number(1e-300), .numeral("18446744073709551615"), .numeral("-1e999")])),
      JSONMember("", .null), JSONMember("b", .bool(false)),
    ])
    #expect(try JSONScanner.parse(JSONWriter.text(value)) == value)
  }

  @Test(arguments: [
    (0.0, "0.0000"), (1, "1.0000"), (0.03125, "0.0313"), (0.99996, "1.0000"), (-1.25, "-1.2500"), (0.00004, "0.0000"), (12.3456, "12.3456"),
  ])
  func fixedDecimalsAreRounded(value: Double, expected: String) {
    var writer = JSONWriter()
    writer.fixed4(value)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }

  @Test(
    arguments: ["", "c9", "a longer one, of more than sixteen bytes", "\u{0}\u{1F}\u{7F}\"\\/ é 😀 \u{2028}"],
    [0, 0.00004, 0.03125, 0.99996, 1, .nan, -1, 2])
  func aRowIsWhatTheWriterWouldWrite(string: String, value: Double) {
    let (begin, end) = (JSONPiece(#"{"a piece of more than sixteen bytes":"#), JSONPiece("]}"))
    var (row, writer) = (JSONWriter(), JSONWriter())
    let room =
      begin.room + JSONRow.room(forString: string.utf8.count) + JSONPiece(#","b":["#).room + 2 * JSONRow.roomForValue + JSONPiece(",").room
      + end.room
    for _ in 0..<2 {
      row.row(room: room, isOpen: true) { row in
        row.append(begin)
        row.string(string.utf8Span.span)
        row.append(JSONPiece(#","b":["#))
        row.probability(value)
        row.append(JSONPiece(","))
        row.null()
        row.append(end)
      }
      writer.beginObject()
      writer.key("a piece of more than sixteen bytes")
      writer.string(string)
      writer.key("b")
      writer.beginArray()
      if 0...1 ~= value { writer.fixed4(value) } else { writer.null() }
      writer.null()
      writer.endArray()
      writer.endObject()
    }
    #expect(row.bytes == writer.bytes)
  }

  @Test func aNumeralIsANumberAsFarAsADoubleHoldsIt() {
    #expect(JSONValue.numeral("18446744073709551616").double == 18_446_744_073_709_551_616)
    #expect(JSONValue.numeral("18446744073709551616").text == "18446744073709551616")
    #expect(JSONValue.numeral("1e999").double == nil)
  }

  @Test func aNumberThatIsNoneIsNull() {
    var writer = JSONWriter()
    writer.beginArray()
    writer.fixed4(.nan)
    writer.number(.infinity)
    writer.endArray()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "[null,null]")
  }
}
