/// A table of weights without the buckets that weigh nothing: a bit for each bucket, the first in the lowest bit of the first byte, and the
/// weights of those whose bit is set.
enum PackedWeights {
  /// - Parameter weights: buckets × columns; the buckets are a multiple of eight.
  static func pack(_ weights: [Float], columns: Int) -> (bitmap: [UInt8], packed: [Float]) {
    let buckets = weights.count / columns
    var bitmap = [UInt8](repeating: 0, count: buckets / 8)
    var packed: [Float] = []
    for bucket in 0..<buckets {
      let row = weights[bucket * columns..<(bucket + 1) * columns]
      guard row.contains(where: { $0.bitPattern != 0 }) else { continue }
      bitmap[bucket / 8] |= 1 << UInt8(bucket % 8)
      packed += row
    }
    return (bitmap, packed)
  }

  /// The whole table, in large pages.
  ///
  /// - Parameter packed: as many rows as `bitmap` has bits set.
  static func unpack(_ packed: UnsafeBufferPointer<Float>, _ bitmap: UnsafeRawBufferPointer, columns: Int) -> MappedBytes {
    MappedBytes(zeros: 8 * bitmap.count * columns * MemoryLayout<Float>.stride) { bytes in
      let table = bytes.bindMemory(to: Float.self)
      var next = 0
      for (place, byte) in bitmap.enumerated() {
        var rest = byte
        while rest != 0 {
          let bucket = 8 * place + rest.trailingZeroBitCount
          rest &= rest - 1
          for column in 0..<columns { table[bucket * columns + column] = packed[next + column] }
          next += columns
        }
      }
    }
  }
}
