/// L2-regularised logistic regression, solved to its optimum.
///
///     minimise  ½ wᵀw + Σᵢ Cᵢ log(1 + exp(-yᵢ (wᵀxᵢ + b))),   yᵢ = ±1,   Cᵢ = C × weight of row i
///
/// by Newton's method: each step solves H d = -g by conjugate gradients, preconditioned by the diagonal of H (for text alone, by 99
/// parts of the identity and one of the diagonal: a third of the steps), and is taken as far as the objective falls enough
/// (Armijo). H = I + Xᵀ D X is never formed. The method is that of LIBLINEAR's primal
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

  /// Columns of binary text features have one scale, and the frequent ones go together: the whole diagonal holds these back too much
  /// (Hsia, Chiang and Lin 2018, "Preconditioned conjugate gradient methods in truncated Newton frameworks for large-scale linear
  /// classification"). Columns multiplied by ratios, or of numbers, have a scale each and need all of it.
  private static let shareOfDiagonal = 0.01

  package struct Solution: Sendable {
    package var model: LinearModel
    package var objective: Double
    package var iterations: Int
  }

  /// - Parameters:
  ///   - ratios: rⱼ of every column of `matrix`; nil for 1.
  ///   - dense: further columns, used when `usesDense`.
  ///   - anchored: how many of these, the last ones, are penalised as with C = 1 whatever C: their penalty grows with it.
  /// - Returns: one solution for each of ``costs``.
  /// - Complexity: O(entries) a conjugate-gradient step; some tens to hundreds of steps.
  package func fit(
    _ matrix: SparseMatrix, dense: DenseColumns, usesDense: Bool, _ training: TrainingRows, ratios: [Double]? = nil,
    anchored: Int = 0
  ) -> [Solution] {
    let design = Design(matrix: matrix, dense: dense, width: usesDense ? dense.width : 0, rows: training.rows, ratios: ratios)
    let count = training.rows.count
    let size = design.size
    let interceptIndex = size - 1
    let y = training.isPositive.map { $0 ? 1.0 : -1.0 }
    var penalties = [Double](repeating: 1, count: size)
    penalties[interceptIndex] = intercept == .penalized ? 1 : 0
    let fixesIntercept = intercept == .none
    let isText = ratios == nil && !usesDense

    var w = [Double](repeating: 0, count: size)
    var z = [Double](repeating: 0, count: count)
    var slopes = z
    var curvatures = z
    var gradient = w
    var diagonal = w
    var direction = w
    var directionZ = z
    var room = design.makeRoom()
    let positives = Double(training.isPositive.count { $0 })
    let rarer = max(min(positives, Double(count) - positives), 1) / Double(max(count, 1))
    // ‖g at w = 0‖ for C = 1; it grows with C.
    for i in 0..<count { slopes[i] = -0.5 * training.weights[i] * y[i] }
    design.gradient(slopes, curvatures, &room, into: &gradient, diagonal: &diagonal)
    if fixesIntercept { gradient[interceptIndex] = 0 }
    let normAtZero = Elementary.dot(gradient, gradient).squareRoot()

    var solutions: [Solution] = []
    for cost in costs {
      let costs = training.weights.map { $0 * cost }
      let initialNorm = normAtZero * cost
      for j in interceptIndex - anchored..<interceptIndex { penalties[j] = cost }
      var objective = Self.objective(w, z, y, costs, penalties)
      var iteration = 0
      while iteration < maximumIterations {
        for i in 0..<count {
          let probability = Elementary.sigmoid(y[i] * z[i])
          slopes[i] = costs[i] * (probability - 1) * y[i]
          curvatures[i] = costs[i] * probability * (1 - probability)
        }
        design.gradient(slopes, curvatures, &room, into: &gradient, diagonal: &diagonal)
        for j in 0..<size { gradient[j] += penalties[j] * w[j] }
        if fixesIntercept { gradient[interceptIndex] = 0 }
        let norm = Elementary.dot(gradient, gradient).squareRoot()
        if norm <= tolerance * rarer * initialNorm || norm == 0 { break }

        for j in 0..<size { diagonal[j] += penalties[j] }
        if fixesIntercept || diagonal[interceptIndex] == 0 { diagonal[interceptIndex] = 1 }
        let accuracy = min(0.1, (norm / initialNorm).squareRoot())
        if isText {
          for j in 0..<size { diagonal[j] = 1 - Self.shareOfDiagonal + Self.shareOfDiagonal * diagonal[j] }
        }
        Self.solve(
          design, curvatures, penalties, diagonal, gradient, fixesIntercept, accuracy, norm: isText ? nil : norm, &room, &direction)
        iteration += 1

        design.multiply(direction, &room, into: &directionZ)
        let slope = Elementary.dot(gradient, direction)
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

  /// Solves (penalties + Xᵀ D X) d = -g by preconditioned conjugate gradients, down to a share `accuracy` of the
  /// residual at first: by its length, which is `norm` then, or where that is nil by the length that the preconditioner gives it.
  ///
  /// What is done for each column is done in three walks over them, because there are too many for the nearest caches.
  private static func solve(
    _ design: borrowing Design, _ curvatures: [Double], _ penalties: [Double], _ diagonal: [Double], _ gradient: [Double],
    _ fixesIntercept: Bool, _ accuracy: Double, norm: Double?, _ room: inout [Design.Pair], _ direction: inout [Double]
  ) {
    let size = gradient.count
    let penalties = penalties.span
    let diagonal = diagonal.span
    var residual = gradient.map { -$0 }
    var search = [Double](repeating: 0, count: size)
    var product = search
    var (rz, rr) = (0.0, 0.0)
    for j in 0..<size {
      direction[j] = 0
      search[j] = residual[j] / diagonal[j]
      rz += residual[j] * search[j]
      rr += residual[j] * residual[j]
    }
    let first = rz
    for _ in 0..<max(size, 1) {
      if let norm { if rr.squareRoot() <= accuracy * norm { return } } else if rz <= accuracy * accuracy * first { return }
      design.multiplyTwice(search, curvatures, &room, into: &product)
      if fixesIntercept { product[size - 1] = 0 }
      let curvature = curvature(search.span, &product, penalties, fixesIntercept)
      if curvature <= 0 { return }
      let length = rz / curvature
      let previous = rz
      (rz, rr) = descend(length, search.span, product.span, diagonal, &residual, &direction)
      let beta = rz / previous
      turn(beta, residual.span, diagonal, &search)
    }
  }

  /// Completes the product of the Hessian with a direction, and returns that of both.
  private static func curvature(
    _ search: Span<Double>, _ product: inout [Double], _ penalties: Span<Double>, _ fixesIntercept: Bool
  ) -> Double {
    var product = product.mutableSpan
    var sum = 0.0
    let free = fixesIntercept ? search.count - 1 : search.count
    for j in 0..<search.count {
      if j < free { product[j] += penalties[j] * search[j] }
      sum += search[j] * product[j]
    }
    return sum
  }

  /// Takes a step; returns the products of the new residual with itself preconditioned, and with itself.
  private static func descend(
    _ length: Double, _ search: Span<Double>, _ product: Span<Double>, _ diagonal: Span<Double>, _ residual: inout [Double],
    _ direction: inout [Double]
  ) -> (preconditioned: Double, plain: Double) {
    var residual = residual.mutableSpan
    var direction = direction.mutableSpan
    var (rz, rr) = (0.0, 0.0)
    for j in 0..<search.count {
      direction[j] += length * search[j]
      let rest = residual[j] - length * product[j]
      residual[j] = rest
      rz += rest * (rest / diagonal[j])
      rr += rest * rest
    }
    return (rz, rr)
  }

  /// The next direction, conjugate to those before.
  private static func turn(_ beta: Double, _ residual: Span<Double>, _ diagonal: Span<Double>, _ search: inout [Double]) {
    var search = search.mutableSpan
    for j in 0..<search.count { search[j] = residual[j] / diagonal[j] + beta * search[j] }
  }
}

/// The design matrix of one fit: sparse columns scaled by their ratios, dense columns, and a column of ones, in this order.
///
/// The time goes into waiting for the memory of columns. So what is read and what is written of a column stand side by side, and one
/// walk over the rows does both.
private struct Design {
  /// What is read of a column, and a sum that is made for it; or two sums.
  typealias Pair = SIMD2<Double>

  let matrix: SparseMatrix
  let dense: DenseColumns
  let width: Int
  let rows: [Int]
  let ratios: [Double]?

  var size: Int { matrix.columnCount + width + 1 }

  func makeRoom() -> [Pair] { [Pair](repeating: .zero, count: size) }

  /// result = X v
  func multiply(_ v: [Double], _ room: inout [Pair], into result: inout [Double]) {
    fill(&room, v)
    var result = result.mutableSpan
    room.withUnsafeMutableBufferPointer { room in
      forEachRow { i, row, entries, columns, values in result[i] = product(row, entries, columns, values, room) }
    }
  }

  /// result = Xᵀ D X v
  func multiplyTwice(_ v: [Double], _ d: [Double], _ room: inout [Pair], into result: inout [Double]) {
    fill(&room, v)
    let d = d.span
    room.withUnsafeMutableBufferPointer { room in
      forEachRow { i, row, entries, columns, values in
        let factor = product(row, entries, columns, values, room) * d[i]
        for entry in entries { room[Int(columns[entry])].y += factor * Double(values[entry]) }
        for column in 0..<width { room[matrix.columnCount + column].y += factor * dense[row, column] }
        room[matrix.columnCount + width].y += factor
      }
    }
    var result = result.mutableSpan
    for j in 0..<result.count { result[j] = room[j].y }
    if let ratios = ratios?.span {
      for j in 0..<matrix.columnCount { result[j] *= ratios[j] }
    }
  }

  /// gradient = Xᵀ u, and the diagonal of Xᵀ D X.
  func gradient(_ u: [Double], _ d: [Double], _ room: inout [Pair], into gradient: inout [Double], diagonal: inout [Double]) {
    for j in room.indices { room[j] = .zero }
    let (u, d) = (u.span, d.span)
    room.withUnsafeMutableBufferPointer { room in
      forEachRow { i, row, entries, columns, values in
        let factors = Pair(u[i], d[i])
        for entry in entries {
          let value = Double(values[entry])
          room[Int(columns[entry])] += factors * Pair(repeating: value) * Pair(1, value)
        }
        for column in 0..<width {
          let value = dense[row, column]
          room[matrix.columnCount + column] += factors * Pair(repeating: value) * Pair(1, value)
        }
        room[matrix.columnCount + width] += factors
      }
    }
    for j in 0..<size {
      gradient[j] = room[j].x
      diagonal[j] = room[j].y
    }
    if let ratios {
      for j in 0..<matrix.columnCount {
        gradient[j] *= ratios[j]
        diagonal[j] *= ratios[j] * ratios[j]
      }
    }
  }

  private func fill(_ room: inout [Pair], _ v: [Double]) {
    var room = room.mutableSpan
    let v = v.span
    if let ratios = ratios?.span {
      for j in 0..<matrix.columnCount { room[j] = Pair(ratios[j] * v[j], 0) }
      for j in matrix.columnCount..<v.count { room[j] = Pair(v[j], 0) }
    } else {
      for j in 0..<v.count { room[j] = Pair(v[j], 0) }
    }
  }

  /// The product of a row with what is read of the columns.
  @inline(__always)
  private func product(
    _ row: Int, _ entries: Range<Int>, _ columns: UnsafeBufferPointer<UInt32>, _ values: UnsafeBufferPointer<Float>,
    _ room: UnsafeMutableBufferPointer<Pair>
  ) -> Double {
    var sum = 0.0
    for entry in entries { sum += room[Int(columns[entry])].x * Double(values[entry]) }
    for column in 0..<width { sum += room[matrix.columnCount + column].x * dense[row, column] }
    return sum + room[matrix.columnCount + width].x
  }

  @inline(__always)
  private func forEachRow(
    _ body: (
      _ position: Int, _ row: Int, _ entries: Range<Int>, _ columns: UnsafeBufferPointer<UInt32>, _ values: UnsafeBufferPointer<Float>
    ) -> Void
  ) {
    let rows = rows.span
    let rowStarts = matrix.rowStarts.span
    matrix.columns.withUnsafeBufferPointer { columns in
      matrix.values.withUnsafeBufferPointer { values in
        for i in 0..<rows.count {
          let row = rows[i]
          body(i, row, rowStarts[row]..<rowStarts[row + 1], columns, values)
        }
      }
    }
  }

  func model(_ w: [Double]) -> LinearModel {
    let columnCount = matrix.columnCount
    return LinearModel(
      intercept: w[columnCount + width],
      weights: (0..<columnCount).map { w[$0] * (ratios?[$0] ?? 1) },
      denseWeights: Array(w[columnCount..<columnCount + width]))
  }
}
