internal import BelowTheLine
internal import CommentSources

/// What was set aside: counted, told, and kept where `--rejects` says.
final class Rejections {
  private(set) var count = 0
  private let output: Output?
  private let isSilent: Bool

  /// More than this are counted, but not told one by one.
  private static let told = 10

  /// - Parameters:
  ///   - path: where they are kept; nil for nowhere.
  ///   - isSilent: whether they are only counted, as where all is read once more.
  init(path: String?, isSilent: Bool = false) throws {
    output = try isSilent ? nil : path.map { try Output(path: $0) }
    self.isSilent = isSilent
  }

  func add(_ rejection: Rejection) throws {
    count += 1
    guard !isSilent else { return }
    if count <= Self.told { Terminal.note("btl: \(Terminal.brief(rejection))") }
    if count == Self.told + 1, output == nil { Terminal.note("btl: further rejections are only counted; --rejects FILE keeps them all") }
    guard let output else { return }
    var writer = JSONWriter()
    var members = [
      JSONMember("source", .string(rejection.location.name)),
      JSONMember("line", rejection.location.line.map(JSONValue.integer) ?? .null),
      JSONMember("field", rejection.field.map(JSONValue.string) ?? .null),
      JSONMember("reason", .string(rejection.reason)),
      JSONMember("raw", .string(String(decoding: rejection.raw, as: UTF8.self))),
    ]
    if let length = rejection.length { members.append(JSONMember("raw_was_bytes", .integer(length))) }
    writer.value(.object(members))
    writer.newline()
    try output.write(writer.bytes)
  }

  func finish() throws { try output?.finish() }
}
