/// Comma separated values (RFC 4180) that a spreadsheet shows and does not run.
public enum CSVWriter {
  /// One record with its line end.
  ///
  /// A field that begins with `=`, `+`, `-`, `@`, tab or carriage return is given a leading apostrophe.
  public static func line(_ fields: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(field, to: &bytes)
    }
    bytes.append(contentsOf: [0x0D, 0x0A])
    return bytes
  }

  private static func append(_ field: String, to bytes: inout [UInt8]) {
    let startsFormula = field.utf8.first.map { formulaStarts.contains($0) } ?? false
    let needsQuotes = startsFormula || field.utf8.contains { quoted.contains($0) }
    if !needsQuotes {
      bytes.append(contentsOf: field.utf8)
      return
    }
    bytes.append(UInt8(ascii: "\""))
    if startsFormula { bytes.append(UInt8(ascii: "'")) }
    for byte in field.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static let formulaStarts: Set<UInt8> = [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D]
  private static let quoted: Set<UInt8> = [0x2C, 0x22, 0x0A, 0x0D]
}
