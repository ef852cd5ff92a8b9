import BelowTheLine
import CommentSources
import TestSupport
import Testing

/// Remarks that are signed at their end.
struct SignatureTests {
  private static let texts = [
    "The kettle has no lid, and nobody knows why.", "Ask at the depot.", "They sent me to the cellar without a word",
  ]
  private static let names = ["Marlo Finch", "tin_whistle", "192.0.2.17"]

  private static func remark(_ index: Int, _ mark: (Int) -> String = { _ in "" }) -> String {
    let name = "<a href=/u>\(names[index])</a>"
    return "\(mark(index))\(texts[index]) \(name) (<a>talk</a>) 1\(index):0\(index), \(index + 1) May 2024 (UTC)"
  }

  private static func page(beginning: String = "<p>Well.", _ remark: (Int) -> String) -> String {
    """
    <html><head><title>Talk:Kettle</title><body><div id=content><h1>Talk:Kettle</h1><p>This is where the kettle is talked about.
    <h2>Lid</h2><p>\(remark(0))</p><dl><dd>\(remark(1))<dl><dd>\(beginning)<p>\(remark(2))</p></dd></dl></dd></dl>
    <h2>Spout</h2><p>\(remark(1))</p><div class=printfooter>Retrieved from the wiki of kettles</div></div>
    """
  }

  /// Talk pages of MediaWiki: what a section begins with stands in a p, answers in lists within lists.
  @Test func remarksOfTalkPagesComeWithAuthorTimeAndParent() throws {
    let records = try readAll(Self.page { Self.remark($0) }, format: .html).records
    let comments = records.comments
    #expect(comments.map(\.text) == [Self.texts[0], Self.texts[1], "Well.\n\(Self.texts[2])", Self.texts[1]])
    #expect(comments.map(\.author) == [Self.names[0], Self.names[1], Self.names[2], Self.names[1]])
    #expect(comments.map(\.createdAt) == [0, 1, 2, 1].map { "1\($0):0\($0), \($0 + 1) May 2024 (UTC)" })
    #expect(comments.map(\.parentID) == [nil, comments.first?.id, comments.dropFirst().first?.id, nil])
    #expect(records.articles.first?.body.contains("cellar") == false)
  }

  /// A reply link behind the time, and ids that name the remark, its author and what it answers.
  @Test func remarksKeepTheIdsOfThePage() throws {
    let ids = ["c-Marlo_Finch-20240501100000-Lid", "c-tin_whistle-20240502110100-Marlo_Finch-20240501100000"]
    let page = Self.page(beginning: "") { index in
      let id = index < ids.count ? ids[index] : "c-192.0.2.17-20240503120200-tin_whistle-20240502110100"
      return Self.remark(index) { _ in "<span id=\"\(id)\"></span>" } + " <span>[<a>reply</a>]</span>"
    }
    let comments = try readAll(Array(page.utf8), name: "p", format: .html).records.comments
    #expect(Array(comments.map(\.id).prefix(2)) == ids.map { "p#\($0)" })
    #expect(comments.map(\.text).prefix(2) == Self.texts.prefix(2))
  }

  /// An article without any heading between it and the remarks.
  @Test func whatStandsBeforeTheFirstRemarkIsNotItsText() throws {
    let page = "<html><body><h1>Kettles</h1><p>An article of some words about kettles.</p><p>\(Self.remark(0))</p><p>\(Self.remark(1))</p>"
    let records = try readAll(page, format: .html).records
    #expect(records.comments.map(\.text) == Array(Self.texts.prefix(2)))
    #expect(records.articles.first?.body.contains("An article of some words about kettles.") == true)
  }

  /// A time in a sentence, a link that is no name, a byline: nobody signs with these.
  @Test(arguments: [
    "The <a>depot</a> opens at 10:00, 1 May 2024 and the kettle was the first thing in it.",
    "The depot opens, as I have said before, at 10:00, 1 May 2024.", "Posted by <a>Ann</a> at 10:00, 1 May 2024",
  ])
  func whatIsNotSignedIsNoRemark(line: String) throws {
    let page = "<html><body><p>\(line)</p><p>\(line)</p><p>\(line)</p>"
    #expect(try readAll(page, format: .html).records.comments.isEmpty)
  }
}
