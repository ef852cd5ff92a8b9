internal import Foundation

/// Single keys of a terminal; from a pipe, its bytes.
final class Keyboard {
  private let isTerminal = isatty(STDIN_FILENO) == 1

  init() {
    guard isTerminal else { return }
    tcgetattr(STDIN_FILENO, &savedTerminal)
    // Whoever ends us finds the terminal as it was.
    for number in [SIGTERM, SIGHUP] {
      signal(number) { number in
        tcsetattr(STDIN_FILENO, TCSANOW, &savedTerminal)
        _exit(128 + number)
      }
    }
  }

  deinit { useLines() }

  /// The next key, without the return key and without showing it; nil at the end of input, and for Ctrl-C and Ctrl-D.
  func key() -> Character? {
    useKeys()
    defer { useLines() }
    while let byte = read() {
      switch byte {
      case 0x03, 0x04: return nil
      case 0x0A, 0x0D: if isTerminal { continue }
      case 0x21..<0x7F: return Character(Unicode.Scalar(byte))
      // Arrow keys and the like begin so; what follows comes at once.
      case 0x1B: tcflush(STDIN_FILENO, TCIFLUSH)
      default: continue
      }
    }
    return nil
  }

  /// A line that the terminal lets the person edit, without control characters; nil for Esc, Ctrl-C and the end of input.
  func line() -> String? {
    useEndedLines()
    defer { useLines() }
    var bytes: [UInt8] = []
    while let byte = read() {
      switch byte {
      case 0x0A: return String(decoding: bytes, as: UTF8.self)
      case 0x03, 0x1B:
        tcflush(STDIN_FILENO, TCIFLUSH)
        return nil
      case 0x00..<0x20, 0x7F: continue
      default: bytes.append(byte)
      }
    }
    return nil
  }

  private func read() -> UInt8? {
    var byte: UInt8 = 0
    while true {
      let count = Foundation.read(STDIN_FILENO, &byte, 1)
      if count == 1 { return byte }
      if count == 0 || errno != EINTR { return nil }
    }
  }

  private func useKeys() {
    guard isTerminal else { return }
    var settings = savedTerminal
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  /// Lines that end with Esc and Ctrl-C too.
  private func useEndedLines() {
    guard isTerminal else { return }
    var settings = savedTerminal
    settings.c_lflag &= ~tcflag_t(ISIG)
    withUnsafeMutableBytes(of: &settings.c_cc) { keys in
      keys[Int(VEOL)] = 0x03
      keys[Int(VEOL2)] = 0x1B
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  private func useLines() {
    guard isTerminal else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, &savedTerminal)
  }
}

/// Read by the signal handler; written once, before it is set.
nonisolated(unsafe) private var savedTerminal = termios()
