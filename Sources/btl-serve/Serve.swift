#if Service
  internal import ArgumentParser
  internal import BelowTheLine
  internal import CommentSources
  internal import DefaultModel
  internal import Foundation
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NIOCore
  internal import ScoringService

  @main
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "btl-serve",
      abstract: "Scores comments over HTTP, on this machine. Nothing of a request is kept.",
      discussion: """
        EXAMPLES
          btl-serve --port 8080 &
          curl --data-binary @thread.jsonl localhost:8080/score?explain=true
          curl --data-binary @page.html localhost:8080/score
          curl -d '{"comment":{"text":"They hide it."},
                    "requestedAttributes":{"CONSPIRACY":{}}}' \\
            localhost:8080/v1alpha1/comments:analyze

        REQUESTS
          POST /score    what btl score reads, one row a comment as it writes;
                         ?explain=true adds reasons, ?from=FORMAT names a format
          POST /v1alpha1/comments:analyze
                         as Perspective API; attributes are the model's labels
          GET /model     the model's card
          GET /health    200 while it runs

        Who may ask is for a proxy before it to decide, and encryption too.
        """,
      version: Version.current)

    @Option(help: ArgumentHelp("A model file; the model inside the program where none is given.", valueName: "file"), completion: .file())
    var model: String?

    @Option(
      help: ArgumentHelp(
        "Which of the model's thresholds flags, as `btl model` lists them; a second one holds. (default: the model's first)",
        valueName: "target"), transform: Self.target)
    var at: [ThresholdTarget] = []

    @Option(help: ArgumentHelp("The address to listen at; 0.0.0.0 is any.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("The port; 0 for any that is free.", valueName: "n"))
    var port = 8080

    @Option(help: ArgumentHelp("The greatest request that is read, in MB.", valueName: "mb"))
    var limit = 8

    /// More wait until one is closed.
    private static let connections = 256
    private static let idle = TimeAmount.seconds(60)

    /// As of `btl`: 2 for unusable arguments or an unusable model; and for an address at which it cannot listen.
    static func main() async {
      do {
        var command = try parseAsRoot()
        if let serve = command as? Serve { try await serve.run() } else { try command.run() }
      } catch {
        guard exitCode(for: error) != .success else { exit(withError: error) }
        try? FileHandle.standardError.write(contentsOf: Data((fullMessage(for: error) + "\n").utf8))
        Foundation.exit(2)
      }
    }

    func validate() throws {
      guard (0...65535).contains(port) else { throw ValidationError("--port takes 0 to 65535, not \(port)") }
      guard (1...1024).contains(limit) else { throw ValidationError("--limit takes 1 to 1024 MB, not \(limit)") }
    }

    func run() async throws {
      let service = try service()
      let application = Application(
        router: Routes(service: service, limit: limit << 20).router,
        server: .http1(configuration: .init(idleTimeout: Self.idle)),
        configuration: .init(
          address: .hostname(host, port: port), serverName: "btl-serve/\(Version.current)",
          availableConnectionsDelegate: MaximumAvailableConnections(Self.connections)))
      try await application.runService()
    }

    private func service() throws -> ScoringService {
      do {
        let model =
          try model.map { try Model(path: $0) }
          ?? Model(
            permanent: UnsafeRawBufferPointer(start: btl_default_model(), count: btl_default_model_size()))
        return try ScoringService(model: model, at: at)
      } catch {
        throw ValidationError("\(model ?? "the model inside the program"): \(error)")
      }
    }

    private static func target(_ text: String) throws -> ThresholdTarget {
      guard let target = ThresholdTarget(text) else { throw ValidationError("\(text) is no threshold; there are mcc, f1, precision=0.9 …") }
      return target
    }
  }
#else
  internal import Foundation

  @main
  enum Serve {
    static func main() throws {
      let note = "btl-serve was built without its server: swift run -c release --traits Service btl-serve\n"
      try FileHandle.standardError.write(contentsOf: Data(note.utf8))
      exit(2)
    }
  }
#endif
