/// Naive Bayes for two classes, as a linear model.
package enum NaiveBayes {
  /// Multinomial naive Bayes (McCallum and Nigam 1998).
  ///
  ///     intercept = log P(positive) - log P(negative)
  ///     weight j  = log (N⁺j + α) / (N⁺ + α V) - log (N⁻j + α) / (N⁻ + α V)
  ///
  /// N⁺j is the weighted sum of feature j over the positive rows, N⁺ that of all features, V the number of features that
  /// occur in `training`. A feature that does not occur there weighs 0.
  ///
  /// - Parameters:
  ///   - smoothing: α, above 0.
  /// - Complexity: O(entries).
  package static func multinomial(_ matrix: SparseMatrix, _ training: TrainingRows, smoothing: Double) -> LinearModel {
    var model = complement(matrix, training, smoothing: smoothing, normalizes: false)
    var positive = 0.0
    var negative = 0.0
    for (isPositive, weight) in zip(training.isPositive, training.weights) {
      if isPositive { positive += weight } else { negative += weight }
    }
    model.intercept = Elementary.log(positive) - Elementary.log(negative)
    return model
  }

  /// Complement naive Bayes (Rennie, Shih, Teevan and Karger 2003): each class is judged by the features of the other,
  /// its weights divided by the sum of their magnitudes, so that the larger class gains nothing by its size.
  ///
  /// With two classes the complement of one is the other, so without `normalizes` the weights are those of
  /// ``multinomial(_:_:smoothing:)``; there is no prior.
  package static func complement(_ matrix: SparseMatrix, _ training: TrainingRows, smoothing: Double, normalizes: Bool) -> LinearModel {
    var counts = FeatureCounts(matrix, training, binary: false)
    let features = Double(counts.occurring)
    let positiveTotal = Elementary.log(counts.positiveTotal + smoothing * features)
    let negativeTotal = Elementary.log(counts.negativeTotal + smoothing * features)
    var positiveNorm = 0.0
    var negativeNorm = 0.0
    // Each count gives way to its share.
    for column in counts.sums.indices where counts.sums[column].x + counts.sums[column].y > 0 {
      let positive = Elementary.log(counts.sums[column].x + smoothing) - positiveTotal
      let negative = Elementary.log(counts.sums[column].y + smoothing) - negativeTotal
      counts.sums[column] = [positive, negative]
      positiveNorm += abs(positive)
      negativeNorm += abs(negative)
    }
    // Where one feature is all there is, its logarithm is 0.
    if !normalizes || positiveNorm == 0 { positiveNorm = 1 }
    if !normalizes || negativeNorm == 0 { negativeNorm = 1 }
    let weights = counts.sums.map { $0.x / positiveNorm - $0.y / negativeNorm }
    return LinearModel(intercept: 0, weights: weights, denseWeights: [])
  }

  /// The log-count ratio r of Wang and Manning (2012) by which their logistic regression multiplies each feature.
  ///
  ///     r = log (p / |p|₁) / (q / |q|₁)   with p = α + Σ positive rows, q = α + Σ negative rows, of presence (0 or 1)
  package static func logCountRatios(_ matrix: SparseMatrix, _ training: TrainingRows, smoothing: Double) -> [Double] {
    let counts = FeatureCounts(matrix, training, binary: true)
    let features = Double(counts.occurring)
    let shift =
      Elementary.log(counts.positiveTotal + smoothing * features) - Elementary.log(counts.negativeTotal + smoothing * features)
    return counts.sums.map { sums in
      guard sums.x + sums.y > 0 else { return 0 }
      return Elementary.log(sums.x + smoothing) - Elementary.log(sums.y + smoothing) - shift
    }
  }
}

/// Weighted sums of every feature over the positive and over the negative rows.
private struct FeatureCounts {
  /// Of each column side by side, so that there is one piece of memory to wait for.
  var sums: [SIMD2<Double>]
  var positiveTotal = 0.0
  var negativeTotal = 0.0
  /// How many features occur at all.
  var occurring = 0

  init(_ matrix: SparseMatrix, _ training: TrainingRows, binary: Bool) {
    sums = LargePages.array(repeating: .zero, count: matrix.columnCount)
    Self.add(matrix, training, binary: binary, to: &sums, &positiveTotal, &negativeTotal)
    for sum in sums where sum.x + sum.y > 0 { occurring += 1 }
  }

  private static func add(
    _ matrix: SparseMatrix, _ training: TrainingRows, binary: Bool, to sums: inout [SIMD2<Double>], _ positiveTotal: inout Double,
    _ negativeTotal: inout Double
  ) {
    let rowStarts = matrix.rowStarts
    sums.withUnsafeMutableBufferPointer { sums in
      matrix.columns.withUnsafeBufferPointer { columns in
        matrix.values.withUnsafeBufferPointer { values in
          for (position, row) in training.rows.enumerated() {
            let weight = training.weights[position]
            let side: SIMD2<Double> = training.isPositive[position] ? [1, 0] : [0, 1]
            var total = training.isPositive[position] ? positiveTotal : negativeTotal
            for entry in rowStarts[row]..<rowStarts[row + 1] {
              let count = weight * (binary ? 1 : Double(values[entry]))
              sums[Int(columns[entry])] += side * count
              total += count
            }
            if training.isPositive[position] { positiveTotal = total } else { negativeTotal = total }
          }
        }
      }
    }
  }
}
