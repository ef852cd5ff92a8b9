internal import Foundation

/// How much scores have moved away from those of another time.
public enum Stability {
  /// Limits of the bins. Calibrated scores crowd near 0, so the bins are narrow there.
  static let limits = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9]

  /// Shares are at least this, so that an empty bin does not make the index infinite.
  private static let leastShare = 1e-4

  static func bin(_ score: Double) -> Int { limits.firstIndex { score < $0 } ?? limits.count }

  /// The population stability index Σ (pᵢ - qᵢ) ln(pᵢ / qᵢ) over the shares of both times in each bin (Siddiqi 2006, *Credit Risk
  /// Scorecards*). Below 0.1 nothing has moved much, above 0.25 a lot has.
  ///
  /// - Parameters:
  ///   - reference: scores a bin, at the time that is compared with.
  ///   - current: … at the other time; as many bins.
  /// - Returns: nan where one of them is empty.
  public static func index(_ reference: [Int], _ current: [Int]) -> Double {
    let (before, now) = (Double(reference.reduce(0, +)), Double(current.reduce(0, +)))
    guard before > 0, now > 0 else { return .nan }
    return zip(reference, current).reduce(0) { sum, bin in
      let p = max(Double(bin.1) / now, leastShare)
      let q = max(Double(bin.0) / before, leastShare)
      return sum + (p - q) * log(p / q)
    }
  }
}
