import BelowTheLine
import CommentSources
import TestSupport
import Testing

/// Comments as elements: which they are, and which answers which.
struct CommentItemsTests {
  private static let texts = [
    "The kettle has no lid, and nobody knows why.", "Ask at the depot on Monday.", "Then it is in the cellar.", "I saw it there in spring.",
  ]
  private static let names = ["Marlo Finch", "tin_whistle", "Odette Krahe", "Ivo"]
  private static let article = "<article><h1>Kettles</h1><p>An article of some words about kettles, and then of some more.</article>"

  /// A comment's header and text.
  private static func inside(_ index: Int) -> String {
    """
    <div class=head><span class=author>\(names[index])</span> <time datetime="2024-05-01T10:0\(index):00Z">May 1, 2024</time></div>
    <p>\(texts[index])</p><a>Reply</a>
    """
  }

  private static func comments(_ list: String) throws -> [Comment] {
    let page = "<html><body>\(article)<div class=comments>\(list)</div>"
    return try readAll(Array(page.utf8), name: "p", format: .html).records.comments
  }

  /// The places of the comments that are answered.
  private static func parents(_ comments: [Comment]) -> [Int?] {
    comments.map { comment in comment.parentID.flatMap { id in comments.firstIndex { $0.id == id } } }
  }

  // MARK: Depth

  @Test(arguments: [
    ("<div class='comment depth-N'>", 1), ("<div class='comment odd indent-N'>", 0), ("<div class='comment comment--level-N'>", 1),
    ("<div class=comment data-depth=N>", 0), ("<div class=comment role=treeitem aria-level=N>", 1),
    ("<div class=comment style='color: red; margin-left: N5px'>", 0), ("<div class=comment style='margin-left: N.5em'>", 0),
    ("<div class=row><div class=indent-N><div class=comment>", 0), ("<div class=comment><img src=s.gif height=1 width=N0>", 0),
  ])
  func answersInFlatListsAreTold(by start: String, first: Int) throws {
    let depths = [0, 1, 2, 1]
    let ends = String(repeating: "</div>", count: start.split(separator: "<div").count)
    let items = depths.enumerated().map {
      start.replacing("N", with: String(first + $1)) + Self.inside($0) + (start.contains("img") ? "</div>" : ends)
    }
    let comments = try Self.comments(items.joined())
    #expect(comments.map(\.text) == Self.texts)
    #expect(Self.parents(comments) == [nil, 0, 1, 0])
  }

  /// A rank of the author, numbers that make no thread, and a depth that all have.
  @Test(arguments: [
    ("comment user-level-N", [0, 1, 2, 1]), ("comment level-N", [3, 0, 5, 1]), ("comment level-N", [2, 2, 2, 2]),
  ])
  func otherLevelsNestNothing(name: String, levels: [Int]) throws {
    let items = levels.enumerated().map { "<div class='\(name.replacing("N", with: String($1)))'>\(Self.inside($0))</div>" }
    #expect(Self.parents(try Self.comments(items.joined())) == [nil, nil, nil, nil])
  }

  /// The container of the answers has a class of the same words, and nothing in it but answers.
  @Test func anElementWithoutTextPassesItsParentOn() throws {
    let page = """
      <div class='card x'>\(Self.inside(0))<div class='card x children'><div class='card x'>\(Self.inside(1))</div></div></div>
      <div class='card x'>\(Self.inside(2))</div><div class='card x'>\(Self.inside(3))</div>
      """
    let comments = try Self.comments(page)
    #expect(comments.map(\.text) == Self.texts)
    #expect(Self.parents(comments) == [nil, 0, nil, nil])
  }

  // MARK: Names

  /// Answers have a class of their own, as Giscus's have.
  @Test func answersThatLookUnlikeCommentsAreFound() throws {
    let replies = "<div class=x-replies>\([1, 2].map { "<div class=x-reply>\(Self.inside($0))</div>" }.joined())</div>"
    let comments = try Self.comments(
      "<div class=x-comment>\(Self.inside(0))\(replies)</div><div class=x-comment>\(Self.inside(3))</div>")
    #expect(comments.map(\.text) == Self.texts)
    #expect(comments.map(\.author) == Self.names)
    #expect(Self.parents(comments) == [nil, 0, 0, nil])
  }

  /// What looks alike are threads, each with the comments in it, as Coral's are.
  @Test func commentsWithinThreadsComeOneByOne() throws {
    func item(_ index: Int) -> String { "<div class=x-comment id='comment-3f\(index)b'>\(Self.inside(index))</div>" }
    let comments = try Self.comments(
      "<div class=x-comment-thread>\(item(0))\(item(1))\(item(2))</div><div class=x-comment-thread>\(item(3))</div>")
    #expect(comments.map(\.text) == Self.texts)
    #expect(comments.map(\.id) == (0..<4).map { "p#comment-3f\($0)b" })
  }

  /// A part of a comment whose class says the same and one word more: `x-comment` and `x-comment-author`.
  @Test func theAuthorOfACommentIsNoComment() throws {
    let items = (0..<4).map {
      """
      <div class=x-comment id=x-\($0 + 7)><div class=x-comment-author><a class=name>\(Self.names[$0])</a> <time>May \($0 + 1), 2024</time></div>
      <div class=text>\(Self.texts[$0])</div></div>
      """
    }
    let comments = try Self.comments(items.joined())
    #expect(comments.map(\.text) == Self.texts)
    #expect(comments.map(\.author) == Self.names)
    #expect(comments.map(\.id) == (7..<11).map { "p#x-\($0)" })
  }

  /// Rows of a table with bare numbers as ids and links all over, as those of Hacker News.
  @Test func rowsOfATableAreComments() throws {
    let rows = [0, 1, 2, 1].enumerated().map {
      """
      <tr class='athing comtr' id='3100\($0)'><td><table><tr><td class=ind indent=\($1)><img src=s.gif height=1 width=\($1 * 40)></td>
      <td class=votelinks><a href=v><div title=upvote></div></a></td><td class=default><div><span class=comhead><a class=hnuser>\(Self.names[$0])</a>
      <span class=age><a>2 days ago</a></span> <span class=navs>| <a>parent</a> | <a>next</a> <a>[–]</a></span></span></div><br>
      <div class=comment><div class=commtext>\(Self.texts[$0])</div><div class=reply><p><u><a>reply</a></u></div></div></td></tr></table></td></tr>
      """
    }
    let page = "<html><body><center><table id=hnmain><tr><td><table class=comment-tree>\(rows.joined())</table></td></tr></table></center>"
    let comments = try readAll(Array(page.utf8), name: "p", format: .html).records.comments
    #expect(comments.map(\.text) == Self.texts)
    #expect(comments.map(\.author) == Self.names)
    #expect(comments.map(\.id) == (0..<4).map { "p#comment-3100\($0)" })
    #expect(Self.parents(comments) == [nil, 0, 1, 0])
  }

  /// Anchors with bare numbers stand before some comments, not before all: the list knows better.
  @Test func bareNumbersCountLessThanTheList() throws {
    let items = (0..<4).map { "<div class=item>\($0 == 3 ? "" : "<a name=77\($0)></a>")\(Self.inside($0))</div>" }
    #expect(try Self.comments(items.joined()).map(\.text) == Self.texts)
  }

  // MARK: Parts

  /// An initial for a picture, and a number that only style sets apart from the link behind it.
  @Test func initialsAndVotesAreNoText() throws {
    let items = (0..<4).map {
      """
      <div class=card><div class=picture>\(Self.names[$0].prefix(1).uppercased())</div>\(Self.inside($0))
      <span class=votes>2</span><a class=upvote>up</a> <a>Reply</a></div>
      """
    }
    #expect(try Self.comments(items.joined()).map(\.text) == Self.texts)
  }

  /// Posts as forums write them; the first is the topic.
  @Test(arguments: [
    // phpBB 3.
    """
    <div id=p8N class=post><dl class=postprofile><dt><a class=username>NAME</a></dt><dd class=profile-rank>Harbour Pilot</dd>
    <dd><b>Joined:</b> Tue Mar 03, 2015 9:12 am</dd></dl><div class=postbody><h3><a>SUBJECT</a></h3>
    <p class=author><a><span class=sr-only>Post</span></a><span>by <a class=username>NAME</a> &raquo; </span><time>Mon May 01, 2024 10:00 am</time></p>
    <div class=content>QUOTETEXT</div><div class=notice>Last edited by <a class=username>NAME</a> on Mon May 06, 2024 10:00 am, edited 1 time in total.</div>
    <div id=sig8N class=signature>Two spouts, no lid</div></div><a class=top>Top</a></div>
    """,
    // SMF.
    """
    <div class=windowbg id=msg7N><div class=poster><h4><a>NAME</a></h4><ul class=user_info><li>Full Member<li>Posts: 1,204<li>Logged</ul></div>
    <div><div id=subject_7N class=subject_title><a>SUBJECT</a></div><a class=smalltext>May 01, 2024, 10:00:00 AM</a></div>
    <div class=post><div class=inner>QUOTETEXT</div></div><div class=moderatorbar><div class=signature>Two spouts, no lid</div></div></div>
    """,
    // phpBB 2: an anchor in one cell, the text in the next, the signature below strokes.
    """
    <tr><td><span class=name><a name=9N></a><b>NAME</b></span><br><span>Site Admin<br>Joined: 03 Mar 2005<br>Posts: 410</span></td><td><table><tr>
    <td><span>Posted: Mon May 01, 2024 10:00 am &nbsp; Post subject: SUBJECT</span></td></tr><tr><td><span>QUOTETEXT</span>
    <span><br>_________________<br>Two spouts, no lid</span></td></tr></table></td></tr><tr><td><a>Back to top</a></td></tr>
    """,
  ])
  func postsOfForumsAreTheirTextAlone(form: String) throws {
    let quote = "<blockquote><cite>tin_whistle wrote:</cite>\(Self.texts[1])</blockquote>"
    let posts = (0..<4).map {
      form.replacing("NAME", with: Self.names[$0]).replacing("SUBJECT", with: ($0 > 0 ? "Re: " : "") + "Kettles and lids")
        .replacing("QUOTE", with: $0 == 2 ? quote : "").replacing("TEXT", with: Self.texts[$0]).replacing("N", with: "\($0)")
    }
    let list = form.hasPrefix("<tr>") ? "<table>\(posts.joined())</table>" : posts.joined()
    let records = try readAll("<html><head><title>Harbour board - Kettles and lids</title><body>\(list)", format: .html).records
    #expect(records.articles.first?.body == Self.texts[0])
    #expect(
      records.comments.map(\.text) == [Self.texts[1], "> tin_whistle wrote:\n> \(Self.texts[1])\n\(Self.texts[2])", Self.texts[3]])
    #expect(records.comments.map(\.author) == Array(Self.names.dropFirst()))
    #expect(records.comments.allSatisfy { $0.createdAt?.contains("01, 2024") == true })
  }
}
