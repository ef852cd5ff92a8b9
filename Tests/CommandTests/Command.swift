import Foundation
import Testing

/// The real binary, run as a user runs it.
enum Command {
  struct Result {
    var output: String
    var errors: String
    var status: Int32

    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// Beside the test bundle, wherever that was built.
  static let binary: URL = {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let executable = URL(fileURLWithPath: CommandLine.arguments[0])
    let folders = [bundle?.deletingLastPathComponent(), executable.deletingLastPathComponent(), Bundle.main.bundleURL].compactMap { $0 }
    return folders.map { $0.appendingPathComponent("btl") }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
      ?? URL(fileURLWithPath: "btl")
  }()

  /// The top of the checkout.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func run(_ arguments: [String], input: [UInt8] = [], binary: URL = binary) throws -> Result {
    let process = Process()
    process.executableURL = binary
    process.arguments = arguments
    process.currentDirectoryURL = root
    process.environment = ["PATH": "/usr/bin:/bin", "COLUMNS": "120"]
    let folder = try TemporaryFolder()
    let (inputFile, outputFile, errorFile) = (folder.file("in"), folder.file("out"), folder.file("err"))
    try Data(input).write(to: inputFile)
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    process.waitUntilExit()
    return Result(
      output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self), status: process.terminationStatus)
  }

  static func run(_ arguments: String..., input: String = "") throws -> Result { try run(arguments, input: Array(input.utf8)) }
}

/// A folder that goes when the test goes.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("btl-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func file(_ name: String, _ contents: [UInt8]) throws -> String {
    try Data(contents).write(to: file(name))
    return file(name).path
  }

  func file(_ name: String, _ contents: String) throws -> String { try file(name, Array(contents.utf8)) }
}
