internal import BelowTheLine
internal import CZlib

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Why an input could not be read any further.
public struct InputError: Error, Equatable, CustomStringConvertible {
  public var source: String
  public var reason: String

  public init(source: String, reason: String) {
    self.source = source
    self.reason = reason
  }

  public var description: String { "\(source): \(reason)" }
}

/// A file, or standard input as `-`, read in chunks; gzip (RFC 1952, any number of members) is recognised by its bytes, and UTF-16 by its
/// byte order mark: it comes as UTF-8, with a mark too.
///
/// Of damaged gzip data comes what was unpacked before the damage and, after a line end, what the next members hold that can be unpacked;
/// ``damage`` tells of it once all is read.
///
/// Memory is bounded by two chunks, whatever the size of the input.
public final class ByteInput {
  public static let chunkSize = 1 << 16

  public let name: String
  private let descriptor: Int32
  /// Whether bytes may come later than they are asked for, as from a pipe.
  private let mayWait: Bool
  private var inflater: Inflater?
  private var utf16: UTF16Decoder?
  private var pending: [UInt8] = []
  private var begun = false
  /// Bytes that ``next()`` gave and that come again.
  private var putBack: [UInt8] = []
  /// What ended the input.
  private var failure: InputError?

  /// - Throws: ``InputError`` where the file cannot be opened.
  public init(path: String) throws(InputError) {
    if path == "-" {
      name = "-"
      descriptor = dup(STDIN_FILENO)
    } else {
      name = path
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
    }
    guard descriptor >= 0 else { throw InputError(source: name, reason: String(cString: strerror(errno))) }
    var status = stat()
    mayWait = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// Bytes in memory, as tests use them.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    descriptor = -1
    mayWait = false
    pending = bytes
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The next bytes; nil at the end.
  ///
  /// - Throws: ``InputError`` on a read error.
  public func next() throws(InputError) -> [UInt8]? {
    if !putBack.isEmpty {
      defer { putBack = [] }
      return putBack
    }
    if let failure { throw failure }
    if !begun {
      var head: [UInt8] = []
      while head.count < 2, let more = try nextAsItStands() { head += more }
      utf16 = UTF16Decoder(byteOrderMark: head)
      if utf16 == nil { return head.isEmpty ? nil : head }
      return utf16?.decode(head)
    }
    guard utf16 != nil else { return try nextAsItStands() }
    while let bytes = try nextAsItStands() {
      if let decoded = utf16?.decode(bytes), !decoded.isEmpty { return decoded }
    }
    return utf16?.end()
  }

  private func nextAsItStands() throws(InputError) -> [UInt8]? {
    if !begun {
      begun = true
      var head = pending
      pending = []
      while head.count < 2, let more = try read() { head += more }
      if head.starts(with: [0x1F, 0x8B]) {
        inflater = Inflater()
        inflater?.feed(head)
      } else {
        pending = head
      }
    }
    guard let inflater else {
      if !pending.isEmpty {
        defer { pending = [] }
        return pending
      }
      return try read()
    }
    while true {
      if let bytes = inflater.step() { return bytes }
      guard let more = try read() else {
        inflater.end()
        return nil
      }
      inflater.feed(more)
    }
  }

  /// What is wrong with the gzip data, for who has read them to the end.
  var damage: InputError? { inflater?.damage.map { InputError(source: name, reason: $0) } }

  /// The first bytes, some more than `size` perhaps; fewer where the input ends or breaks off, which is then thrown when more is asked for.
  func head(size: Int) throws(InputError) -> [UInt8] {
    var head: [UInt8] = []
    do throws(InputError) {
      while head.count < size, let chunk = try next() { head += chunk }
    } catch {
      guard !head.isEmpty else { throw error }
      failure = error
    }
    return head
  }

  /// Lets ``next()`` give these bytes once more.
  func putBack(_ bytes: [UInt8]) { putBack = bytes }

  /// Everything that is left, at most `limit` bytes; ``damage`` tells whether that is all there was.
  public func all(limit: Int) throws(InputError) -> [UInt8] {
    var bytes: [UInt8] = []
    while let chunk = try next() {
      guard bytes.count + chunk.count <= limit else {
        throw InputError(source: name, reason: "larger than \(limit >> 20) MiB, which is too much for one page")
      }
      bytes += chunk
    }
    return bytes
  }

  /// Appends the next bytes, without a copy where they are as they stand in the file.
  ///
  /// - Returns: false at the end.
  /// - Throws: as ``next()``.
  func append(to bytes: inout [UInt8]) throws(InputError) -> Bool {
    if begun, inflater == nil, utf16 == nil, pending.isEmpty, putBack.isEmpty, failure == nil { return try read(appendingTo: &bytes) }
    guard let more = try next() else { return false }
    bytes.append(contentsOf: more)
    return true
  }

  /// Whether the next bytes are yet to come: whoever asks for them waits.
  ///
  /// Of compressed input, that is not known.
  var isWaiting: Bool {
    guard mayWait, inflater == nil, pending.isEmpty, putBack.isEmpty else { return false }
    var status = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&status, 1, 0) == 0
  }

  private func read() throws(InputError) -> [UInt8]? {
    var bytes: [UInt8] = []
    return try read(appendingTo: &bytes) ? bytes : nil
  }

  /// - Returns: false at the end.
  private func read(appendingTo bytes: inout [UInt8]) throws(InputError) -> Bool {
    guard descriptor >= 0 else { return false }
    while true {
      var status = 0
      bytes.append(addingCapacity: Self.chunkSize) { span in
        span.withUnsafeMutableBufferPointer { buffer, count in
          let room = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[count...]))
          status = systemRead(descriptor, room)
          count += max(0, status)
        }
      }
      if status > 0 { return true }
      if status == 0 { return false }
      if errno != EINTR { throw InputError(source: name, reason: String(cString: strerror(errno))) }
    }
  }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}

/// Gzip members one after another, through zlib.
///
/// Behind damage it goes on at the next bytes that begin a member (1F 8B 08 and no reserved flag).
private final class Inflater {
  private enum State {
    case inMember
    case betweenMembers
    /// Behind damage.
    case searching
  }

  private var stream = z_stream()
  private var input: [UInt8] = []
  private var offset = 0
  /// Bytes of the file that stood before `input`.
  private var dropped = 0
  private var state = State.inMember
  private var startOfMember = 0
  /// A member that goes on behind its damage is unpacked into nonsense for a while, past its end perhaps: so much is looked through for
  /// the next one once more.
  private static let window = 64 << 10
  /// Bytes that were read twice, never more than those read once: that keeps time linear, whatever pretends to be a member.
  private var readAgain = 0

  /// In the file; of the first damage.
  private var placeOfDamage: Int?
  private var passedOver = 0
  private var isOnlyFollowed = false
  private var breaksOff = false
  /// How far the file was read.
  private var reached = 0
  private var output = [UInt8](repeating: 0, count: ByteInput.chunkSize)
  private var hasOutput = false
  private var isBehindGap = false

  init() {
    // 15 window bits, 16 for the gzip wrapper.
    inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  }

  deinit { inflateEnd(&stream) }

  func feed(_ bytes: [UInt8]) {
    let past = max(0, offset - Self.window)
    input.removeSubrange(..<past)
    input += bytes
    dropped += past
    offset -= past
  }

  /// There is no more to feed.
  func end() {
    switch state {
    case .inMember: breaksOff = true
    case .betweenMembers: break
    case .searching: passOver(to: input.count)
    }
  }

  /// nil where all is well.
  var damage: String? {
    guard let placeOfDamage else { return breaksOff ? "the gzip data break off" : nil }
    if isOnlyFollowed { return "something else follows the gzip data" }
    return "the gzip data are damaged at byte \(placeOfDamage): \(passedOver) bytes were passed over"
      + (breaksOff ? ", and the rest breaks off" : "")
  }

  /// What comes next; nil where there is more to feed before.
  func step() -> [UInt8]? {
    while true {
      switch state {
      case .betweenMembers:
        // Archives on tape are padded with zeros.
        while offset < input.count, input[offset] == 0 { offset += 1 }
        guard offset < input.count else { return nil }
        if input[offset] == 0x1F {
          beginMember()
        } else {
          isOnlyFollowed = placeOfDamage == nil
          beginSearch()
        }
      case .searching:
        guard findMember() else { return nil }
        isOnlyFollowed = false
        isBehindGap = true
        beginMember()
      case .inMember:
        guard offset < input.count else { return nil }
        guard let output = inflate() else { continue }
        defer {
          hasOutput = true
          isBehindGap = false
        }
        // The line that was cut is not to go on with what comes now.
        return isBehindGap && hasOutput ? [0x0A] + output : output
      }
    }
  }

  private func beginMember() {
    inflateReset(&stream)
    startOfMember = dropped + offset
    state = .inMember
  }

  private func beginSearch() {
    placeOfDamage = placeOfDamage ?? dropped + offset
    state = .searching
  }

  /// Moves to what looks like a member.
  private func findMember() -> Bool {
    while let found = input.withUnsafeBufferPointer({ ByteSearch.index(of: 0x1F, in: $0, from: offset) }) {
      passOver(to: found)
      guard input.count - found >= 4 else { return false }
      if isMember(at: found) { return true }
      passOver(to: found + 1)
    }
    passOver(to: input.count)
    return false
  }

  /// Where four bytes are left.
  private func isMember(at index: Int) -> Bool {
    input[index] == 0x1F && input[index + 1] == 0x8B && input[index + 2] == 0x08 && input[index + 3] <= 0x1F
  }

  private func passOver(to next: Int) {
    offset = next
    passedOver += max(0, dropped + next - reached)
    reached = max(reached, dropped + next)
  }

  /// nil where nothing came of it; the state then says why.
  private func inflate() -> [UInt8]? {
    let (status, produced) = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress.map { $0 + offset }
        stream.avail_in = UInt32(source.count - offset)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        let status = CZlib.inflate(&stream, Z_NO_FLUSH)
        return (status, target.count - Int(stream.avail_out))
      }
    }
    offset = input.count - Int(stream.avail_in)
    reached = max(reached, dropped + offset)
    if status == Z_STREAM_END {
      state = .betweenMembers
    } else if status != Z_OK, !(status == Z_BUF_ERROR && offset == input.count) {
      beginSearch()
      lookBack()
    }
    return produced > 0 ? Array(output[..<produced]) : nil
  }

  /// Lets the search begin within the damaged member.
  private func lookBack() {
    // A wrong checksum, or a wrong length behind it, is told at the end of a member: the next one begins there.
    if let message = stream.msg, strstr(message, "check") != nil,
      input.count - offset < 8 || isMember(at: offset) || isMember(at: offset + 4)
    {
      return
    }
    let back = max(0, min(offset, dropped + offset - startOfMember - 1, reached - readAgain))
    readAgain += back
    offset -= back
  }
}
