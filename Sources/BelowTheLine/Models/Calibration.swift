/// Platt's sigmoid: probability = 1 / (1 + exp(-(slope × logit + offset))).
public struct Calibration: Sendable, Equatable {
  public var slope: Double
  public var offset: Double

  public init(slope: Double, offset: Double) {
    self.slope = slope
    self.offset = offset
  }

  /// Fits slope and offset to logits of rows that the model has not seen, by maximum likelihood with Platt's targets
  /// (N⁺ + 1) / (N⁺ + 2) and 1 / (N⁻ + 2), with the safeguarded Newton method of Lin, Lin and Weng
  /// (2007, "A note on Platt's probabilistic outputs", doi:10.1007/s10994-007-5018-6).
  ///
  /// - Parameter logits: any finite numbers, one a row.
  /// - Complexity: O(rows), some ten passes.
  public init(logits: [Double], isPositive: [Bool], weights: [Double]) {
    var positives = 0.0
    var negatives = 0.0
    for (positive, weight) in zip(isPositive, weights) {
      if positive { positives += weight } else { negatives += weight }
    }
    let high = (positives + 1) / (positives + 2)
    let low = 1 / (negatives + 2)
    let classes = isPositive.map { $0 ? high : low }
    let (logits, weights, targets) = (logits.span, weights.span, classes.span)
    slope = 0
    offset = Elementary.log((positives + 1) / (negatives + 1))

    func loss(_ slope: Double, _ offset: Double) -> Double {
      var sum = 0.0
      for index in 0..<logits.count {
        let x = slope * logits[index] + offset
        sum += weights[index] * (Elementary.softplus(x) - targets[index] * x)
      }
      return sum
    }

    var current = loss(slope, offset)
    for _ in 0..<100 {
      var (h11, h12, h22) = (1e-12, 0.0, 1e-12)
      var (g1, g2) = (0.0, 0.0)
      for index in 0..<logits.count {
        let probability = Elementary.sigmoid(slope * logits[index] + offset)
        let error = weights[index] * (probability - targets[index])
        let curvature = weights[index] * probability * (1 - probability)
        g1 += error * logits[index]
        g2 += error
        h11 += curvature * logits[index] * logits[index]
        h12 += curvature * logits[index]
        h22 += curvature
      }
      if abs(g1) < 1e-7, abs(g2) < 1e-7 { return }
      let determinant = h11 * h22 - h12 * h12
      guard determinant > 0 else { return }
      let d1 = -(h22 * g1 - h12 * g2) / determinant
      let d2 = -(h11 * g2 - h12 * g1) / determinant
      let descent = g1 * d1 + g2 * d2
      var step = 1.0
      var improved = false
      while step > 1e-10 {
        let next = loss(slope + step * d1, offset + step * d2)
        if next < current + 1e-4 * step * descent {
          slope += step * d1
          offset += step * d2
          current = next
          improved = true
          break
        }
        step /= 2
      }
      if !improved { return }
    }
  }

  public func probability(_ logit: Double) -> Double { Elementary.sigmoid(slope * logit + offset) }
}
