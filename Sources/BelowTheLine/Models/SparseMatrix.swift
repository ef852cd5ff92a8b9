/// Rows of features in compressed sparse row form, with the few dense columns that stand behind them.
package struct SparseMatrix: Sendable {
  /// Row `i` holds the entries `rowStarts[i]..<rowStarts[i + 1]`.
  package private(set) var rowStarts: [Int] = [0]
  package private(set) var columns: [UInt32] = []
  package private(set) var values: [Float] = []
  /// The bucket of the feature table that each column stands for, by first occurrence.
  package private(set) var buckets: [Int] = []
  private var columnOfBucket: [Int32]

  package init(bits: Int) {
    columnOfBucket = [Int32](repeating: -1, count: 1 << bits)
  }

  /// A matrix without columns.
  package init(emptyRows: Int) {
    self.init(bits: 0)
    rowStarts = [Int](repeating: 0, count: emptyRows + 1)
  }

  package var rowCount: Int { rowStarts.count - 1 }
  package var columnCount: Int { buckets.count }

  package mutating func append(_ entries: some Sequence<(bucket: Int, value: Double)>) {
    for entry in entries {
      var column = columnOfBucket[entry.bucket]
      if column < 0 {
        column = Int32(buckets.count)
        columnOfBucket[entry.bucket] = column
        buckets.append(entry.bucket)
      }
      columns.append(UInt32(column))
      values.append(Float(entry.value))
    }
    rowStarts.append(columns.count)
  }

  /// Leaves out the columns whose rows weigh less than `least` together: what stands in one comment only tells nothing of others.
  package mutating func dropColumns(below least: Double, weights: [Double]) {
    var sums = [Double](repeating: 0, count: columnCount)
    for row in 0..<rowCount {
      for entry in rowStarts[row]..<rowStarts[row + 1] { sums[Int(columns[entry])] += weights[row] }
    }
    var renumbered = [Int32](repeating: -1, count: columnCount)
    var keptBuckets: [Int] = []
    for (column, bucket) in buckets.enumerated() {
      columnOfBucket[bucket] = -1
      guard sums[column] >= least else { continue }
      renumbered[column] = Int32(keptBuckets.count)
      columnOfBucket[bucket] = renumbered[column]
      keptBuckets.append(bucket)
    }
    buckets = keptBuckets
    var end = 0
    for row in 0..<rowCount {
      let entries = rowStarts[row]..<rowStarts[row + 1]
      rowStarts[row] = end
      for entry in entries where renumbered[Int(columns[entry])] >= 0 {
        columns[end] = UInt32(renumbered[Int(columns[entry])])
        values[end] = values[entry]
        end += 1
      }
    }
    rowStarts[rowCount] = end
    columns.removeSubrange(end...)
    values.removeSubrange(end...)
  }
}

/// The rows a model is fitted on: which rows of the matrix, their classes and weights.
package struct TrainingRows: Sendable {
  package var rows: [Int]
  package var isPositive: [Bool]
  /// Above 0; multiplies the row's loss.
  package var weights: [Double]

  package init(rows: [Int], isPositive: [Bool], weights: [Double]) {
    self.rows = rows
    self.isPositive = isPositive
    self.weights = weights
  }

  package func subset(_ positions: [Int]) -> TrainingRows {
    TrainingRows(rows: positions.map { rows[$0] }, isPositive: positions.map { isPositive[$0] }, weights: positions.map { weights[$0] })
  }
}

/// A linear model of one label: logit = intercept + Σ weight × feature + Σ dense weight × dense feature.
package struct LinearModel: Sendable {
  package var intercept: Double
  package var weights: [Double]
  package var denseWeights: [Double]

  /// The logit of each of `rows`.
  package func logits(_ matrix: SparseMatrix, dense: DenseColumns, rows: [Int]) -> [Double] {
    rows.map { row in
      var sum = intercept
      for entry in matrix.rowStarts[row]..<matrix.rowStarts[row + 1] {
        sum += weights[Int(matrix.columns[entry])] * Double(matrix.values[entry])
      }
      for column in 0..<denseWeights.count { sum += denseWeights[column] * dense[row, column] }
      return sum
    }
  }
}

/// Features that every row has, row after row.
package struct DenseColumns: Sendable {
  package let width: Int
  private var values: [Float] = []

  package init(width: Int) { self.width = width }

  package mutating func append(_ row: [Float]) { values.append(contentsOf: row) }

  package subscript(row: Int, column: Int) -> Double { Double(values[row * width + column]) }

  package func selecting(_ columns: [Int]) -> DenseColumns {
    var selected = DenseColumns(width: columns.count)
    for start in stride(from: 0, to: values.count, by: width) { selected.append(columns.map { values[start + $0] }) }
    return selected
  }
}
