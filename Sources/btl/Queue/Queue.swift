internal import ArgumentParser

struct Queue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "Keeps what needs a person, in a useful order, with every decision and its reason.",
    discussion: """
      A store is one SQLite file that several people may use at once. Decisions are only ever added to it; each \
      holds the digest of the one before, so `verify` shows whether somebody changed one.

      EXAMPLES
        btl queue add dump.jsonl --store q.sqlite
        btl queue list --store q.sqlite --order risk --limit 20
        btl queue next --store q.sqlite --as anna
        btl queue decide 17 --store q.sqlite --as anna --action reject \\
          --label off_topic=yes --reason off_topic
        btl queue export --store q.sqlite --to training > labelled.jsonl
      """,
    subcommands: [
      QueueAdd.self, QueueList.self, QueueNext.self, QueueDecide.self, QueueExport.self, QueueImport.self, QueueStats.self,
      QueueVerify.self,
      QueueReasons.self,
    ])
}
