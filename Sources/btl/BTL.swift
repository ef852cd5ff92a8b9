internal import ArgumentParser
internal import BelowTheLine
internal import CommentSources
internal import Foundation
internal import ModerationQueue

@main
struct BTL: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "btl",
    abstract: "Scores reader comments for moderation: off-topic and conspiracy, with reasons.",
    discussion: """
      A person decides about every comment: scores order and explain, they \
      never remove.

      EXAMPLES
        btl score page.txt                          what a page's comments look like
        btl score dump.jsonl.gz --output scored.jsonl
        btl explain --text "They don't want you to know."
        btl train labelled.jsonl --output site.safetensors
        btl evaluate labelled.jsonl --model site.safetensors
        btl queue add dump.jsonl --store q.sqlite   what a person should look at
        btl review --store q.sqlite --as anna       … one at a time

      EXIT STATUS
        0  done
        1  done, but more records were rejected than --max-rejects allows,
           or a file could not be read
        2  unusable arguments or model
      """,
    version: Version.current,
    subcommands: [
      Score.self, Separate.self, Train.self, Evaluate.self, Explain.self, Features.self, ModelCard.self, Queue.self, Review.self,
    ])

  /// ArgumentParser's own exit status for unusable arguments is 64; the contract says 2.
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    Terminal.fillClosedDescriptors()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch is BrokenPipe {
      Foundation.exit(0)
    } catch let problem as Unusable {
      Terminal.note("Error: \(problem.reason)")
      Foundation.exit(2)
    } catch let problem as QueueError {
      Terminal.note("Error: \(Terminal.brief(problem))")
      Foundation.exit(2)
    } catch let problem as InputError {
      Terminal.note("Error: \(Terminal.brief(problem))")
      Foundation.exit(1)
    } catch {
      if exitCode(for: error) == .validationFailure {
        for line in fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false) { Terminal.note(String(line)) }
        Foundation.exit(2)
      }
      exit(withError: error)
    }
  }
}

/// Arguments or a model that cannot be used: exit status 2.
struct Unusable: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}
