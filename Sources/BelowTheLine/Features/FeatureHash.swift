/// The project's own hash for features: FNV-1a over 64 bits (Fowler, Noll, Vo) with a Fibonacci finalizer (Knuth, TAOCP 6.4).
///
/// Swift's `Hasher` differs from process to process, so it cannot name the columns of a model.
package enum FeatureHash {
  private static let prime: UInt64 = 0x0000_0100_0000_01B3
  private static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Where the hash of one kind of feature begins.
  @inline(__always)
  package static func seed(_ kind: UInt8) -> UInt64 { (offsetBasis ^ UInt64(kind)) &* prime }

  @inline(__always)
  package static func extend(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* prime }

  /// The hash of an n-gram of words, from that of its first n-1 words and that of the last.
  @inline(__always)
  package static func join(_ first: UInt64, _ second: UInt64) -> UInt64 { sides(first).x ^ sides(second).y }

  /// What the hash of a word contributes to that of an n-gram: as the first, and as the last. They are joined by exclusive or.
  @inline(__always)
  static func sides(_ hash: UInt64) -> SIMD2<UInt64> { [(hash &* golden).byteSwapped, hash &* prime] }

  /// The bucket of a hash in a table of 2^bits.
  @inline(__always)
  package static func bucket(_ hash: UInt64, bits: Int) -> Int { Int(truncatingIfNeeded: spread(hash) >> UInt64(64 - bits)) }

  /// Another number for each hash, whose first bits are the bucket in a table of any size.
  @inline(__always)
  static func spread(_ hash: UInt64) -> UInt64 { (hash ^ hash >> 32) &* golden }

  package static func bytes(_ bytes: some Sequence<UInt8>, seed: UInt64) -> UInt64 {
    bytes.reduce(seed) { extend($0, $1) }
  }
}
