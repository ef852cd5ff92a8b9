/// A part of rows that is the same in all of them: rendered once, and copied sixteen bytes at a time.
@usableFromInline package struct JSONPiece: Sendable {
  @usableFromInline package let blocks: [SIMD16<UInt8>]
  @usableFromInline package let count: Int

  package init(_ text: String) {
    let bytes = Array(text.utf8)
    count = bytes.count
    blocks = stride(from: 0, to: bytes.count, by: 16).map { start in
      var block = SIMD16<UInt8>.zero
      for index in start..<min(start + 16, bytes.count) { block[index - start] = bytes[index] }
      return block
    }
  }

  /// How many bytes a row needs for it.
  package var room: Int { 16 * blocks.count }
}

/// A row of JSON, put together in memory that has room for it: neither room nor commas are thought of any more.
@usableFromInline package struct JSONRow {
  @usableFromInline package var end: UnsafeMutablePointer<UInt8>

  /// How many bytes a row needs for a string of so many.
  @inline(__always)
  package static func room(forString count: Int) -> Int { 6 * count + 2 }

  /// How many bytes a row needs for a probability or `null`.
  package static let roomForValue = 8

  // Inlined, because else each piece would be retained.
  @inlinable @inline(__always)
  package mutating func append(_ piece: JSONPiece) {
    piece.blocks.withUnsafeBufferPointer { blocks in
      var target = UnsafeMutableRawPointer(end)
      for block in blocks {
        target.storeBytes(of: block, as: SIMD16<UInt8>.self)
        target += 16
      }
    }
    end += piece.count
  }

  package mutating func string(_ utf8: Span<UInt8>) {
    utf8.withUnsafeBufferPointer { utf8 in
      end.pointee = UInt8(ascii: "\"")
      end += 1
      for byte in utf8 {
        if JSONWriter.isEscaped(byte) {
          var writer = JSONWriter()
          writer.escape(byte)
          for byte in writer.bytes { append(byte) }
        } else {
          append(byte)
        }
      }
      append(UInt8(ascii: "\""))
    }
  }

  package mutating func null() {
    UnsafeMutableRawPointer(end).storeBytes(of: UInt32(0x6C6C_756E).littleEndian, as: UInt32.self)
    end += 4
  }

  /// A number in 0...1 with four decimals; `null` in place of any other.
  package mutating func probability(_ value: Double) {
    guard 0...1 ~= value else { return null() }
    let scaled = UInt32((value * 10_000).rounded())
    let (high, low) = (scaled / 100, scaled % 100)
    let digits = (high / 100, high / 10 % 10, high % 10, low / 10, low % 10)
    end[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits.0)
    end[1] = UInt8(ascii: ".")
    end[2] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits.1)
    end[3] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits.2)
    end[4] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits.3)
    end[5] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits.4)
    end += 6
  }

  @inline(__always)
  private mutating func append(_ byte: UInt8) {
    end.pointee = byte
    end += 1
  }
}

extension JSONWriter {
  /// Appends what `write` puts into a row, which takes so much room at most.
  ///
  /// - Parameter isOpen: whether members are to follow.
  package mutating func row(room: Int, isOpen: Bool, _ write: (inout JSONRow) -> Void) {
    append(upTo: room) { start in
      var row = JSONRow(end: start)
      write(&row)
      return row.end - start
    }
    needsComma = isOpen
  }
}
