import BelowTheLine
import CommentSources
import TestSupport
import Testing

struct CSVReaderTests {
  @Test func findsColumnsByName() throws {
    let (records, rejections) = try readAll(
      "article_id,comment_author,timestamp,comment_text,off_topic,label_spam,stars\r\n"
        + "a1,Ann,2020,\"Says \"\"hi\"\",\nand goes\",yes,0,5\r\na1,Bob,2021,plain,,1,\r\n")
    #expect(rejections.isEmpty)
    #expect(
      records.comments == [
        Comment(
          id: "in:2", articleID: "a1", author: "Ann", createdAt: "2020", text: "Says \"hi\",\nand goes",
          labels: ["off_topic": true, "spam": false],
          source: SourceLocation(name: "in", line: 2), extra: ["stars": "5"]),
        Comment(
          id: "in:4", articleID: "a1", author: "Bob", createdAt: "2021", text: "plain", labels: ["spam": true],
          source: SourceLocation(name: "in", line: 4), extra: ["stars": ""]),
      ])
  }

  @Test(arguments: ["\n\nid;text\n1;a\n2;b", "id;text\n1;a\n2;b", "id\ttext\n1\ta\n2\tb\n", "\u{FEFF}id,text\n1,a\n2,b"])
  func anySeparatorWithOrWithoutAByteOrderMark(text: String) throws {
    let (records, rejections) = try readAll(text)
    #expect(records.comments.map(\.text) == ["a", "b"])
    #expect(records.comments.map(\.id) == ["1", "2"])
    #expect(rejections.isEmpty)
  }

  /// As Excel writes it, so that a spreadsheet of any country opens the table.
  @Test(arguments: ["sep=;\nid;text\n1;a, b\n2;c", "\u{FEFF}sep=|\r\nid|text\r\n1|a, b\r\n2|c\r\n", "\nsep=\t\nid\ttext\n1\ta, b\n2\tc\n"])
  func aLineBeforeTheHeaderNamesTheSeparator(text: String) throws {
    let (records, rejections) = try readAll(text)
    #expect(records.comments.map(\.text) == ["a, b", "c"])
    #expect(records.comments.map(\.id) == ["1", "2"])
    #expect(rejections.isEmpty)
  }

  /// A remark of a moderator, a number of an article: what has the field's own name is the field, wherever it stands.
  @Test func ofSeveralNamesTheFieldsOwnCounts() throws {
    let comments = try readAll("comment,post_id,text,id,thread_id,article_id\nseen,99,Late again.,1,5,a1\n").records.comments
    #expect(comments.map(\.text) == ["Late again."])
    #expect(comments.map(\.id) == ["1"])
    #expect(comments.map(\.articleID) == ["a1"])
    #expect(comments.map(\.extra) == [["comment": "seen", "post_id": "99", "thread_id": "5"]])
  }

  /// Articles are read so too: an id that has a blank behind it in both tables is one.
  @Test func blanksAroundIdsAndNamesMeanNothing() throws {
    let comment = try readAll("id, article_id ,text,status , off_topic\n1, a1 , Late again.,deleted , yes\n").records.comments.first
    #expect(comment?.articleID == "a1")
    #expect(comment?.isWithdrawn == true)
    #expect(comment?.text == " Late again.")
    #expect(comment?.labels == ["off_topic": true])
    #expect(try readAll("article_id,article_text\na1 ,Some words.\n").records.articles.map(\.id) == ["a1"])
  }

  @Test(arguments: [
    ("x,y,z", "in:2: 3 fields where the header has 2"),
    ("1,\"open\nnext", "in:2: a quotation mark is not closed"),
  ])
  func setsABadRecordAside(record: String, message: String) throws {
    #expect(try readAll("id,text\n\(record)").rejections.map(\.description) == [message])
  }

  /// Each row of the table stands for a damaged second row, told by its raw bytes, and those of its neighbours that still come.
  @Test(arguments: [
    // Never closed; closed by the next quoted field, at the start of a line, within it, after unquoted rows, after an empty field.
    ("1,a,x\n2,\"b,x\n3,c,x\n4,d,x\n", ["2,\"b,x"], ["1", "3", "4"]),
    ("1,a,x\n2,\"b,x\n\"3\",c,x\n4,d,x\n", ["2,\"b,x"], ["1", "3", "4"]),
    ("1,a,x\n2,\"b,x\n3,\"c\",x\n4,d,x\n", ["2,\"b,x"], ["1", "3", "4"]),
    ("1,a,x\r\n2,\"b,x\r\n3,c,x\r\n4,\"d\r\nd\",x\r\n", ["2,\"b,x"], ["1", "3", "4"]),
    ("1,a,x\n2,\"b,x\n3,\"\",x\n4,\"d\",x\n", ["2,\"b,x"], ["1", "3", "4"]),
    // The damaged record has lines of its own; two are damaged.
    ("1,a,x\n2,\"b\nb b\n3,c,x\n4,\"d\",x\n", ["2,\"b\nb b"], ["1", "3", "4"]),
    ("1,a,x\n2,\"b,x\n3,\"c,x\n4,\"d\",x", ["2,\"b,x", "3,\"c,x"], ["1", "4"]),
    ("1,a,x\n2,\"b,x\n3,\"c,x\n4,d,x", ["2,\"b,x", "3,\"c,x"], ["1", "4"]),
    // Marks within a field that are not doubled hide no row, on one line and over two.
    ("1,a,x\n2,\"b \"b\" b\",x\n3,\"c\nc \"c\" c\",x\n4,d,x\n", [], ["1", "2", "3", "4"]),
  ])
  func aQuotationMarkThatIsNotClosedTakesNoOtherRow(rows: String, raw: [String], ids: [String]) throws {
    let (records, rejections) = try readAll("id,text,extra\n" + rows)
    #expect(records.comments.map(\.id) == ids)
    #expect(rejections.map { String(decoding: $0.raw, as: UTF8.self) } == raw)
  }

  @Test func aLabelThatIsNeitherYesNorNoIsNamed() throws {
    let (records, rejections) = try readAll("id,text,off_topic\n1,a,perhaps\n2,b,no\n")
    #expect(records.comments.map(\.id) == ["2"])
    #expect(rejections.map(\.description) == ["in:2: field \"off_topic\": \"perhaps\" is neither yes nor no (1/0, true/false, yes/no)"])
  }

  @Test func weightsAndAuxiliaryRowsAreThoseOfRecords() throws {
    let (records, rejections) = try readAll("text,weight,auxiliary\na,2.5,yes\nb,,\nc,0,false\nd,-1,\ne,heavy,\nf,2e9,\ng,1,perhaps\n")
    #expect(records.comments.map(\.weight) == [2.5, 1, 0])
    #expect(records.comments.map(\.isAuxiliary) == [true, false, false])
    #expect(rejections.map(\.field) == ["weight", "weight", "weight", "auxiliary"])
  }

  @Test func aLabelKeepsItsName() throws {
    #expect(try readAll("text,label_Hate\na,1\n").records.comments.first?.labels == ["Hate": true])
  }

  @Test func fieldsWithoutEndAreCountedAndNotKept() throws {
    let (records, rejections) = try readAll("id,text\n1,a\n" + String(repeating: ",", count: 100_000) + "\n2,b\n")
    #expect(records.comments.map(\.text) == ["a", "b"])
    #expect(rejections.map(\.reason) == ["100001 fields where the header has 2"])
  }

  /// 17 MiB that nothing closes: rows after it come, if there is no row among them that could be its own.
  @Test(arguments: [("x", ["1"]), ("2,b", ["1", "2"])])
  func aRecordWithoutEndIsSetAside(line: String, ids: [String]) throws {
    let (records, rejections) = try readAll(
      "id,text\n1,a\n2,\"" + String(repeating: line + String(repeating: " b", count: 4096) + "\n", count: 17 << 7) + "\"\n3,c\n")
    #expect(Set(records.comments.map(\.id)) == Set(ids + ["3"]))
    #expect(!rejections.isEmpty)
  }

  @Test func quotationMarksWithoutEndAreNotKept() throws {
    let (records, rejections) = try readAll("id,text\n1,\"" + String(repeating: "\"", count: 20 << 20) + "\"\n2,b\n")
    #expect(records.comments.map(\.id) == ["2"])
    #expect(rejections.map(\.reason) == ["the record is longer than 16 MiB; a quotation mark may be missing"])
  }

  @Test func aTableWithoutTextsIsAnError() {
    #expect(throws: InputError.self) { try readAll("a,b\n1,2\n", format: .csv) }
    #expect(throws: InputError.self) { try readAll("", format: .csv) }
  }

  @Test func mutationsEndInRecordsRejectionsOrAClearError() {
    let valid = Array("id,article_id,text,off_topic\n1,a,\"Hello, \"\"you\"\"\",yes\n2,a,two,no\r\n3,b,\"three\nlines\",\n".utf8)
    var mutator = Mutator(seed: 8)
    var read = 0
    for _ in 0..<10_000 {
      do {
        let (records, rejections) = try readAll(mutator.mutate(valid), format: .csv)
        read += records.count + rejections.count > 0 ? 1 : 0
      } catch {
        #expect(error is InputError)
      }
    }
    #expect(read > 5000)
  }

  @Test func aSpreadsheetRunsNoFormulaOfAReader() throws {
    let fields = ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "a,b", "a\"b", "two\nlines", "plain", ""]
    let line = String(decoding: CSVWriter.line(fields), as: UTF8.self)
    #expect(line == "\"'=1+1\",\"'+x\",\"'-x\",\"'@x\",\"'\tx\",\"'\rx\",\"a,b\",\"a\"\"b\",\"two\nlines\",plain,\r\n")
  }
}
