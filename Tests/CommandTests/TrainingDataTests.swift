import BelowTheLine
import CommentSources
import Foundation
import Testing

/// What the guide in TrainingData promises of the data: no template, no copies, words and lengths as wide as in real comments.
@Suite struct TrainingDataTests {
  private static let records: [Record] = folders(["threads", "posts"])
  private static let comments = records.comments
  /// Short by nature, so that their lengths are no comments'.
  private static let remarks: [BelowTheLine.Comment] = folders(["remarks"]).comments
  private static let all = comments + remarks
  /// Of each of all comments.
  private static let hashedWords = all.map { hashes($0.text) }

  private static func folders(_ names: [String]) -> [Record] {
    var records: [Record] = []
    for name in names {
      let folder = Command.root.appendingPathComponent("TrainingData/\(name)")
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for file in files.filter({ $0.hasSuffix(".jsonl") }).sorted() {
        try? SourceReader(path: folder.appendingPathComponent(file).path, format: nil).read { event in
          if case .record(let record) = event { records.append(record) }
        }
      }
    }
    return records
  }

  /// English comments, in an order that has nothing to do with their articles.
  private static let shuffledEnglish: [BelowTheLine.Comment] = {
    var language: [String: String] = [:]
    for case .article(let article) in records { language[article.id] = article.language }
    var english = comments.filter { comment in
      (comment.extra["language"]?.text ?? comment.articleID.flatMap { language[$0] }) == "en"
    }
    var generator = SeededGenerator(seed: 3)
    for index in english.indices.reversed() { english.swapAt(index, generator.below(index + 1)) }
    return english
  }()

  private static let shuffledEnglishWords = shuffledEnglish.flatMap { hashes($0.text) }

  private static func hashes(_ text: String) -> [UInt64] {
    var buffer = TokenBuffer()
    Tokenizer().tokenize(text, into: &buffer)
    return buffer.tokens.filter { $0.kind != .punctuation }.map { token in
      FeatureHash.bytes(buffer.folded[token.foldedRange], seed: FeatureHash.seed(0))
    }
  }

  @Test func thereIsEnoughOfEach() {
    let articles = Self.records.count - Self.comments.count
    #expect(articles >= 120)
    #expect(Self.shuffledEnglish.count >= 4000)
    #expect(Set(Self.all.map(\.id)).count == Self.all.count)
    #expect(Self.remarks.count >= 10_000)
    #expect(Self.remarks.allSatisfy { $0.isAuxiliary && $0.labels["conspiracy"] != nil && $0.extra["stance"] != nil })
    let threaded = Self.comments.filter { $0.articleID != nil }
    let offTopic = Double(threaded.count { $0.labels["off_topic"] == true }) / Double(threaded.count)
    let conspiracy = Double(threaded.count { $0.labels["conspiracy"] == true }) / Double(threaded.count)
    #expect((0.15...0.25).contains(offTopic))
    #expect((0.12...0.20).contains(conspiracy))
    #expect(threaded.allSatisfy { $0.labels.count == 2 })
    let families = Set(Self.comments.filter { $0.labels["conspiracy"] == true }.compactMap { $0.extra["theory"]?.text })
    #expect(families.count >= 30)
  }

  @Test func noTwoAreNearlyTheSame() {
    var duplicates = NearDuplicates()
    var buffer = TokenBuffer()
    // Shingles of four words say nothing of a text that has hardly more.
    let long = zip(Self.all, Self.hashedWords).filter { $1.count >= 8 }.map(\.0)
    for comment in long {
      Tokenizer().tokenize(comment.text, into: &buffer)
      duplicates.add(buffer)
    }
    for (row, leader) in duplicates.groups().enumerated() where row != leader {
      Issue.record("\(long[row].id) is nearly \(long[leader].id)")
    }
  }

  @Test func noRunOfEightWordsRecurs() {
    var rows: [UInt64: Set<Int>] = [:]
    for (row, hashes) in Self.hashedWords.enumerated() {
      guard hashes.count >= 8 else { continue }
      for start in 0...hashes.count - 8 { rows[hashes[start..<start + 8].reduce(0) { FeatureHash.join($0, $1) }, default: []].insert(row) }
    }
    for run in rows.values where run.count > 3 {
      Issue.record("rows \(run.sorted().map { Self.all[$0].id }) share eight words in a row")
    }
  }

  /// Distinct words after so many, of the C3 corpus (dev part, comments in random order): 2,698, 4,230, 7,403, 10,906 and 15,576.
  @Test(arguments: [(10_000, 2698), (20_000, 4230), (50_000, 7403), (100_000, 10_906), (200_000, 15_576)])
  func theVocabularyGrowsAsInRealComments(tokens: Int, types: Int) {
    let distinct = Set(Self.shuffledEnglishWords.prefix(tokens)).count
    #expect(abs(Double(distinct) / Double(types) - 1) < 0.25, "\(distinct) distinct words in the first \(tokens)")
  }

  /// Quartiles of the C3 corpus (dev part): 23, 49 and 93 words.
  @Test func lengthsAreThoseOfRealComments() {
    let lengths = Self.shuffledEnglish.map { $0.text.split { $0.isWhitespace }.count }.sorted()
    for (share, real) in [(0.25, 23.0), (0.5, 49.0), (0.75, 93.0)] {
      let ours = Double(lengths[Int(Double(lengths.count) * share)])
      #expect(abs(ours / real - 1) <= 0.3, "\(ours) words at \(share)")
    }
  }

  /// Neither a case nor what says the same in other words: few telling words in common, told by their first five letters.
  @Test func theStanceSuiteIsNoTrainingData() {
    let cases = Self.folders(["stance"]).comments
    #expect(cases.count >= 600)
    var casesWith: [String: [Int]] = [:]
    let telling = cases.map { Self.tellingWords($0.text) }
    for (number, words) in telling.enumerated() {
      for word in words { casesWith[word, default: []].append(number) }
    }
    for comment in Self.remarks {
      let words = Self.tellingWords(comment.text)
      var common: [Int: Int] = [:]
      for word in words { for number in casesWith[word] ?? [] { common[number, default: 0] += 1 } }
      for (number, count) in common where count >= 4 {
        let (own, other) = (words.count, telling[number].count)
        let isAlike = Double(count) / Double(own + other - count) > 0.25 || Double(count) / Double(min(own, other)) >= 0.45
        #expect(!isAlike, "\(comment.id) is like \(cases[number].id)")
      }
    }
    let trained = Set(Self.hashedWords)
    for comment in cases { #expect(!trained.contains(Self.hashes(comment.text)), "\(comment.id)") }
  }

  private static func tellingWords(_ text: String) -> Set<String> {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" && $0 != "’" }.map(String.init)
    return Set(words.filter { $0.count > 2 && !commonWords.contains($0) }.map { String($0.prefix(5)) })
  }

  private static let commonWords = Set(
    """
    the that this these those you she they him her them your his its our their who what which when where why how and nor but because for
    with about into from down out off over not are was were been being have has had does did will would can could should may might must
    just all any every some there here more most than then too very one it's don't they're that's
    """.split { $0.isWhitespace }.map(String.init))
}

extension [Record] {
  fileprivate var comments: [BelowTheLine.Comment] {
    compactMap { if case .comment(let comment) = $0 { comment } else { nil } }
  }
}
