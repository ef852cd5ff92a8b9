internal import Foundation

/// What is known of the terminal, and what may be written to it.
enum Terminal {
  static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
  static let errorIsTerminal = isatty(STDERR_FILENO) == 1
  /// It understands no escape sequences.
  static let isDumb = ["", "dumb"].contains(ProcessInfo.processInfo.environment["TERM"] ?? "")
  /// See https://no-color.org.
  static let usesColor = outputIsTerminal && !isDumb && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

  /// Columns of the terminal; 100 where there is none.
  static let width: Int = {
    if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int($0) }), columns >= 40 { return min(columns, 200) }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return 100 }
    return min(Int(size.ws_col), 200)
  }()

  /// One line to standard error, made harmless: there are names of strangers in many.
  static func note(_ text: String) { write(harmless(text) + "\n") }

  /// To standard error; nothing where that cannot be written: what a run is for does not end because of its notes.
  static func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return }
      rest = rest.dropFirst(written)
    }
  }

  /// Puts something in the place of standard descriptors that are closed, lest files that are opened take it: notes would be written into
  /// them. Reading and writing fail as before; notes vanish.
  static func fillClosedDescriptors() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
    where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", mode)
    }
  }

  /// Text of strangers, made harmless: control and bidirectional characters cannot move the cursor or turn the line.
  static func harmless(_ text: some StringProtocol) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(harmless(scalar)) }
    return String(result)
  }

  /// The scalar itself, a space for white space that moves the cursor, or U+FFFD; that also for what is no character at all.
  static func harmless(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x0A, 0x0D, 0x09: " "
    case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x061C, 0x2028, 0x2029, 0xFDD0...0xFDEF: "\u{FFFD}"
    case let value where value & 0xFFFE == 0xFFFE: "\u{FFFD}"
    default: scalar
    }
  }

  /// As ``harmless(_:)``, with line breaks kept.
  static func visible(_ text: String) -> String {
    text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      harmless(String(line.last == "\r" ? line.dropLast() : line))
    }.joined(separator: "\n")
  }

  /// A problem, short enough for ``note(_:)``, which makes it harmless: it may quote strangers, at any length.
  static func brief(_ problem: some CustomStringConvertible) -> String {
    let text = problem.description.unicodeScalars
    return String(text.prefix(longestProblem)) + (text.count > longestProblem ? "…" : "")
  }

  private static let longestProblem = 500

  /// At most `width` characters, the last an ellipsis where something is left out.
  static func clipped(_ text: String, to width: Int) -> String {
    text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
  }

  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
  }

  static func styled(_ text: String, _ style: Style) -> String {
    usesColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}

/// A line on standard error that counts along while long work goes on; silent where no one looks.
struct Progress {
  private let verb: String
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now
  private var shown = false

  init(_ verb: String) { self.verb = verb }

  mutating func update(_ count: Int) {
    let now = ContinuousClock.now
    guard Terminal.errorIsTerminal, !Terminal.isDumb, now - last > .milliseconds(200) else { return }
    last = now
    shown = true
    let seconds = Double((now - start) / .microseconds(1)) / 1e6
    Terminal.write("\r\u{1B}[K\(verb) \(count.grouped) (\(Int(Double(count) / seconds).grouped) a second)")
  }

  mutating func finish() {
    if shown { Terminal.write("\r\u{1B}[K") }
    shown = false
  }
}

extension Int {
  /// With commas: 1,234,567.
  var grouped: String {
    var digits = String(magnitude)
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
      index -= 3
    }
    return self < 0 ? "-" + digits : digits
  }
}

extension Double {
  /// The nearest whole number, with commas.
  var grouped: String { Int(exactly: rounded())?.grouped ?? String(format: "%.3g", self) }

  /// Three decimals, `–` where there is no number.
  var figure: String { isNaN ? "–" : String(format: "%.3f", self) }
}

extension String {
  func padded(to width: Int) -> String { count >= width ? self : self + String(repeating: " ", count: width - count) }
  func leftPadded(to width: Int) -> String { count >= width ? self : String(repeating: " ", count: width - count) + self }
}
