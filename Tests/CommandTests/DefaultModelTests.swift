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
          of: /btl train (.*) --output Models\/default\.safetensors/))
      let folder = try TemporaryFolder()
      /// As a shell does it.
      func expanded(_ argument: String) throws -> [String] {
        let parts = argument.split(separator: "/*").map(String.init)
        guard parts.count == 2 else { return [argument] }
        let path = Command.root.appendingPathComponent(parts[0]).path
        return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(parts[1]) }.sorted().map {
          "\(parts[0])/\($0)"
        }
      }
      let output = folder.file("default.safetensors")
      let arguments = try command.1.split(separator: " ").flatMap { try expanded(String($0)) }
      let result = try Command.run(["train"] + arguments + ["--output", output.path])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try Data(contentsOf: output) == Data(contentsOf: Self.path))
    }
  #endif
}
