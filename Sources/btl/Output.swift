internal import Foundation
internal import Synchronization

/// The reader of our output has gone: no error of ours.
struct BrokenPipe: Error {}

/// Standard output or a file, buffered.
final class Output {
  private let descriptor: Int32
  private let path: String?
  private var buffer: [UInt8] = []

  /// - Parameter path: nil or `-` for standard output.
  /// - Throws: ``Unusable`` where the file cannot be made, or is one that this run reads or writes already.
  init(path: String?) throws {
    self.path = path == "-" ? nil : path
    guard let path = self.path else {
      descriptor = STDOUT_FILENO
      return
    }
    try FilesInUse.refuseToWrite(path)
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw Unusable("cannot write \(path): \(String(cString: strerror(errno)))") }
    FilesInUse.add(path)
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

/// The files that this run reads and writes: none is to be written over.
enum FilesInUse {
  private struct Identity: Hashable {
    let device: UInt64
    let number: UInt64
  }

  private static let known = Mutex<Set<Identity>>([])

  static func add(_ path: String) {
    if let identity = identity(path) { known.withLock { _ = $0.insert(identity) } }
  }

  /// - Throws: ``Unusable`` where the path names one of them, by whatever name.
  static func refuseToWrite(_ path: String) throws {
    guard let identity = identity(path), known.withLock({ $0.contains(identity) }) else { return }
    throw Unusable("\(path) is read or written by this very run; it would be lost")
  }

  /// Of a file; devices and pipes cannot be lost.
  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard (path == "-" ? fstat(STDIN_FILENO, &status) : stat(path, &status)) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }
}
