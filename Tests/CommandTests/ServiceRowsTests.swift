import BelowTheLine
import CommentSources
import Foundation
import ScoringService
import TestSupport
import Testing

/// Whoever asks the service gets what `btl score` writes.
struct ServiceRowsTests {
  @Test(arguments: [false, true])
  func rowsAreThoseOfTheCommand(explains: Bool) throws {
    let folder = try TemporaryFolder()
    let outcome = try Samples.train()
    let model = outcome.model
    let path = folder.file("model").path
    try Data(outcome.bytes).write(to: URL(fileURLWithPath: path))
    var writer = JSONWriter()
    for record in Samples.records { RecordWriter.append(record, to: &writer) }
    writer.value(.object([JSONMember("text", "Under no article, and without an id?")]))
    let target = try #require(model.heads[0].thresholds.first).target
    for targets in [[], [target], [target, target]] {
      let options = targets.flatMap { ["--at", $0.description] } + (explains ? ["--explain"] : [])
      let told = try Command.run(["score", "-", "--model", path, "--threads", "1"] + options, input: writer.bytes).output
      let answered = try ScoringService(model: model, at: targets).score(writer.bytes, explains: explains)
      #expect(String(decoding: answered.bytes, as: UTF8.self) == told.replacing("\"-:27\"", with: "\"request:27\""))
      #expect(answered.comments == 25)
    }
  }
}
