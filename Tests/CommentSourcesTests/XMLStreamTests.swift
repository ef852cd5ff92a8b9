import BelowTheLine
import CommentSources
import Foundation
import TestSupport
import Testing

/// What all XML dumps have in common.
struct XMLStreamTests {
  /// A file is read in chunks, and a chunk may end inside a character, a reference, a tag or a `]]>`.
  @Test func chunksMayEndAnywhere() throws {
    let chunk = 1 << 18
    let start = "<disqus xmlns=\"http://disqus.com\" xmlns:dsq=\"http://disqus.com/disqus-internals\">"
    let post = "<post dsq:id=\"é&#38;漢\"><message><![CDATA[é😀]]]]><![CDATA[>&lt;]]>&amp;漢&eacute;</message><!-- <post> --></post>"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("btl-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("dump.xml")
    // The end of the first chunk falls on every byte of a post, one after another.
    for shift in 0..<post.utf8.count {
      let padding = String(repeating: " ", count: chunk - start.utf8.count - shift)
      try Data((start + padding + post + post + "</disqus>").utf8).write(to: file)
      var comments: [Comment] = []
      try SourceReader(path: file.path).read { event in
        if case .record(.comment(let comment)) = event { comments.append(comment) } else { Issue.record("\(event)") }
      }
      #expect(comments.map(\.id) == ["é&漢", "é&漢"])
      // The message is HTML: `&lt;` inside the CDATA section stands for `<`.
      #expect(comments.map(\.text) == ["é😀]]><&漢é", "é😀]]><&漢é"])
    }
  }

  /// The same damage is told, and the same records read, whether a dump comes whole or in chunks.
  @Test func damageIsTheSameInChunks() throws {
    let bytes = try fixture("wordpress.xml")
    let start = try #require(bytes.firstRange(of: Array("\t<item>".utf8))).lowerBound
    let end = try #require(bytes.firstRange(of: Array("</channel>".utf8))).lowerBound
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("btl-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("dump.xml")
    var mutator = Mutator(seed: 21)
    for _ in 0..<6 {
      var dump = Array(bytes[..<start])
      while dump.count < 700_000 {
        let item = Array(bytes[start..<end])
        dump += mutator.generator.below(3) == 0 ? mutator.mutate(item) : item
      }
      dump += bytes[end...]
      try Data(dump).write(to: file)
      var whole: [String] = []
      try SourceReader(name: file.path, bytes: dump, format: .wordpress).read { whole.append("\($0)") }
      var chunked: [String] = []
      try SourceReader(path: file.path, format: .wordpress).read { chunked.append("\($0)") }
      #expect(whole.count > 500)
      #expect(whole == chunked)
    }
  }

  @Test func aTextBeyondTheLimitIsRejectedAndTheRestGoesOn() throws {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: (16 << 20) + 1)
    let bytes = try fixture("disqus.xml")
    let start = try #require(bytes.firstRange(of: Array("<p>Glad".utf8))).lowerBound
    let (records, rejections) = try readAll(bytes[..<start] + long + bytes[start...])
    #expect(records.comments.map(\.id) == ["901", "903"])
    #expect(rejections.map(\.description) == ["in:42: field \"message\": longer than 16 MiB"])
  }

  @Test func aTagBeyondTheLimitIsCutAndTold() throws {
    let attributes = (0..<20_000).map { "a\($0)=\"x\"" }.joined(separator: " ")
    let (records, rejections) = try readAll(try fixture("disqus.xml").replacing("<isDefault>", by: "<isDefault \(attributes)>"))
    #expect(records.comments.map(\.id) == ["901", "902", "903"])
    #expect(rejections.first?.description == "in: the tag that begins at byte 247 is longer than 64 KiB and is cut")
  }

  @Test(arguments: [SourceFormat.wordpress, .disqus])
  func whatIsNoSuchDumpIsRejected(format: SourceFormat) throws {
    let (records, rejections) = try readAll("no XML at all\n", format: format)
    #expect(records.isEmpty)
    #expect(rejections.count == 1)
    #expect(rejections.first?.raw == Array("no XML at all\n".utf8))
    #expect(try readAll("", format: format).records.isEmpty)
  }

  @Test func anUnclosedCommentOfTheMarkupEndsWhereARecordBegins() throws {
    let open = "<!-- <post dsq:id=\"902\">"
    let (records, rejections) = try readAll(try fixture("disqus.xml").replacing("<post dsq:id=\"902\">", by: open))
    #expect(records.comments.map(\.id) == ["901", "903"])
    #expect(
      rejections.map(\.reason) == [
        "the comment or declaration that begins at byte 1402 is not closed before a record begins",
        "it holds nothing, as a post's mention of a thread does",
      ])
    let last = try readAll(try fixture("disqus.xml").replacing("<post dsq:id=\"903\">", by: "<!-- <post dsq:id=\"903\">"))
    #expect(last.records.comments.map(\.id) == ["901", "902"])
    // Closed, it may hold whatever it likes.
    let closed = try readAll(try fixture("disqus.xml").replacing("<post dsq:id=\"902\">", by: "<!-- <post> \n --><post dsq:id=\"902\">"))
    #expect(closed.records.comments.map(\.id) == ["901", "902", "903"])
    #expect(closed.rejections.isEmpty)
  }

  @Test(arguments: ["<!--", "<!DOCTYPE", "<![CDATA[", "<![CDATA[<!--"])
  func whatIsNotClosedLosesNoRecordButItsOwn(open: String) throws {
    let (records, rejections) = try readAll(try fixture("wordpress.xml").replacing("<wp:comment_author><![CDATA[Marit", by: open))
    #expect(records.comments.map(\.id).suffix(3) == ["32", "34", "41"])
    #expect(records.comments.map(\.articleID).suffix(3) == ["7", "7", "9"])
    #expect(records.articles.map(\.id) == ["7", "8", "9"])
    #expect(records.comments.count == 4 || !rejections.isEmpty)
  }

  @Test func anUnclosedCDATASectionEndsWhereARecordBegins() throws {
    let (records, rejections) = try readAll(try fixture("disqus.xml").replacing("hear it!</p>]]>", by: "hear it!</p>]>"))
    #expect(records.comments.map(\.id) == ["901", "903"])
    #expect(records.articles.map(\.id) == ["70", "71"])
    #expect(
      rejections.map(\.description).prefix(2) == [
        "in: the CDATA section that begins at byte 1438 is not closed before a record begins",
        "in:42: field \"message\": it holds elements; its markup is not escaped",
      ])
  }
}
