import BelowTheLine
import Foundation
import Testing

struct DefaultModelTests {
  private static let path = Command.root.appendingPathComponent("Models/default.safetensors")

  @Test func theModelInsideIsTheModelInTheRepository() throws {
    let model = try Model(path: Self.path.path)
    #expect(model.labels == ["conspiracy", "off_topic"])
    let card = try JSONScanner.parse(try Command.run("model", "--json").output)
    #expect(card["digest"]?.text == model.digest)
  }

  #if !DEBUG
    /// The command that Models/README.md gives. In debug builds it would take minutes.
    @Test func theModelIsRebuiltByteForByte() throws {
      let readme = try String(contentsOf: Command.root.appendingPathComponent("Models/README.md"), encoding: .utf8)
      let command = try #require(
        readme.firstMatch(
          of: /btl train TrainingData\/threads\/\*\.jsonl TrainingData\/posts\/\*\.jsonl (.*) --output Models\/default\.safetensors/))
      let folder = try TemporaryFolder()
      let files = try ["TrainingData/threads", "TrainingData/posts"].flatMap { folder in
        let path = Command.root.appendingPathComponent(folder).path
        return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".jsonl") }.sorted().map {
          "\(folder)/\($0)"
        }
      }
      let output = folder.file("default.safetensors")
      let arguments = command.1.split(separator: " ").map(String.init)
      let result = try Command.run(["train"] + files + arguments + ["--output", output.path])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try Data(contentsOf: output) == Data(contentsOf: Self.path))
    }
  #endif
}
