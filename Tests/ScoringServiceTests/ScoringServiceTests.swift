import BelowTheLine
import CommentSources
import Foundation
import ScoringService
import TestSupport
import Testing

struct ScoringServiceTests {
  private static let model = Result { try Samples.train().model }

  static func service() throws -> ScoringService { try ScoringService(model: model.get()) }

  static let thread: [UInt8] = {
    var writer = JSONWriter()
    for record in Samples.records { RecordWriter.append(record, to: &writer) }
    return writer.bytes
  }()

  static func value(_ bytes: some Collection<UInt8>) throws -> JSONValue { try JSONScanner.parse(String(decoding: bytes, as: UTF8.self)) }

  private static func rows(_ bytes: [UInt8]) throws -> [JSONValue] { try bytes.split(separator: UInt8(ascii: "\n")).map(value) }

  @Test func scoresAreThoseOfTheLibrary() throws {
    let service = try Self.service()
    let answer = try service.score(Self.thread)
    let scorer = Scorer(model: try Self.model.get())
    var conversations = scorer.makeConversations()
    let expected = scorer.score(Samples.records, threads: 1, in: &conversations)
    let rows = try Self.rows(answer.bytes)
    #expect(rows.count == 24 && (answer.comments, answer.articles, answer.rejected) == (24, 2, 0))
    for (row, score) in zip(rows, expected) {
      for (label, probability) in zip(scorer.model.labels, score.probabilities) {
        let told = row["scores"]?[label]?.double
        #expect((told == nil) == (probability == nil))
        #expect(abs((told ?? 0) - (probability ?? 0)) <= 0.00005)
      }
      #expect(row["flags"]?.elements.compactMap(\.text) == score.flags)
      #expect(row["reasons"] == nil)
    }
  }

  @Test func everyRecordIsAnsweredInItsPlace() throws {
    let body = #"{"id":"a","text":"Calm crew."}"# + "\n" + #"{"id":"b","text":5}"# + "\nno record\n" + #"{"id":"c","text":"Late ferry."}"#
    let answer = try Self.service().score(Array(body.utf8))
    let rows = try Self.rows(answer.bytes)
    #expect((answer.comments, answer.articles, answer.rejected, answer.passedOver) == (2, 0, 2, 0))
    #expect(rows.map { $0["id"]?.text } == ["a", nil, nil, "c"])
    #expect(rows[1]["rejected"]?["line"]?.integer == 2 && rows[1]["rejected"]?["field"]?.text == "text")
    #expect(rows[2]["rejected"]?["line"]?.integer == 3 && rows[2]["rejected"]?["reason"]?.text?.isEmpty == false)
  }

  @Test func aPageIsSeparatedFirst() throws {
    let page = try Data(contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(Self.examplePage))
    let answer = try Self.service().score(Array(page))
    #expect((answer.comments, answer.articles) == (9, 1))
    // As comma separated values it has no column that could hold texts.
    #expect(throws: RequestError.self) { try Self.service().score(Array(page), from: .csv) }
  }

  private static let examplePage = "../../TrainingData/pages/harbour-tunnel.txt"

  @Test func whatIsSmallAndMayBecomeAnythingIsRefused() throws {
    let error = #expect(throws: RequestError.self) { try Self.service().score([0x1F, 0x8B, 8, 0]) }
    #expect(error?.kind == .unsupportedMediaType)
  }

  @Test func aDumpIsNoRequest() throws {
    let service = try Self.service()
    let line = Array("{\"text\":\"a\"}\n".utf8)
    func body(_ count: Int) -> [UInt8] { Array(repeatElement(line, count: count).joined()) }
    #expect(try service.score(body(ScoringService.mostRecords)).comments == ScoringService.mostRecords)
    let error = #expect(throws: RequestError.self) { try service.score(body(ScoringService.mostRecords + 1)) }
    #expect(error?.kind == .contentTooLarge)
  }

  @Test func aModelOfWholeThreadsSeesLaterComments() throws {
    var options = Samples.options()
    options.seesWholeThreads = true
    let model = try Samples.train(options).model
    let rows = try Self.rows(ScoringService(model: model).score(Self.thread).bytes)
    let scorer = Scorer(model: model)
    var conversations = scorer.makeConversations(wholeThreads: true)
    _ = scorer.score(Samples.records, threads: 1, in: &conversations)
    let whole = scorer.score(Samples.records, threads: 1, in: &conversations)
    let index = try #require(model.labels.firstIndex(of: "off_topic"))
    var onlyBefore = scorer.makeConversations()
    let before = scorer.score(Samples.records, threads: 1, in: &onlyBefore)
    #expect(whole.map { $0.probabilities[index] } != before.map { $0.probabilities[index] }, "or this test would say nothing")
    for (row, score) in zip(rows, whole) {
      #expect(abs(try #require(row["scores"]?["off_topic"]?.double) - #require(score.probabilities[index])) <= 0.00005)
    }
  }

  @Test func manyMayAskAtOnce() throws {
    let service = try Self.service()
    let expected = try service.score(Self.thread, explains: true)
    let answers = Parallel.map(64, threads: 8) { _ in try? service.score(Self.thread, explains: true) }
    #expect(answers.allSatisfy { $0 == expected })
  }

  @Test func noBytesMakeItCrash() throws {
    let service = try Self.service()
    var mutator = Mutator(seed: 7)
    for _ in 0..<300 {
      let body = mutator.mutate(Self.thread)
      if let rows = try? service.score(body) { #expect(try Self.rows(rows.bytes).count == rows.comments + rows.rejected) }
      _ = try? service.analyze(mutator.mutate(AnalyzeTests.example))
    }
  }

  @Test func errorsAreObjects() throws {
    let body = try Self.value(RequestError(.contentTooLarge, "more than \"8\" MB").body)
    #expect(body["error"]?["code"]?.integer == 413 && body["error"]?["message"]?.text == "more than \"8\" MB")
  }

  @Test func theCardIsTheModels() throws {
    let card = try Self.value(Self.service().card())
    let digest = try Self.model.get().digest
    #expect(card["labels"]?.elements.count == 2 && card["digest"]?.text == digest)
  }
}
