internal import CLibxml2

/// Bytes as an exporter wrote them, made into XML that libxml2 reads without stumbling.
///
/// libxml2's recovering mode alone is not enough: from the first byte that is no UTF-8 it takes all that follows for Latin-1, a
/// control character inside a CDATA section ends its reading, a CDATA section longer than 10 MB does too, an `&` that begins no entity
/// is lost together with the word after it, and after any error it drops every `&amp;` (2.9). So each of these is mended before it gets
/// there:
///
/// - bytes that are no UTF-8 become U+FFFD, control characters become spaces;
/// - `&` and `<` that begin nothing become references, and so do those of CDATA sections, which thereby become plain text;
/// - HTML's entities become the characters they stand for;
/// - comments, processing instructions and the document type are left out, and with them every entity a file could define;
/// - a CDATA section or a comment that is not closed ends where a record begins, on a line of its own.
///
/// Line ends are never left out, so that lines keep their numbers.
struct XMLCleaner {
  enum Encoding: Equatable {
    case utf8
    /// ISO 8859-1, read as Windows-1252 as browsers do.
    case windows1252
    case unknown(String)
  }

  private enum State: Equatable {
    case text
    case tag
    case cdata
    case comment
    case instruction
    /// The document type, with the number of open brackets.
    case documentType(Int)
  }

  /// Clean bytes from an offset on correspond to original bytes from an offset on.
  struct Correspondence {
    var clean: Int
    var original: Int
  }

  private let encoding: Encoding
  private var state = State.text
  private var carry: [UInt8] = []
  private var originalOffset = 0
  private var cleanOffset = 0
  private var shift = 0
  /// Where the tag, section or comment that is open began, as an original offset.
  private var openStart = 0
  /// What records begin with, and what stands in them and in no honest text.
  private let starts: [[UInt8]]
  private let marks: [[UInt8]]
  /// Nothing but white space has come since the last line end.
  private var isLineBlank = true
  /// The lengths of tags are bounded: libxml2 compares attributes each with each.
  static let maximumTag = 64 << 10
  /// What was cut short: where, as a clean offset, and why.
  private var cuts: ArraySlice<(clean: Int, reason: String)> = []
  private(set) var correspondences: [Correspondence] = []

  /// What may have to be seen at once: `&`, a name or number, `;`.
  private static let lookahead = 16

  init(encoding: Encoding, recordStarts: [XMLStream.RecordStart]) {
    self.encoding = encoding
    starts = recordStarts.flatMap { [Array("<\($0.name)>".utf8), Array("<\($0.name) ".utf8)] }
    marks = recordStarts.map { Array($0.mark.utf8) }
  }

  /// Something was opened that leaves text out and was never closed.
  var isInsideOmission: Bool {
    switch state {
    case .text, .tag, .cdata: false
    case .comment, .instruction, .documentType: true
    }
  }

  /// The encoding that the XML declaration names.
  static func encoding(of head: [UInt8]) -> Encoding {
    if head.starts(with: [0xFE, 0xFF]) || head.starts(with: [0xFF, 0xFE]) { return .unknown("UTF-16") }
    let declaration = String(decoding: head.prefix(256).prefix { $0 != UInt8(ascii: ">") }, as: UTF8.self)
    guard declaration.contains("<?xml"), let start = declaration.firstRange(of: "encoding")?.upperBound else { return .utf8 }
    let name = declaration[start...].drop { "= \t\r\n\"'".contains($0) }.prefix { !"\"'?".contains($0) }
    switch name.lowercased() {
    case "utf-8", "utf8", "us-ascii", "ascii", "": return .utf8
    case "iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252": return .windows1252
    default: return .unknown(String(name))
    }
  }

  /// - Parameter isLast: nothing follows, so nothing is kept back.
  mutating func clean(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
    let input = carry.isEmpty ? bytes : carry + bytes
    carry = []
    var output: [UInt8] = []
    output.reserveCapacity(input.count + input.count / 16)
    input.withUnsafeBufferPointer { input in
      var index = 0
      while index < input.count {
        let run = Self.plainRun(input, from: index, in: state)
        if state == .tag, originalOffset + run - openStart > Self.maximumTag {
          // The rest of it becomes text, and the damage is told.
          cut(
            at: cleanOffset + output.count,
            "the tag that begins at byte \(openStart) is longer than \(Self.maximumTag >> 10) KiB and is cut")
          output.append(UInt8(ascii: ">"))
          state = .text
          continue
        }
        if run > index {
          if isInsideOmission {
            for byte in input[index..<run] where byte == 0x0A { output.append(byte) }
          } else {
            output.append(contentsOf: input[index..<run])
          }
          note(originalOffset + run, cleanOffset + output.count)
          if let last = input[index..<run].lastIndex(where: { $0 != 0x20 && $0 != 0x09 }) { isLineBlank = input[last] == 0x0A }
          index = run
          continue
        }
        if input.count - index < Self.lookahead, !isLast { break }
        let rest = UnsafeBufferPointer(rebasing: input[index...])
        if isLineBlank, endsUnclosed(before: rest, at: cleanOffset + output.count) { continue }
        isLineBlank = false
        index += special(rest, at: originalOffset + index, &output)
        note(originalOffset + index, cleanOffset + output.count)
      }
      carry = Array(input[index...])
      originalOffset += index
    }
    cleanOffset += output.count
    return output
  }

  /// The original offset of a clean one.
  func original(_ clean: Int) -> Int {
    guard let last = correspondences.last(where: { $0.clean <= clean }) else { return clean }
    return last.original + clean - last.clean
  }

  /// Where the next thing stands that was cut short, as a clean offset.
  var nextCut: Int? { cuts.first?.clean }

  /// Why the next thing was cut short that stands at a clean offset or before.
  mutating func takeCut(upTo clean: Int) -> String? { nextCut.map { $0 <= clean } == true ? cuts.popFirst()?.reason : nil }

  private mutating func cut(at clean: Int, _ reason: String) { cuts.append((clean, reason)) }

  /// Ends what leaves a record out that begins here.
  ///
  /// - Returns: false where no record begins, or nothing leaves it out.
  private mutating func endsUnclosed(before input: UnsafeBufferPointer<UInt8>, at clean: Int) -> Bool {
    guard input[0] == UInt8(ascii: "<"), state == .cdata || isInsideOmission else { return false }
    guard (state == .cdata ? marks : starts).contains(where: input.starts(with:)) else { return false }
    let kind = state == .cdata ? "CDATA section" : "comment or declaration"
    cut(at: clean, "the \(kind) that begins at byte \(openStart) is not closed before a record begins")
    state = .text
    return true
  }

  mutating func forgetCorrespondences(before clean: Int) {
    guard let keep = correspondences.lastIndex(where: { $0.clean <= clean }), keep > 0 else { return }
    correspondences.removeFirst(keep)
  }

  private mutating func note(_ original: Int, _ clean: Int) {
    guard original - clean != shift else { return }
    shift = original - clean
    correspondences.append(Correspondence(clean: clean, original: original))
  }

  /// The end of the bytes that need no look.
  private static func plainRun(_ input: UnsafeBufferPointer<UInt8>, from start: Int, in state: State) -> Int {
    let mask: UInt8 =
      switch state {
      case .text: 1
      case .tag: 32
      case .cdata: 2
      case .comment: 4
      case .instruction: 8
      case .documentType: 16
      }
    return specialBytes.withUnsafeBufferPointer { special in
      var index = start
      while index < input.count, special[Int(input[index])] & mask == 0 { index += 1 }
      return index
    }
  }

  /// For each byte, the states in which it needs a look, as bits.
  private static let specialBytes: [UInt8] = (0..<256).map { value in
    let byte = UInt8(value)
    var states: UInt8 = 0
    if byte >= 0x80 || (byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D) { states |= 1 | 2 | 32 }
    if byte == UInt8(ascii: "<") || byte == UInt8(ascii: "&") { states |= 1 | 2 | 32 }
    if byte == UInt8(ascii: "<") { states |= 4 | 8 | 16 }
    if byte == UInt8(ascii: "]") { states |= 1 | 2 | 16 }
    if byte == UInt8(ascii: "-") { states |= 4 }
    if byte == UInt8(ascii: ">") { states |= 2 | 8 | 16 | 32 }
    if byte == UInt8(ascii: "[") { states |= 16 }
    return states
  }

  /// Writes what becomes of the bytes at the start of `input`, and tells how many they were.
  private mutating func special(_ input: UnsafeBufferPointer<UInt8>, at offset: Int, _ output: inout [UInt8]) -> Int {
    let byte = input[0]
    switch state {
    case .text, .tag, .cdata:
      if byte >= 0x80 { return Self.character(input, encoding, &output) }
      if byte < 0x20 {
        output.append(0x20)
        return 1
      }
      if state == .cdata {
        if input.starts(with: "]]>".utf8) {
          state = .text
          return 3
        }
        if byte == UInt8(ascii: "]") { output.append(byte) } else { output.append(contentsOf: "&#\(byte);".utf8) }
        return 1
      }
      switch byte {
      case UInt8(ascii: "&"): return Self.reference(input, &output)
      case UInt8(ascii: "<"): return opening(input, at: offset, &output)
      // The end of a CDATA section that did not begin is text.
      case UInt8(ascii: "]"): output.append(contentsOf: input.starts(with: "]]>".utf8) ? "&#93;".utf8 : "]".utf8)
      default:
        state = .text
        output.append(byte)
      }
      return 1
    case .comment:
      guard input.starts(with: "-->".utf8) else { return 1 }
      state = .text
      return 3
    case .instruction:
      if byte == UInt8(ascii: ">") { state = .text }
      return 1
    case .documentType(let brackets):
      switch byte {
      case UInt8(ascii: "["): state = .documentType(brackets + 1)
      case UInt8(ascii: "]"): state = .documentType(max(0, brackets - 1))
      case UInt8(ascii: ">"): if brackets == 0 { state = .text }
      default: break
      }
      return 1
    }
  }

  /// At `<`.
  private mutating func opening(_ input: UnsafeBufferPointer<UInt8>, at offset: Int, _ output: inout [UInt8]) -> Int {
    if state != .tag { openStart = offset }
    if input.starts(with: "<![CDATA[".utf8) {
      state = .cdata
      return 9
    }
    if input.starts(with: "<!--".utf8) {
      state = .comment
      return 4
    }
    if input.starts(with: "<!DOCTYPE".utf8) {
      state = .documentType(0)
      return 9
    }
    let next = input.count > 1 ? input[1] : 0
    if next == UInt8(ascii: "?"), input.count > 2, Self.isLetter(input[2]) {
      state = .instruction
      return 2
    }
    let isEndTag = next == UInt8(ascii: "/") && input.count > 2 && (Self.isLetter(input[2]) || input[2] == UInt8(ascii: "_"))
    if isEndTag || Self.isLetter(next) || next == UInt8(ascii: "_") {
      output.append(UInt8(ascii: "<"))
      state = .tag
    } else {
      output.append(contentsOf: "&#60;".utf8)
    }
    return 1
  }

  /// At `&`. References are written as numbers: those libxml2 never drops.
  private static func reference(_ input: UnsafeBufferPointer<UInt8>, _ output: inout [UInt8]) -> Int {
    guard let end = input.prefix(lookahead).firstIndex(of: UInt8(ascii: ";")), end > 1 else {
      output.append(contentsOf: "&#38;".utf8)
      return 1
    }
    var scalar: UInt32?
    if input[1] == UInt8(ascii: "#") {
      let digits = String(decoding: input[2..<end], as: UTF8.self)
      let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
      // A number out of range stands for no character, as a byte that is no UTF-8 does.
      if let number = UInt32(isHexadecimal ? String(digits.dropFirst()) : digits, radix: isHexadecimal ? 16 : 10) {
        scalar = 0x80..<0xA0 ~= number ? windows1252[Int(number - 0x80)] : number
      }
    } else {
      var name = Array(input[1..<end])
      switch String(decoding: name, as: UTF8.self) {
      case "apos": scalar = 0x27
      case _ where name.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }:
        name.append(0)
        scalar = htmlEntityLookup(name)?.pointee.value
      default: break
      }
    }
    guard let scalar else {
      output.append(contentsOf: "&#38;".utf8)
      return 1
    }
    switch scalar {
    case 0x22, 0x26, 0x27, 0x3C, 0x3E: output.append(contentsOf: "&#\(scalar);".utf8)
    case 0x09, 0x0A, 0x0D: output.append(0x20)
    default: append(scalar, to: &output)
    }
    return end + 1
  }

  /// At a byte beyond ASCII.
  private static func character(_ input: UnsafeBufferPointer<UInt8>, _ encoding: Encoding, _ output: inout [UInt8]) -> Int {
    if encoding == .windows1252 {
      append(input[0] < 0xA0 ? windows1252[Int(input[0]) - 0x80] : UInt32(input[0]), to: &output)
      return 1
    }
    let length =
      switch input[0] {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 0
      }
    guard length > 0, input.count >= length, input[1..<length].allSatisfy({ $0 & 0xC0 == 0x80 }) else {
      append(0xFFFD, to: &output)
      return 1
    }
    var scalar = UInt32(input[0]) & (0xFF >> UInt32(length + 1))
    for byte in input[1..<length] { scalar = scalar << 6 | UInt32(byte & 0x3F) }
    // Overlong forms, of which the first byte alone tells only some.
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard scalar >= least else {
      append(0xFFFD, to: &output)
      return 1
    }
    append(scalar, to: &output)
    return length
  }

  /// A character that XML allows, in UTF-8; U+FFFD for any other.
  private static func append(_ scalar: UInt32, to output: inout [UInt8]) {
    let isAllowed = scalar >= 0x20 && scalar != 0xFFFE && scalar != 0xFFFF
    let character = isAllowed ? Unicode.Scalar(scalar) : nil
    output.append(contentsOf: UTF8.encode(character ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }

  /// 0x80 to 0x9F of Windows-1252, as the Encoding Standard has it.
  private static let windows1252: [UInt32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]
}
