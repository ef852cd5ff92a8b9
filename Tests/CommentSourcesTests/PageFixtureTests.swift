import BelowTheLine
import CommentSources
import Foundation
import TestSupport
import Testing

/// The example pages of TrainingData, each with the records expected of it.
struct PageFixtureTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("TrainingData/pages")

  private static func expected(_ name: String) throws -> [JSONValue] {
    let file = folder.appendingPathComponent(name.prefix { $0 != "." } + ".expected.jsonl")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { try JSONScanner.parse(String($0)) }
  }

  private static func words(_ text: String) -> [String: Int] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.reduce(into: [:]) { $0[String($1), default: 0] += 1 }
  }

  @Test(arguments: [
    "harbour-tunnel.txt", "school-heating.txt", "festival-noise.txt", "interview-glaciologist.txt", "winners-list.txt", "bakery-review.txt",
    "wordpress.html", "schema-org.html", "jsonld.html", "disqus-like.html", "handmade.html", "blogger.html", "no-comments.html",
    "comments-closed.html",
  ])
  func everyCommentComesOutWithItsAuthor(name: String) throws {
    let expected = try Self.expected(name)
    let (records, rejections) = try readAll([UInt8](Data(contentsOf: Self.folder.appendingPathComponent(name))), name: name)
    #expect(rejections.isEmpty)
    #expect(records.comments.map(\.author) == expected.dropFirst().map { $0["author"]?.text })
    #expect(records.comments.map(\.text) == expected.dropFirst().map { $0["text"]?.text })
    if name.hasSuffix(".html") {
      let parents = expected.dropFirst().map { $0["parent"]?.integer.map { "\(name)#\($0)" } }
      #expect(records.comments.map(\.parentID) == parents)
    }
  }

  @Test(arguments: [
    "wordpress.html", "schema-org.html", "jsonld.html", "disqus-like.html", "blogger.html", "no-comments.html", "harbour-tunnel.txt",
  ])
  func theArticleIsThereAndLittleElse(name: String) throws {
    let expected = Self.words(try Self.expected(name)[0]["body"]?.text ?? "")
    let (records, _) = try readAll([UInt8](Data(contentsOf: Self.folder.appendingPathComponent(name))), name: name)
    let found = Self.words(try #require(records.articles.first).body)
    let shared = expected.reduce(0) { $0 + min($1.value, found[$1.key] ?? 0) }
    let f1 = 2 * Double(shared) / Double(expected.values.reduce(0, +) + found.values.reduce(0, +))
    #expect(f1 > 0.9, "\(name): \(f1)")
  }

  @Test func mutatedPagesGiveAnArticleAndNeverCrash() throws {
    var mutator = Mutator(seed: 66)
    for name in ["wordpress.html", "jsonld.html", "broken.html", "forum.html"] {
      let page = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
      for _ in 0..<150 {
        let (records, _) = try readAll(mutator.mutate(mutator.mutate(page)), format: .html)
        #expect(records.articles.count == 1)
      }
    }
    for _ in 0..<500 {
      let (records, _) = try readAll(mutator.text(length: 200), format: .html)
      #expect(records.articles.count == 1)
    }
  }

  /// Nesting without end, and attributes without end.
  @Test(arguments: ["<div>", "<b>", "<table><tr><td>", "<li id=comment-1>", "<blockquote class=comment>", "<!--", "<a href='"])
  func hostileRepetitionIsBounded(piece: String) throws {
    let (records, _) = try readAll(String(repeating: piece + "x ", count: 20_000), format: .html)
    #expect(records.articles.count == 1)
  }

  /// One pass: this took minutes when every anchor was compared with every other.
  @Test func manyAnchorsAreReadInOnePass() throws {
    let anchors = (0..<20_000).map { "<div><a name=\"comment-\($0)\"></a></div><p>Some words of a remark, number \($0)." }
    let (records, _) = try readAll("<body><div>" + anchors.joined(), format: .html)
    #expect(records.comments.count == 20_000)
  }

  // MARK: Encodings

  private func title(_ bytes: [UInt8]) throws -> String? { try readAll(bytes, format: .html).records.articles.first?.title }

  @Test func encodingsAreDeclaredMarkedOrDetected() throws {
    let text = "<html><head>CHARSET<title>Gr\u{F6}\u{DF}e \u{2013} 5 \u{20AC}</title></head><body><p>x</p></body></html>"
    func page(_ charset: String) -> String { text.replacing("CHARSET", with: charset.isEmpty ? "" : "<meta charset=\"\(charset)\">") }
    let windows1252 = { (page: String) -> [UInt8] in
      page.unicodeScalars.map { $0 == "\u{2013}" ? 0x96 : $0 == "\u{20AC}" ? 0x80 : UInt8(truncatingIfNeeded: $0.value) }
    }
    let expected = "Größe – 5 €"
    #expect(try title(Array(page("utf-8").utf8)) == expected)
    #expect(try title(Array(page("").utf8)) == expected)
    #expect(try title([0xEF, 0xBB, 0xBF] + Array(page("").utf8)) == expected)
    #expect(try title(windows1252(page("windows-1252"))) == expected)
    #expect(try title(windows1252(page("iso-8859-1"))) == expected)
    #expect(try title(windows1252(page(""))) == expected)
    // Declared wrongly, as so often.
    #expect(try title(Array(page("iso-8859-1").utf8)) == expected)
    var utf16: [UInt8] = [0xFF, 0xFE]
    for unit in page("").utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    #expect(try title(utf16) == expected)
    let koi8 = Array("<html><head><meta charset=koi8-r><title>".utf8) + [0xEB, 0xCF, 0xD4] + Array("</title></head></html>".utf8)
    #expect(try title(koi8) == "Кот")
  }

  // MARK: Archives

  private func record(_ type: String, _ uri: String, _ block: String, contentType: String = "application/http; msgtype=response") -> [UInt8]
  {
    Array(
      ("WARC/1.0\r\nWARC-Type: \(type)\r\nWARC-Target-URI: \(uri)\r\nContent-Type: \(contentType)\r\nContent-Length: \(block.utf8.count)\r\n\r\n"
        + block + "\r\n\r\n").utf8)
  }

  @Test func archivesGiveTheirPagesOneByOne() throws {
    let page = try String(contentsOf: Self.folder.appendingPathComponent("wordpress.html"), encoding: .utf8)
    let text = try String(contentsOf: Self.folder.appendingPathComponent("harbour-tunnel.txt"), encoding: .utf8)
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(String(page.utf8.count, radix: 16))\r\n\(page)\r\n0\r\n\r\n"
    let archive =
      record("warcinfo", "", "software: x", contentType: "application/warc-fields")
      + record("response", "https://a.example/1", "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page)
      + record("response", "https://a.example/2", "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>no")
      + record("response", "https://a.example/3", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nPNG")
      + record("response", "https://a.example/4", chunked) + record("conversion", "https://a.example/5", text, contentType: "text/plain")
    let (records, rejections) = try readAll(archive)
    #expect(rejections.isEmpty)
    #expect(records.articles.map(\.id) == ["https://a.example/1", "https://a.example/4", "https://a.example/5"])
    #expect(records.articles.map(\.url) == records.articles.map(\.id))
    #expect(records.comments.count == 8 + 8 + 9)
  }

  @Test func aBrokenRecordIsRejectedAndTheRestGoesOn() throws {
    let good = record("conversion", "https://a.example/1", "Some text", contentType: "text/plain")
    let (records, rejections) = try readAll(
      good + Array("WARC/1.0\r\nnonsense\r\n\r\nlost\r\n\r\n".utf8) + good
        + Array("WARC/1.0\r\nContent-Length: 99\r\nWARC-Type: conversion\r\n\r\nshort".utf8))
    #expect(records.articles.count == 2)
    #expect(
      rejections.map(\.description) == [
        "in: field \"Content-Length\": the WARC record at byte \(good.count) has no valid header",
        "in: the WARC record at byte \(2 * good.count + 30) breaks off",
      ])
  }

  @Test func mutatedArchivesNeverCrash() throws {
    var mutator = Mutator(seed: 99)
    let archive =
      record("response", "https://a.example/1", "HTTP/1.1 200 OK\r\n\r\n<p>Hello you")
      + record("conversion", "u", "text", contentType: "text/plain")
    for _ in 0..<3000 { _ = try readAll(mutator.mutate(archive), format: .warc) }
  }
}
