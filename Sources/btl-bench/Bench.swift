internal import BelowTheLine

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Times each part of scoring and training by itself on invented comments, on one thread.
///
///     btl-bench > before.jsonl                      a line of JSON a case
///     btl-bench --baseline before.jsonl             … with "times_as_fast" against it
///     btl-bench --only tokenise --runs 1            for valgrind --tool=callgrind --toggle-collect='*timed*'
///
/// A case that gives another checksum than ``Expected`` says is wrong, however fast: the exit status is then 1. `--record` prints what
/// `Expected.swift` shall hold.
@main
struct Bench {
  private var only: String?
  private var runs = 7
  private var baseline: [String: Double] = [:]
  private var records = false

  static func main() throws {
    var bench = Bench()
    do {
      try bench.read(Array(CommandLine.arguments.dropFirst()))
    } catch {
      note("btl-bench: \(error)")
      exit(2)
    }
    if try !bench.run() { exit(1) }
  }

  private struct Unusable: Error, CustomStringConvertible {
    let description: String
  }

  private mutating func read(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--record" {
        records = true
        continue
      }
      guard let value = rest.popFirst() else { throw Unusable(description: "\(argument) is unknown or needs a value") }
      switch argument {
      case "--only": only = value
      case "--runs":
        guard let number = Int(value), number > 0 else { throw Unusable(description: "--runs must be 1 or more, not \(value)") }
        runs = number
      case "--baseline":
        guard let file = fopen(value, "r") else { throw Unusable(description: "cannot read \(value)") }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line {
          let row = try JSONScanner.parse(String(cString: text))
          if let name = row["case"]?.text, let seconds = row["seconds"]?.double { baseline[name] = seconds }
        }
      default: throw Unusable(description: "\(argument) is unknown")
      }
    }
  }

  /// - Returns: whether all checksums are right.
  private func run() throws -> Bool {
    let input = Input()
    let cycle = secondsPerCycle()
    var allAreRight = true
    for item in Case.all(input) where only == nil || item.name == only {
      let work = try item.prepare()
      var best = Double.infinity
      // Once before: tables that are made on first use do not count.
      var checksum = work()
      for _ in 0..<runs {
        let start = now()
        checksum = timed(work)
        best = min(best, now() - start)
      }
      if records {
        print("    \"\(item.name)\": 0x\(String(checksum, radix: 16)),")
        continue
      }
      let isRight = checksum == Expected.checksums[item.name]
      allAreRight = allAreRight && isRight
      var writer = JSONWriter()
      var members: [JSONMember] = [
        JSONMember("case", .string(item.name)), JSONMember("seconds", .number(best)), JSONMember("count", .integer(item.count)),
        JSONMember("per_second", .integer(Int(Double(item.count) / best))),
        JSONMember("bytes", .integer(item.bytes)), JSONMember("cycles_per_byte", .number(rounded(best / cycle / Double(item.bytes)))),
        JSONMember("checksum", .string(String(checksum, radix: 16))), JSONMember("right", .bool(isRight)),
      ]
      if let before = baseline[item.name] { members.append(JSONMember("times_as_fast", .number(rounded(before / best)))) }
      writer.value(.object(members))
      print(String(decoding: writer.bytes, as: UTF8.self))
    }
    return allAreRight
  }

  private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

/// By itself, so that a profiler can be told to look at nothing else.
@inline(never)
private func timed(_ work: () -> UInt64) -> UInt64 { work() }

/// Processor time of this thread: other programs on the machine count less.
private func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// A chain of steps of four cycles each (multiplication three, exclusive or one), none of which can begin before the last has ended:
/// what a cycle takes on this machine just now.
private func secondsPerCycle() -> Double {
  var best = Double.infinity
  var value: UInt64 = 1
  for _ in 0..<5 {
    let start = now()
    for _ in 0..<5_000_000 { value = (value &* 0x9E37_79B9_7F4A_7C15) ^ value >> 31 }
    best = min(best, now() - start)
  }
  return value == 0 ? 0 : best / 20_000_000
}

private func note(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = write(STDERR_FILENO, line, line.count)
}
