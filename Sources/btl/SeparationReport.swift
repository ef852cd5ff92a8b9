internal import BelowTheLine
internal import Foundation

/// What was found in each input, counted.
struct SeparationStats {
  private struct Counts {
    var articles = 0
    var bodyWords = 0
    var comments = 0
    var authors = 0
    var times = 0
    var parents = 0
    var commentWords = 0
  }

  private var order: [String] = []
  private var counts: [String: Counts] = [:]

  mutating func add(_ record: Record, from source: String) {
    if counts[source] == nil { order.append(source) }
    var count = counts[source] ?? Counts()
    switch record {
    case .article(let article):
      count.articles += 1
      count.bodyWords += Self.words(article.body)
    case .comment(let comment):
      count.comments += 1
      count.authors += comment.author == nil ? 0 : 1
      count.times += comment.createdAt == nil ? 0 : 1
      count.parents += comment.parentID == nil ? 0 : 1
      count.commentWords += Self.words(comment.text)
    }
    counts[source] = count
  }

  private static func words(_ text: String) -> Int {
    text.utf8.split { $0 <= 0x20 }.count
  }

  /// A table, one line an input.
  var lines: [String] {
    let columns = ["articles", "words", "comments", "author", "time", "parent", "words"]
    return [columns.map { $0.leftPadded(to: 10) }.joined() + "  input"]
      + order.map { source in
        let count = counts[source] ?? Counts()
        let figures = [count.articles, count.bodyWords, count.comments, count.authors, count.times, count.parents, count.commentWords]
        return figures.map { $0.grouped.leftPadded(to: 10) }.joined() + "  " + Terminal.harmless(source)
      }
  }
}

/// A page that shows a person at a glance what went where: articles and comments in two colours, nothing that runs or loads.
struct SeparationReport {
  private let output: Output

  init(path: String) throws {
    output = try Output(path: path)
    try output.write(
      line: """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>What went where</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; background: #fff; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
        .legend span { padding: .1rem .5rem; margin-right: .5rem; }
        .article { background: #eef4fb; border-left: .4rem solid #2f6db3; padding: 1rem; margin: 2rem 0 .5rem; white-space: pre-wrap; }
        .comment { background: #fdf5e3; border-left: .4rem solid #b7791f; padding: .5rem 1rem; margin: .4rem 0; white-space: pre-wrap; }
        .who { font-weight: 600; } .when { color: #595959; margin-left: .5rem; } .id { color: #595959; font-size: .8rem; overflow-wrap: anywhere; }
        @media (prefers-color-scheme: dark) { body { background: #161616; color: #eee; } .article { background: #14263a; } .comment { background: #33270f; } .when, .id { color: #b5b5b5; } }
        </style></head><body>
        <h1>What went where</h1>
        <p class="legend"><span class="article">article</span><span class="comment">comment</span></p>
        """)
  }

  func add(_ record: Record) throws {
    switch record {
    case .article(let article):
      try output.write(
        line: "<section class=\"article\"><div class=\"id\">\(HTML.escaped(article.id))</div>"
          + "<h2>\(HTML.escaped(article.title ?? "(no title)"))</h2>\(HTML.escaped(article.body))</section>")
    case .comment(let comment):
      let indent = max(0, min(comment.depth ?? 0, 8))
      try output.write(
        line:
          "<section class=\"comment\" style=\"margin-left:\(indent * 2)rem\"><span class=\"who\">\(HTML.escaped(comment.author ?? "(no author)"))</span>"
          + "<span class=\"when\">\(HTML.escaped(comment.createdAt ?? ""))</span>\n\(HTML.escaped(comment.text))</section>")
    }
  }

  func finish() throws {
    try output.write(line: "</body></html>")
    try output.finish()
  }
}
