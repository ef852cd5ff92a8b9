/// Exponential and logarithm from additions and multiplications alone, so that a model trained anywhere has the same bytes.
///
/// The C library picks its own by processor, and their last bits differ. Both are within 2 units in the last place.
package enum Elementary {
  /// e^x; 0 from -708 down, infinity above 709.43.
  @inline(__always)
  package static func exp(_ x: Double) -> Double {
    if x > 709.78 { return .infinity }
    if !(x > -708) { return x.isNaN ? x : 0 }
    // To the nearest whole number, halves away from zero: the largest number below a half leaves the next lower one alone.
    let scaled = x * 1.4426950408889634
    let exponent = Int64(scaled + Double(signOf: scaled, magnitudeOf: 0x1.fffffffffffffp-2))
    let multiple = Double(exponent)
    // ln 2 in two parts, the first exact in 33 bits: the remainder keeps all its bits (Cody and Waite 1980).
    let r = x - multiple * 6.93147180369123816490e-01 - multiple * 1.90821492927058770002e-10
    var sum = 1.0 / 6_227_020_800
    sum = sum * r + 1.0 / 479_001_600
    sum = sum * r + 1.0 / 39_916_800
    sum = sum * r + 1.0 / 3_628_800
    sum = sum * r + 1.0 / 362_880
    sum = sum * r + 1.0 / 40_320
    sum = sum * r + 1.0 / 5_040
    sum = sum * r + 1.0 / 720
    sum = sum * r + 1.0 / 120
    sum = sum * r + 1.0 / 24
    sum = sum * r + 1.0 / 6
    sum = sum * r + 0.5
    sum = sum * r * r + r + 1
    return Double(bitPattern: UInt64(exponent + 1023) << 52) * sum
  }

  /// The natural logarithm of a positive normal number; negative infinity for 0, not a number below.
  @inline(__always)
  package static func log(_ x: Double) -> Double {
    if !(x > 0) { return x == 0 ? -.infinity : .nan }
    if x == .infinity { return x }
    var bits = x.bitPattern
    var exponent = 0
    if bits >> 52 == 0 {
      bits = (x * 0x1p54).bitPattern
      exponent = -54
    }
    // The mantissa within (√½, √2]: one above √2 carries into the exponent, and no branch has to be guessed.
    let multiple = Int64(bitPattern: bits &+ (0x000F_FFFF_FFFF_FFFF - 0x0006_A09E_667F_3BCD)) >> 52 - 1023
    exponent += Int(multiple)
    let mantissa = Double(bitPattern: bits &- UInt64(bitPattern: multiple << 52))
    // log m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172.
    let s = (mantissa - 1) / (mantissa + 1)
    let s2 = s * s
    var sum = 1.0 / 21
    sum = sum * s2 + 1.0 / 19
    sum = sum * s2 + 1.0 / 17
    sum = sum * s2 + 1.0 / 15
    sum = sum * s2 + 1.0 / 13
    sum = sum * s2 + 1.0 / 11
    sum = sum * s2 + 1.0 / 9
    sum = sum * s2 + 1.0 / 7
    sum = sum * s2 + 1.0 / 5
    sum = sum * s2 + 1.0 / 3
    let k = Double(exponent)
    return k * 6.93147180369123816490e-01 + (2 * s + (2 * s * s2 * sum + k * 1.90821492927058770002e-10))
  }

  /// 1 / (1 + e^-x).
  @inline(__always)
  package static func sigmoid(_ x: Double) -> Double {
    let small = exp(-abs(x))
    return (x >= 0 ? 1 : small) / (1 + small)
  }

  /// log(1 + e^x), without overflow.
  @inline(__always)
  package static func softplus(_ x: Double) -> Double {
    max(x, 0) + log(1 + exp(-abs(x)))
  }

  /// Σᵢ aᵢ bᵢ, added in this order.
  @inline(__always)
  package static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in 0..<a.count { sum += a[index] * b[index] }
    return sum
  }
}
