/// SHA-256 (FIPS 180-4): the digest that links one decision to the next.
///
///     SHA256.hex("abc")  // "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
public enum SHA256 {
  /// - Complexity: O(bytes).
  public static func digest(_ message: [UInt8]) -> [UInt8] {
    let state = message.withUnsafeBytes { words($0) }
    return state.indices.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: state[word] >> UInt32($0)) } }
  }

  /// As 64 hexadecimal digits.
  public static func hex(_ message: [UInt8]) -> String {
    String(decoding: digest(message).flatMap { [hexDigits[Int($0 >> 4)], hexDigits[Int($0 & 15)]] }, as: UTF8.self)
  }

  public static func hex(_ message: String) -> String { hex(Array(message.utf8)) }

  private static let blockSize = 64
  private static let hexDigits = Array("0123456789abcdef".utf8)

  /// The digest as eight words.
  private static func words(_ message: UnsafeRawBufferPointer) -> SIMD8<UInt32> {
    var state = initialState
    let whole = message.count / blockSize * blockSize
    for start in stride(from: 0, to: whole, by: blockSize) {
      compress(UnsafeRawBufferPointer(rebasing: message[start..<start + blockSize]), into: &state)
    }
    // A one bit, zeros, and the length in bits as 64 bits fill the last one or two blocks.
    withUnsafeTemporaryAllocation(byteCount: 2 * blockSize, alignment: 8) { tail in
      let rest = message.count - whole
      let end = rest < blockSize - 8 ? blockSize : 2 * blockSize
      tail.initializeMemory(as: UInt8.self, repeating: 0)
      tail.copyMemory(from: UnsafeRawBufferPointer(rebasing: message[whole...]))
      tail[rest] = 0x80
      tail.storeBytes(of: (UInt64(message.count) * 8).bigEndian, toByteOffset: end - 8, as: UInt64.self)
      for start in stride(from: 0, to: end, by: blockSize) {
        compress(UnsafeRawBufferPointer(rebasing: tail[start..<start + blockSize]), into: &state)
      }
    }
    return state
  }

  /// Section 6.2.2 of the standard, with its names.
  private static func compress(_ block: UnsafeRawBufferPointer, into state: inout SIMD8<UInt32>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      for t in 0..<16 { w[t] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 * t, as: UInt32.self)) }
      for t in 16..<64 {
        let sigma0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] &>> 3
        let sigma1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] &>> 10
        w[t] = sigma1 &+ w[t - 7] &+ sigma0 &+ w[t - 16]
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      roundConstants.withUnsafeBufferPointer { k in
        // After eight rounds the variables have come round, so that none is copied into the next.
        for t in stride(from: 0, to: 64, by: 8) {
          round(a, b, c, &d, e, f, g, &h, k[t] &+ w[t])
          round(h, a, b, &c, d, e, f, &g, k[t + 1] &+ w[t + 1])
          round(g, h, a, &b, c, d, e, &f, k[t + 2] &+ w[t + 2])
          round(f, g, h, &a, b, c, d, &e, k[t + 3] &+ w[t + 3])
          round(e, f, g, &h, a, b, c, &d, k[t + 4] &+ w[t + 4])
          round(d, e, f, &g, h, a, b, &c, k[t + 5] &+ w[t + 5])
          round(c, d, e, &f, g, h, a, &b, k[t + 6] &+ w[t + 6])
          round(b, c, d, &e, f, g, h, &a, k[t + 7] &+ w[t + 7])
        }
      }
      state &+= SIMD8(a, b, c, d, e, f, g, h)
    }
  }

  /// One round: all that it changes is `d`, which becomes the next `e`, and `h`, which becomes the next `a`.
  ///
  /// - Parameter word: of the message schedule, with the constant of the round.
  @inline(__always)
  private static func round(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ word: UInt32
  ) {
    let sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    let choice = g ^ e & (f ^ g)
    let t1 = h &+ sum1 &+ choice &+ word
    let sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    let majority = a & b | c & (a | b)
    d &+= t1
    h = t1 &+ sum0 &+ majority
  }

  private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value &>> count | value &<< (32 &- count) }

  /// The first 32 bits of the fractional parts of the square roots of the first eight primes.
  private static let initialState = SIMD8<UInt32>(
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)

  /// … of the cube roots of the first 64 primes.
  private static let roundConstants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
