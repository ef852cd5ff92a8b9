/// The directions in which comments differ most: latent semantic analysis (Deerwester, Dumais, Furnas, Landauer and Harshman 1990).
///
/// Words that stand in like comments point in like directions, so what a fit learns of one of them it learns of the others. That helps
/// where rows are few and a label shows in the subject as a whole. A fit takes ``columns`` beside the features themselves, and as they
/// are sums over the features, its weights of them are handed back to the features (``fold(_:into:)``): the model stays linear in them.
///
/// With X the rows of features, each multiplied by its inverse document frequency, the space is that of the leading right singular
/// vectors of X, found by subspace iteration from random rows (Halko, Martinsson and Tropp 2011, SIAM Review 53, algorithm 4.4). All of
/// it happens among as many numbers as there are rows, by products with X Xᵀ; singular vectors as such are not needed, because an
/// L2-penalised fit is the same in every orthonormal basis of the space.
package struct LatentSpace {
  /// Of every row of the matrix; their mean square length over the rows of the fit is ``length`` squared.
  package let columns: DenseColumns

  private let features: CommonFeatures
  /// The rows that span the space.
  private let rows: [Int]
  /// An orthonormal basis among ``rows``; the basis among the features is Xᵀ `basis` `factor`⁻¹, and `scale` makes its length.
  private let basis: [[Double]]
  private let factor: [[Double]]
  private let scale: Double

  /// More rows would hardly turn the space, and take their time.
  private static let maximumRows = 8192
  /// Directions that few rows speak for are noise.
  private static let rowsPerDimension = 10
  private static let iterations = 2
  /// Words and letters have length 1 each. Hand-chosen on PAN24 and PsyCoMark: from .5 to 1 hardly anything changes.
  private static let length = 0.5

  /// nil where no dimension is left to be made.
  ///
  /// - Parameters:
  ///   - rows: those of the fit; nothing is learnt from others.
  ///   - dimensions: fewer are made where there are fewer than ten rows for each.
  /// - Complexity: O(entries × dimensions); a copy of the entries, and 64 bytes a column while it runs.
  package init?(_ matrix: SparseMatrix, rows training: [Int], dimensions: Int, seed: UInt64) {
    let step = max(1, (training.count + Self.maximumRows - 1) / Self.maximumRows)
    let rows = stride(from: 0, to: training.count, by: step).map { training[$0] }
    let width = min(dimensions, rows.count / Self.rowsPerDimension)
    guard width > 0 else { return nil }
    let features = CommonFeatures(matrix, training)
    var generator = SeededGenerator(seed: seed)
    var basis = (0..<width).map { _ in rows.map { _ in generator.next() & 1 == 0 ? 1.0 : -1.0 } }
    Self.orthonormalise(&basis)
    for _ in 0..<Self.iterations {
      basis = features.product(basis, from: rows, to: rows)
      Self.orthonormalise(&basis)
    }
    let all = Array(0..<matrix.rowCount)
    let projected = features.product(basis, from: rows, to: all)
    // Of Xᵀ basis: its inner products, which are those of the basis with X Xᵀ basis.
    let gram = basis.map { column in
      projected.map { other in zip(column, rows).reduce(0.0) { $0 + $1.0 * other[$1.1] } }
    }
    let factor = Self.cholesky(gram)

    var values = [Double](repeating: 0, count: width)
    var coordinates = [Float](repeating: 0, count: width * matrix.rowCount)
    var squares = [Double](repeating: 0, count: matrix.rowCount)
    for row in all {
      // values factor = projected
      for column in 0..<width {
        var value = projected[column][row]
        for before in 0..<column { value -= values[before] * factor[before][column] }
        values[column] = factor[column][column] > 0 ? value / factor[column][column] : 0
        squares[row] += values[column] * values[column]
        coordinates[row * width + column] = Float(values[column])
      }
    }
    let meanSquare = training.reduce(0.0) { $0 + squares[$1] } / Double(max(training.count, 1))
    let scale = meanSquare > 0 ? Self.length / meanSquare.squareRoot() : 0
    columns = DenseColumns(width: width, values: coordinates.map { $0 * Float(scale) })
    self.features = features
    self.rows = rows
    self.basis = basis
    self.factor = factor
    self.scale = scale
  }

  /// Adds to the weights of the features what `latent` weights of ``columns`` amount to.
  package func fold(_ latent: some Collection<Double>, into weights: inout [Double]) {
    var turned = latent.map { $0 * scale }
    for column in turned.indices.reversed() {
      for after in turned.indices where after > column { turned[column] -= factor[column][after] * turned[after] }
      turned[column] = factor[column][column] > 0 ? turned[column] / factor[column][column] : 0
    }
    let shares = rows.indices.map { position in turned.indices.reduce(0.0) { $0 + basis[$1][position] * turned[$1] } }
    features.addProduct(shares, of: rows, to: &weights)
  }

  /// Gram-Schmidt, modified, twice over (Giraud, Langou and Rozložník 2005); what depends on those before becomes 0.
  private static func orthonormalise(_ vectors: inout [[Double]]) {
    for index in vectors.indices {
      let original = Elementary.dot(vectors[index], vectors[index]).squareRoot()
      for _ in 0..<2 {
        for before in 0..<index {
          let overlap = Elementary.dot(vectors[before], vectors[index])
          subtract(vectors[before], times: overlap, from: &vectors[index])
        }
      }
      let length = Elementary.dot(vectors[index], vectors[index]).squareRoot()
      let factor = length > 1e-6 * original ? 1 / length : 0
      for position in vectors[index].indices { vectors[index][position] *= factor }
    }
  }

  private static func subtract(_ a: [Double], times factor: Double, from b: inout [Double]) {
    for index in 0..<a.count { b[index] -= factor * a[index] }
  }

  /// The upper triangle R of RᵀR = `matrix`; 0 on the diagonal where a direction holds nothing.
  private static func cholesky(_ matrix: [[Double]]) -> [[Double]] {
    var factor = matrix.map { $0.map { _ in 0.0 } }
    let largest = matrix.indices.map { matrix[$0][$0] }.max() ?? 0
    for row in matrix.indices {
      var pivot = matrix[row][row]
      for before in 0..<row { pivot -= factor[before][row] * factor[before][row] }
      guard pivot > 1e-9 * largest else { continue }
      factor[row][row] = pivot.squareRoot()
      for column in matrix.indices where column > row {
        var value = matrix[row][column]
        for before in 0..<row { value -= factor[before][row] * factor[before][column] }
        factor[row][column] = value / factor[row][row]
      }
    }
    return factor
  }
}

/// The entries of those features that several rows of a fit have, the most frequent first, so that what is summed up for them stays in
/// the nearer caches. Rarer ones have no part in what many rows share.
private struct CommonFeatures {
  private var rowStarts = [0]
  private var columns: [UInt32] = []
  private var values: [Float] = []
  /// The column of the matrix that each stands for.
  private var originals: [Int] = []
  private var squaredIDF: [Float] = []

  private static let leastRows = 5

  init(_ matrix: SparseMatrix, _ rows: [Int]) {
    var counts = [Int](repeating: 0, count: matrix.columnCount)
    for row in rows {
      for entry in matrix.rowStarts[row]..<matrix.rowStarts[row + 1] { counts[Int(matrix.columns[entry])] += 1 }
    }
    originals = counts.indices.filter { counts[$0] >= Self.leastRows }.sorted { (counts[$1], $0) < (counts[$0], $1) }
    // As scikit-learn smooths it.
    squaredIDF = originals.map { column in
      let idf = 1 + Elementary.log(Double(1 + rows.count) / Double(1 + counts[column]))
      return Float(idf * idf)
    }
    var numbers = [UInt32?](repeating: nil, count: matrix.columnCount)
    for (number, column) in originals.enumerated() { numbers[column] = UInt32(number) }
    for row in 0..<matrix.rowCount {
      for entry in matrix.rowStarts[row]..<matrix.rowStarts[row + 1] {
        guard let number = numbers[Int(matrix.columns[entry])] else { continue }
        columns.append(number)
        values.append(matrix.values[entry])
      }
      rowStarts.append(columns.count)
    }
  }

  /// So many vectors at a time that their sums of a feature fill a cache line.
  private typealias Block = SIMD16<Float>

  /// X Xᵀ times `vectors`, of which each has a number for each row in `from`; the result has one for each row in `to`.
  func product(_ vectors: [[Double]], from: [Int], to: [Int]) -> [[Double]] {
    var results = vectors.map { _ in [Double](repeating: 0, count: to.count) }
    var sums = [Block](repeating: .zero, count: originals.count)
    for first in stride(from: 0, to: vectors.count, by: Block.scalarCount) {
      let vectorIndices = first..<min(first + Block.scalarCount, vectors.count)
      for column in sums.indices { sums[column] = .zero }
      for (position, row) in from.enumerated() {
        var block = Block.zero
        for index in vectorIndices { block[index - first] = Float(vectors[index][position]) }
        add(block, row, to: &sums)
      }
      for column in sums.indices { sums[column] *= squaredIDF[column] }
      for (position, row) in to.enumerated() {
        let block = sum(row, sums)
        for index in vectorIndices { results[index][position] = Double(block[index - first]) }
      }
    }
    return results
  }

  private func add(_ block: Block, _ row: Int, to sums: inout [Block]) {
    let (columns, values) = (columns.span, values.span)
    var sums = sums.mutableSpan
    for entry in rowStarts[row]..<rowStarts[row + 1] { sums[Int(columns[entry])] += block * values[entry] }
  }

  private func sum(_ row: Int, _ sums: [Block]) -> Block {
    let (columns, values, sums) = (columns.span, values.span, sums.span)
    var block = Block.zero
    for entry in rowStarts[row]..<rowStarts[row + 1] { block += sums[Int(columns[entry])] * values[entry] }
    return block
  }

  /// Xᵀ times a number for each of `rows`, added to the weights of the matrix's columns; X once for the product, and once for the idf
  /// that the features of a comment are multiplied by.
  func addProduct(_ shares: [Double], of rows: [Int], to weights: inout [Double]) {
    var sums = [Double](repeating: 0, count: originals.count)
    for (share, row) in zip(shares, rows) {
      for entry in rowStarts[row]..<rowStarts[row + 1] { sums[Int(columns[entry])] += share * Double(values[entry]) }
    }
    for (number, column) in originals.enumerated() { weights[column] += sums[number] * Double(squaredIDF[number]) }
  }
}
