/// Comma separated values (RFC 4180) that a spreadsheet shows and does not run.
public enum CSVWriter {
  /// One record with its line end.
  ///
  /// A field that begins with `=`, `+`, `-`, `@`, tab or carriage return is given a leading apostrophe.
  public static func line(_ fields: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(field.utf8Span.span, to: &bytes)
    }
    bytes.append(contentsOf: [0x0D, 0x0A])
    return bytes
  }

  /// One field, UTF-8.
  public static func append(_ field: Span<UInt8>, to bytes: inout [UInt8]) {
    let startsFormula = !field.isEmpty && isFormulaStart(field[0])
    field.withUnsafeBufferPointer { field in
      guard startsFormula || field.contains(where: isQuoted) else { return bytes.append(contentsOf: field) }
      bytes.append(UInt8(ascii: "\""))
      if startsFormula { bytes.append(UInt8(ascii: "'")) }
      for byte in field {
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        bytes.append(byte)
      }
      bytes.append(UInt8(ascii: "\""))
    }
  }

  /// `=` `+` `-` `@`, tab, carriage return
  private static func isFormulaStart(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D: true
    default: false
    }
  }

  private static func isQuoted(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0A || byte == 0x0D
  }
}
