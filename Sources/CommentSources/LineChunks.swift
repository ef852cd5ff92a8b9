internal import BelowTheLine

/// Whole lines of an input, a few hundred KiB at a time, in memory that is used again and again. Lines that came through a pipe are not
/// kept waiting for others.
public final class LineChunks {
  static let size = 256 << 10

  /// Neighbouring lines.
  public struct Chunk: Sendable {
    public internal(set) var bytes: [UInt8] = []
    fileprivate var firstLine = 1
    /// In place of lines: one that is too long to be kept.
    fileprivate var isTooLong = false

    public init() {}
  }

  /// Where a line stands in its chunk, without its end; its number in the input, from 1.
  public struct Line: Sendable {
    public var range: Range<Int>
    public var number: Int
    /// Longer than is kept: nothing is known of it but that it was there.
    public var isTooLong: Bool
  }

  public let name: String
  /// What an object in a line is.
  let format: any LineFormat
  private let input: ByteInput
  /// What was read behind the last line end.
  private var rest: [UInt8]
  /// What the input ended with, once the lines before it are given.
  private var failure: InputError?
  private var line = 1

  init(_ input: ByteInput, head: [UInt8], format: any LineFormat) {
    self.input = input
    self.format = format
    name = input.name
    rest = head
  }

  /// Fills a chunk with the next lines.
  ///
  /// - Returns: false at the end.
  public func next(_ chunk: inout Chunk) throws(InputError) -> Bool {
    if let failure { throw failure }
    chunk.bytes.removeAll(keepingCapacity: true)
    chunk.bytes.append(contentsOf: rest)
    chunk.isTooLong = false
    chunk.firstLine = line
    rest.removeAll(keepingCapacity: true)
    var searched = 0
    while true {
      if chunk.bytes.count >= Self.size || searched < chunk.bytes.count && input.isWaiting {
        if let end = lastNewline(chunk.bytes, from: searched) {
          rest.append(contentsOf: chunk.bytes[(end + 1)...])
          chunk.bytes.removeLast(chunk.bytes.count - end - 1)
          break
        }
        searched = chunk.bytes.count
        if searched > LineReader.maximumLength {
          try passOver(&chunk)
          break
        }
      }
      do {
        guard try input.append(to: &chunk.bytes) else { break }
      } catch {
        guard let end = lastNewline(chunk.bytes, from: 0) else { throw error }
        chunk.bytes.removeLast(chunk.bytes.count - end - 1)
        failure = error
        break
      }
    }
    line += chunk.isTooLong ? 1 : newlines(chunk.bytes)
    if chunk.isTooLong || !chunk.bytes.isEmpty { return true }
    if let damage = input.damage { throw damage }
    return false
  }

  /// Reads on to the end of a line that is not kept.
  private func passOver(_ chunk: inout Chunk) throws(InputError) {
    chunk.bytes.removeAll(keepingCapacity: false)
    chunk.isTooLong = true
    while let more = try input.next() {
      guard let end = more.firstIndex(of: 0x0A) else { continue }
      rest = Array(more[(end + 1)...])
      return
    }
  }

  private func lastNewline(_ bytes: [UInt8], from start: Int) -> Int? {
    var index = bytes.count
    while index > start {
      index -= 1
      if bytes[index] == 0x0A { return index }
    }
    return nil
  }

  private func newlines(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBufferPointer { bytes in
      var count = 0
      var index = 0
      while let end = ByteSearch.index(of: 0x0A, in: bytes, from: index) {
        count += 1
        index = end + 1
      }
      return count
    }
  }
}

extension LineChunks.Chunk {
  /// Calls `body` with every line that is not blank, a byte order mark left out.
  public func forEachLine(_ body: (LineChunks.Line) throws -> Void) rethrows {
    if isTooLong { return try body(LineChunks.Line(range: 0..<0, number: firstLine, isTooLong: true)) }
    var number = firstLine
    var start = 0
    while start < bytes.count {
      let end = bytes.withUnsafeBufferPointer { ByteSearch.index(of: 0x0A, in: $0, from: start) } ?? bytes.count
      var range = start..<(end > start && bytes[end - 1] == 0x0D ? end - 1 : end)
      if number == 1, bytes[range].starts(with: utf8ByteOrderMark) { range = range.lowerBound + 3..<range.upperBound }
      if end - start > LineReader.maximumLength || bytes[range].contains(where: { $0 > 0x20 }) {
        try body(LineChunks.Line(range: range, number: number, isTooLong: end - start > LineReader.maximumLength))
      }
      start = end + 1
      number += 1
    }
  }
}
