#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Bytes that do not change: a file mapped into memory, bytes of the program itself, or an array.
package final class MappedBytes: @unchecked Sendable {
  // Unchecked because of the pointer; nothing writes through it after the initializer.
  package let bytes: UnsafeRawBufferPointer
  private let release: Release

  private enum Release {
    case unmap
    case deallocate
    case nothing
  }

  /// Maps a file.
  ///
  /// - Throws: ``ModelFileError/unreadable(_:_:)``.
  package init(path: String) throws(ModelFileError) {
    // A pipe would be waited for before it is known to be one.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path, String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path, "not a regular file") }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      release = .nothing
      return
    }
    guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      throw .unreadable(path, String(cString: strerror(errno)))
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
    release = .unmap
  }

  package init(copying source: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
    copy.copyBytes(from: source)
    bytes = UnsafeRawBufferPointer(copy)
    release = .deallocate
  }

  /// Zeros in large pages, and what `fill` makes of them.
  init(zeros count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 2 << 20)
    LargePages.use(for: memory.baseAddress, byteCount: count)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    fill(memory)
    bytes = UnsafeRawBufferPointer(memory)
    release = .deallocate
  }

  /// - Parameter permanent: bytes that live as long as the process, as those of a C array do.
  package init(permanent: UnsafeRawBufferPointer) {
    bytes = permanent
    release = .nothing
  }

  deinit {
    switch release {
    case .unmap: munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    case .deallocate: bytes.deallocate()
    case .nothing: break
    }
  }
}
