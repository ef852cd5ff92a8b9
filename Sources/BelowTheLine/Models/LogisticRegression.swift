/// L2-regularised logistic regression, solved to its optimum.
///
///     minimise  ½ wᵀw + Σᵢ Cᵢ log(1 + exp(-yᵢ (wᵀxᵢ + b))),   yᵢ = ±1,   Cᵢ = C × weight of row i
///
/// by Newton's method: each step solves H d = -g by conjugate gradients, preconditioned by the diagonal of H, and is taken
/// as far as the objective falls enough (Armijo). H = I + Xᵀ D X is never formed. The method is that of LIBLINEAR's primal
/// solver (Lin, Weng and Keerthi 2008, JMLR 9; line search as in its version 2.40), whose stopping rule is used too.
///
/// Several C are solved as a path, from the smallest to the largest, each from the solution of the one before.
///
/// Feature j may be scaled by a ratio rⱼ (Wang and Manning 2012): the model then reports wⱼ rⱼ, to be used on unscaled features.
package struct LogisticRegression: Sendable {
  package enum Intercept: String, Sendable, CaseIterable {
    /// b = 0.
    case none
    /// b counts in wᵀw, as LIBLINEAR's `-B 1` has it.
    case penalized
    /// b is left out of wᵀw.
    case free
  }

  /// Every C to solve for, rising, above 0: the larger, the closer the fit.
  package var costs = [1.0]
  package var intercept = Intercept.free
  /// Stops when ‖g‖ ≤ tolerance × min(positives, negatives) / rows × ‖g at w = 0‖, at each C.
  package var tolerance = 0.01
  package var maximumIterations = 200

  package init() {}

  package struct Solution: Sendable {
    package var model: LinearModel
    package var objective: Double
    package var iterations: Int
  }

  /// - Parameters:
  ///   - ratios: rⱼ of every column of `matrix`; nil for 1.
  ///   - dense: further columns, used when `usesDense`.
  /// - Returns: one solution for each of ``costs``.
  /// - Complexity: O(entries) a conjugate-gradient step; some tens to hundreds of steps.
  package func fit(
    _ matrix: SparseMatrix, dense: DenseColumns, usesDense: Bool, _ training: TrainingRows, ratios: [Double]? = nil
  ) -> [Solution] {
    let design = Design(matrix: matrix, dense: dense, width: usesDense ? dense.width : 0, rows: training.rows, ratios: ratios)
    let count = training.rows.count
    let size = design.size
    let interceptIndex = size - 1
    let y = training.isPositive.map { $0 ? 1.0 : -1.0 }
    var penalties = [Double](repeating: 1, count: size)
    penalties[interceptIndex] = intercept == .penalized ? 1 : 0
    let fixesIntercept = intercept == .none

    var w = [Double](repeating: 0, count: size)
    var z = [Double](repeating: 0, count: count)
    var slopes = z
    var curvatures = z
    var gradient = w
    var direction = w
    var directionZ = z
    let positives = Double(training.isPositive.count { $0 })
    let rarer = max(min(positives, Double(count) - positives), 1) / Double(max(count, 1))
    // ‖g at w = 0‖ for C = 1; it grows with C.
    for i in 0..<count { slopes[i] = -0.5 * training.weights[i] * y[i] }
    design.multiplyTransposed(slopes, into: &gradient)
    if fixesIntercept { gradient[interceptIndex] = 0 }
    let normAtZero = Self.dot(gradient, gradient).squareRoot()

    var solutions: [Solution] = []
    for cost in costs {
      let costs = training.weights.map { $0 * cost }
      let initialNorm = normAtZero * cost
      var objective = Self.objective(w, z, y, costs, penalties)
      var iteration = 0
      while iteration < maximumIterations {
        for i in 0..<count {
          let probability = Elementary.sigmoid(y[i] * z[i])
          slopes[i] = costs[i] * (probability - 1) * y[i]
          curvatures[i] = costs[i] * probability * (1 - probability)
        }
        design.multiplyTransposed(slopes, into: &gradient)
        for j in 0..<size { gradient[j] += penalties[j] * w[j] }
        if fixesIntercept { gradient[interceptIndex] = 0 }
        let norm = Self.dot(gradient, gradient).squareRoot()
        if norm <= tolerance * rarer * initialNorm || norm == 0 { break }

        var diagonal = design.diagonal(curvatures)
        for j in 0..<size { diagonal[j] += penalties[j] }
        if fixesIntercept || diagonal[interceptIndex] == 0 { diagonal[interceptIndex] = 1 }
        let accuracy = min(0.1, (norm / initialNorm).squareRoot()) * norm
        Self.solve(design, curvatures, penalties, diagonal, gradient, fixesIntercept, accuracy, &direction)
        iteration += 1

        design.multiply(direction, into: &directionZ)
        let slope = Self.dot(gradient, direction)
        var step = 1.0
        var accepted = false
        while step > 1e-10 {
          let candidate = Self.objective(w, z, y, costs, penalties, direction, directionZ, step)
          if candidate <= objective + 0.01 * step * slope {
            objective = candidate
            accepted = true
            break
          }
          step *= 0.5
        }
        // No step lowers the objective further in this precision: this is the optimum.
        if !accepted { break }
        for j in 0..<size { w[j] += step * direction[j] }
        for i in 0..<count { z[i] += step * directionZ[i] }
      }
      solutions.append(Solution(model: design.model(w), objective: objective, iterations: iteration))
    }
    return solutions
  }

  private static func objective(
    _ w: [Double], _ z: [Double], _ y: [Double], _ costs: [Double], _ penalties: [Double],
    _ direction: [Double] = [], _ directionZ: [Double] = [], _ step: Double = 0
  ) -> Double {
    var sum = 0.0
    for j in 0..<w.count {
      let value = step == 0 ? w[j] : w[j] + step * direction[j]
      sum += penalties[j] * value * value
    }
    sum *= 0.5
    for i in 0..<z.count {
      let value = step == 0 ? z[i] : z[i] + step * directionZ[i]
      sum += costs[i] * Elementary.softplus(-y[i] * value)
    }
    return sum
  }

  /// Solves (penalties + Xᵀ D X) d = -g by preconditioned conjugate gradients, down to a residual of `accuracy`.
  private static func solve(
    _ design: borrowing Design, _ curvatures: [Double], _ penalties: [Double], _ diagonal: [Double], _ gradient: [Double],
    _ fixesIntercept: Bool, _ accuracy: Double, _ direction: inout [Double]
  ) {
    let size = gradient.count
    var residual = gradient.map { -$0 }
    for j in 0..<size { direction[j] = 0 }
    var preconditioned = (0..<size).map { residual[$0] / diagonal[$0] }
    var search = preconditioned
    var product = [Double](repeating: 0, count: size)
    var searchZ = [Double](repeating: 0, count: curvatures.count)
    var rz = dot(residual, preconditioned)
    for _ in 0..<max(size, 1) {
      if dot(residual, residual).squareRoot() <= accuracy { return }
      design.multiply(search, into: &searchZ)
      for i in 0..<searchZ.count { searchZ[i] *= curvatures[i] }
      design.multiplyTransposed(searchZ, into: &product)
      for j in 0..<size { product[j] += penalties[j] * search[j] }
      if fixesIntercept { product[size - 1] = 0 }
      let curvature = dot(search, product)
      if curvature <= 0 { return }
      let length = rz / curvature
      for j in 0..<size {
        direction[j] += length * search[j]
        residual[j] -= length * product[j]
      }
      for j in 0..<size { preconditioned[j] = residual[j] / diagonal[j] }
      let next = dot(residual, preconditioned)
      let beta = next / rz
      rz = next
      for j in 0..<size { search[j] = preconditioned[j] + beta * search[j] }
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in 0..<a.count { sum += a[index] * b[index] }
    return sum
  }
}

/// The design matrix of one fit: sparse columns scaled by their ratios, dense columns, and a column of ones, in this order.
private struct Design {
  let matrix: SparseMatrix
  let dense: DenseColumns
  let width: Int
  let rows: [Int]
  let ratios: [Double]?

  var size: Int { matrix.columnCount + width + 1 }

  /// result = X v
  func multiply(_ v: [Double], into result: inout [Double]) {
    let columnCount = matrix.columnCount
    let scaled = ratios.map { ratios in (0..<columnCount).map { ratios[$0] * v[$0] } } ?? v
    let rowStarts = matrix.rowStarts.span
    let columns = matrix.columns.span
    let values = matrix.values.span
    let gathered = scaled.span
    for i in 0..<rows.count {
      let row = rows[i]
      var sum = 0.0
      for entry in rowStarts[row]..<rowStarts[row + 1] { sum += gathered[Int(columns[entry])] * Double(values[entry]) }
      for column in 0..<width { sum += v[columnCount + column] * dense[row, column] }
      result[i] = sum + v[columnCount + width]
    }
  }

  /// result = Xᵀ u
  func multiplyTransposed(_ u: [Double], into result: inout [Double]) {
    let columnCount = matrix.columnCount
    let rowStarts = matrix.rowStarts.span
    let columns = matrix.columns.span
    let values = matrix.values.span
    var sums = result.mutableSpan
    for j in 0..<sums.count { sums[j] = 0 }
    for i in 0..<rows.count {
      let row = rows[i]
      let factor = u[i]
      for entry in rowStarts[row]..<rowStarts[row + 1] { sums[Int(columns[entry])] += factor * Double(values[entry]) }
      for column in 0..<width { sums[columnCount + column] += factor * dense[row, column] }
      sums[columnCount + width] += factor
    }
    if let ratios {
      for j in 0..<columnCount { sums[j] *= ratios[j] }
    }
  }

  /// The diagonal of Xᵀ D X.
  func diagonal(_ d: [Double]) -> [Double] {
    let columnCount = matrix.columnCount
    var result = [Double](repeating: 0, count: size)
    for i in 0..<rows.count {
      let row = rows[i]
      for entry in matrix.rowStarts[row]..<matrix.rowStarts[row + 1] {
        let value = Double(matrix.values[entry])
        result[Int(matrix.columns[entry])] += d[i] * value * value
      }
      for column in 0..<width { result[columnCount + column] += d[i] * dense[row, column] * dense[row, column] }
      result[columnCount + width] += d[i]
    }
    if let ratios {
      for j in 0..<columnCount { result[j] *= ratios[j] * ratios[j] }
    }
    return result
  }

  func model(_ w: [Double]) -> LinearModel {
    let columnCount = matrix.columnCount
    return LinearModel(
      intercept: w[columnCount + width],
      weights: (0..<columnCount).map { w[$0] * (ratios?[$0] ?? 1) },
      denseWeights: Array(w[columnCount..<columnCount + width]))
  }
}
