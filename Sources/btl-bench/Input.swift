internal import BelowTheLine
internal import CommentSources

/// Invented threads: an article, then comments whose words follow Zipf's law, with some that occur once, some accents and some escapes.
struct Input {
  let records: [Record]
  let texts: [[UInt8]]
  /// The comments as JSON Lines.
  let lines: [[UInt8]]

  private static let threads = 200
  private static let commentsAThread = 40

  init() {
    var generator = SeededGenerator(seed: 2024)
    let syllables = [
      "ba", "den", "ko", "lis", "mar", "no", "per", "qui", "ro", "sta", "tu", "ven", "wi", "zo", "é", "an", "e", "in", "or", "th",
    ]
    func word() -> String { (0...generator.below(3)).map { _ in syllables[generator.below(syllables.count)] }.joined() }
    let vocabulary = (0..<20_000).map { _ in word() }
    func text(words: Int) -> String {
      var text = ""
      for index in 0..<words {
        if index > 0 { text += [" ", " ", " ", " ", " ", ", ", ". ", "! "][generator.below(8)] }
        // The product of uniform numbers falls off about as the frequencies of words do.
        let rank = generator.below(1 + generator.below(1 + generator.below(vocabulary.count)))
        switch generator.below(200) {
        case 0...2: text += word() + word() + word()
        case 3: text += "\"" + vocabulary[rank] + "\""
        case 4: text += "don't"
        case 5: text += "https://\(vocabulary[rank]).example/\(index)"
        case 6: text += "\(generator.below(3000))"
        default: text += vocabulary[rank]
        }
      }
      return text
    }
    var records: [Record] = []
    for thread in 0..<Self.threads {
      records.append(.article(Article(id: "a\(thread)", title: text(words: 8), body: text(words: 400))))
      for number in 0..<Self.commentsAThread {
        let text = text(words: 10 + generator.below(140))
        let labels = ["conspiracy": text.contains("quiba"), "spam": text.utf8.count % 7 == 0, "off_topic": generator.below(4) == 0]
        records.append(
          .comment(
            Comment(
              id: "c\(thread)-\(number)", articleID: "a\(thread)",
              parentID: number > 3 && number % 2 == 0 ? "c\(thread)-\(number - 3)" : nil,
              author: "reader\(generator.below(900))", createdAt: "2023-02-16T10:00:00Z", text: text, labels: labels)))
      }
    }
    self.records = records
    let comments = records.compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
    texts = comments.map { Array($0.text.utf8) }
    lines = comments.map { comment in
      var writer = JSONWriter()
      RecordWriter.append(.comment(comment), to: &writer)
      return Array(writer.bytes.dropLast())
    }
  }

  /// The first threads, with these labels alone.
  func labelled(_ labels: Set<String>, threads: Int) -> [Record] {
    records.prefix(threads * (1 + Self.commentsAThread)).map { record in
      guard case .comment(var comment) = record else { return record }
      comment.labels = comment.labels.filter { labels.contains($0.key) }
      return .comment(comment)
    }
  }
}
