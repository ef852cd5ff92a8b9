internal import Foundation
internal import Synchronization

/// The reader of our output has gone: no error of ours.
struct BrokenPipe: Error {}

/// Standard output or a file, buffered.
///
/// A file is written beside its place, as `FILE.partial`, and put there when it is whole: a run that ends before leaves what stood there.
final class Output {
  private let descriptor: Int32
  private let path: String?
  /// What is written until then; nil where the file is written in place.
  private let partial: String?
  private var buffer: [UInt8] = []

  /// - Parameter path: nil or `-` for standard output.
  /// - Throws: ``Unusable`` where the file cannot be made, or is one that this run reads or writes already.
  init(path: String?) throws {
    guard let path, path != "-" else {
      (descriptor, self.path, partial) = (STDOUT_FILENO, nil, nil)
      // `score dump >> dump` would never end.
      try FilesInUse.refuseToWrite("/dev/stdout", called: "standard output")
      return
    }
    try FilesInUse.refuseToWrite(path)
    func open(_ path: String) -> Int32 { Foundation.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
    let place = Self.followingLinks(path)
    self.path = place
    let beside = place + ".partial"
    if Self.canBeReplaced(place) {
      try FilesInUse.refuseToWrite(beside)
      let besides = open(beside)
      if besides >= 0 {
        (descriptor, partial) = (besides, beside)
        Self.copyMode(of: place, to: besides)
        for path in [beside, place] { FilesInUse.add(path) }
        return
      }
    }
    (descriptor, partial) = (open(place), nil)
    if descriptor < 0 { throw Unusable("cannot write \(path): \(String(cString: strerror(errno)))") }
    FilesInUse.add(place)
  }

  /// What a link names, where there is something; it stays a link.
  private static func followingLinks(_ path: String) -> String {
    // What the system names so is open already, by others too.
    guard !isOfSystem(path), let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Whether another file may come under this name, and nobody who knows it by other names, or owns it, is cut off from it.
  private static func canBeReplaced(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return true }
    return !isOfSystem(path) && status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1 && status.st_uid == geteuid()
      && access(path, W_OK) == 0
  }

  private static func isOfSystem(_ path: String) -> Bool { ["/dev/", "/proc/"].contains(where: path.hasPrefix) }

  private static func copyMode(of path: String, to descriptor: Int32) {
    var status = stat()
    if stat(path, &status) == 0 { _ = fchmod(descriptor, status.st_mode & 0o777) }
  }

  /// A whole file.
  static func write(_ bytes: [UInt8], to path: String) throws {
    let output = try Output(path: path)
    output.buffer = bytes
    try output.finish()
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
    guard let path else { return }
    guard close(descriptor) == 0, partial.map({ rename($0, path) == 0 }) ?? true else {
      throw Unusable("cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  /// Leaves what stood in the file's place.
  func discard() throws {
    guard let partial else { return try finish() }
    close(descriptor)
    unlink(partial)
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
  static func refuseToWrite(_ path: String, called name: String? = nil) throws {
    guard let identity = identity(path), known.withLock({ $0.contains(identity) }) else { return }
    throw Unusable("\(name ?? path) is read or written by this very run; it would be lost")
  }

  /// Of a file; devices and pipes cannot be lost.
  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard (path == "-" ? fstat(STDIN_FILENO, &status) : stat(path, &status)) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }
}
