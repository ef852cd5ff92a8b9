internal import Foundation

/// The reader of our output has gone: no error of ours.
struct BrokenPipe: Error {}

/// Standard output or a file, buffered.
final class Output {
  private let descriptor: Int32
  private let path: String?
  private var buffer: [UInt8] = []

  /// - Parameter path: nil or `-` for standard output.
  /// - Throws: ``Unusable`` where the file cannot be made.
  init(path: String?) throws {
    self.path = path == "-" ? nil : path
    guard let path = self.path else {
      descriptor = STDOUT_FILENO
      return
    }
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw Unusable("cannot write \(path): \(String(cString: strerror(errno)))") }
  }

  func write(_ bytes: some Sequence<UInt8>) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= 1 << 16 { try flush() }
  }

  func write(line: String) throws { try write((line + "\n").utf8) }

  func flush() throws {
    var written = 0
    while written < buffer.count {
      let start = written
      let count = buffer.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start) }
      if count > 0 {
        written += count
      } else if errno == EPIPE {
        throw BrokenPipe()
      } else if errno != EINTR {
        throw Unusable("cannot write \(path ?? "standard output"): \(String(cString: strerror(errno)))")
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  func finish() throws {
    try flush()
    if path != nil { close(descriptor) }
  }
}

/// Puts a whole file in place at once: no half-written model is ever found under its name.
func replaceFile(_ path: String, with bytes: [UInt8]) throws {
  do {
    try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw Unusable("cannot write \(path): \(error.localizedDescription)")
  }
}
