private import Prefetch

/// Rows of features in compressed sparse row form, with the few dense columns that stand behind them.
package struct SparseMatrix: Sendable {
  /// Row `i` holds the entries `rowStarts[i]..<rowStarts[i + 1]`.
  package private(set) var rowStarts: [Int] = [0]
  package private(set) var columns: [UInt32] = []
  package private(set) var values: [Float] = []
  /// The bucket of the feature table that each column stands for, by first occurrence.
  package private(set) var buckets: [Int] = []
  /// Negative where there is none; empty once columns were left out.
  private var columnOfBucket: [Int32]

  package init(bits: Int) {
    columnOfBucket = LargePages.array(repeating: -1, count: 1 << bits)
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

  /// Appends the features of a text.
  package mutating func append(_ row: borrowing FeatureRow, in space: FeatureSpace) {
    columns.append(addingCapacity: row.count) { columns in
      columns.withUnsafeMutableBufferPointer { columns, columnCount in
        values.append(addingCapacity: row.count) { values in
          values.withUnsafeMutableBufferPointer { values, valueCount in
            columnOfBucket.withUnsafeMutableBufferPointer { columnOfBucket in
              guard let firstBucket = columnOfBucket.baseAddress, !columnOfBucket.isEmpty else {
                preconditionFailure("columns were left out")
              }
              var count = 0
              row.forEachEntry(in: space) { bucket, value in
                // Memory brings its column while the others are put down.
                prefetch(firstBucket + bucket)
                columns[count] = UInt32(truncatingIfNeeded: bucket)
                values[count] = Float(value)
                count &+= 1
              }
              Self.number(UnsafeMutableBufferPointer(rebasing: columns[..<count]), columnOfBucket, &buckets)
              (columnCount, valueCount) = (count, count)
            }
          }
        }
      }
    }
    rowStarts.append(columns.count)
  }

  /// Puts columns in the place of buckets.
  ///
  /// All are looked up before the new ones are seen to: the processor then waits for the memory of many at once.
  private static func number(
    _ entries: UnsafeMutableBufferPointer<UInt32>, _ columnOfBucket: UnsafeMutableBufferPointer<Int32>, _ buckets: inout [Int]
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: entries.count) { found in
      for index in entries.indices { found[index] = columnOfBucket[Int(entries[index])] }
      for index in entries.indices {
        let bucket = Int(entries[index])
        // A bucket stands once in a row.
        if found[index] < 0 {
          found[index] = Int32(buckets.count)
          columnOfBucket[bucket] = found[index]
          buckets.append(bucket)
        }
        entries[index] = UInt32(found[index])
      }
    }
  }

  /// Makes room for so many times of what there is, so that it need not be copied while it grows.
  package mutating func reserve(times: Int) {
    LargePages.reserve(columns.count * times, in: &columns)
    LargePages.reserve(values.count * times, in: &values)
    LargePages.reserve(buckets.count * times, in: &buckets)
  }

  /// Leaves out the columns whose rows weigh less than `least` together: what stands in one comment only tells nothing of others. No more
  /// rows can then be appended.
  package mutating func dropColumns(below least: Double, weights: [Double]) {
    var sums: [Double] = LargePages.array(repeating: 0, count: columnCount)
    addWeights(weights, to: &sums)
    var renumbered: [Int32] = LargePages.array(repeating: -1, count: columnCount)
    var keptBuckets: [Int] = []
    for (column, bucket) in buckets.enumerated() where sums[column] >= least {
      renumbered[column] = Int32(keptBuckets.count)
      keptBuckets.append(bucket)
    }
    buckets = keptBuckets
    columnOfBucket = []
    let end = Self.renumber(renumbered.span, &rowStarts, &columns, &values)
    columns.removeSubrange(end...)
    values.removeSubrange(end...)
  }

  private func addWeights(_ weights: [Double], to sums: inout [Double]) {
    var sums = sums.mutableSpan
    let (rowStarts, columns) = (rowStarts.span, columns.span)
    for row in weights.indices {
      let weight = weights[row]
      for entry in rowStarts[row]..<rowStarts[row + 1] { sums[Int(columns[entry])] += weight }
    }
  }

  /// - Parameter numbers: the new one of each column, negative where it is dropped.
  /// - Returns: how many entries are left, all at the front.
  private static func renumber(
    _ numbers: Span<Int32>, _ rowStarts: inout [Int], _ columns: inout [UInt32], _ values: inout [Float]
  ) -> Int {
    var end = 0
    columns.withUnsafeMutableBufferPointer { columns in
      values.withUnsafeMutableBufferPointer { values in
        numbers.withUnsafeBufferPointer { numbers in
          var start = rowStarts[0]
          for row in 0..<rowStarts.count - 1 {
            rowStarts[row] = end
            let rowEnd = rowStarts[row + 1]
            for entry in start..<rowEnd {
              // Written in any case: which are dropped is hard to foresee, and a wrong guess costs more.
              let number = numbers[Int(columns[entry])]
              columns[end] = UInt32(truncatingIfNeeded: number)
              values[end] = values[entry]
              end &+= number >= 0 ? 1 : 0
            }
            start = rowEnd
          }
        }
      }
    }
    rowStarts[rowStarts.count - 1] = end
    return end
  }
}

/// The rows a model is fitted on: which rows of the matrix, their classes and weights.
package struct TrainingRows: Sendable {
  package var rows: [Int]
  package var isPositive: [Bool]
  /// Above 0; multiplies the row's loss.
  package var weights: [Double]
  /// Rows that only the logistic models learn from (``Comment/isAuxiliary``).
  package var isAuxiliary: [Bool]

  /// - Parameter isAuxiliary: none where it is empty.
  package init(rows: [Int], isPositive: [Bool], weights: [Double], isAuxiliary: [Bool] = []) {
    self.rows = rows
    self.isPositive = isPositive
    self.weights = weights
    self.isAuxiliary = isAuxiliary.isEmpty ? rows.map { _ in false } : isAuxiliary
  }

  package func subset(_ positions: [Int]) -> TrainingRows {
    TrainingRows(
      rows: positions.map { rows[$0] }, isPositive: positions.map { isPositive[$0] }, weights: positions.map { weights[$0] },
      isAuxiliary: positions.map { isAuxiliary[$0] })
  }

  /// All but the auxiliary rows.
  package var own: TrainingRows { isAuxiliary.contains(true) ? subset(rows.indices.filter { !isAuxiliary[$0] }) : self }
}

/// A linear model of one label: logit = intercept + Σ weight × feature + Σ dense weight × dense feature.
package struct LinearModel: Sendable {
  package var intercept: Double
  package var weights: [Double]
  package var denseWeights: [Double]

  /// The intercept, and the weight of each column with its bucket, an integer of 64 bits.
  package func safetensors(_ matrix: SparseMatrix) -> [UInt8] {
    Safetensors.write(
      metadata: [],
      tensors: [
        Safetensors.Content("intercept", [1], [Float(intercept)]),
        Safetensors.Content("weights", [weights.count], weights.map { Float($0) }),
        Safetensors.Content("buckets", [matrix.columnCount, 8], matrix.buckets.withUnsafeBytes { Array($0) }),
      ])
  }

  /// The logit of each of `rows`.
  package func logits(_ matrix: SparseMatrix, dense: DenseColumns, rows: [Int]) -> [Double] {
    let (rowStarts, columns, values) = (matrix.rowStarts.span, matrix.columns.span, matrix.values.span)
    let weights = weights.span
    return rows.map { row in
      var sum = intercept
      for entry in rowStarts[row]..<rowStarts[row + 1] { sum += weights[Int(columns[entry])] * Double(values[entry]) }
      for column in 0..<denseWeights.count { sum += denseWeights[column] * dense[row, column] }
      return sum
    }
  }
}

/// Features that every row has, row after row.
package struct DenseColumns: Sendable {
  package let width: Int
  private var values: [Float] = []

  /// - Parameter values: `width` for each row.
  package init(width: Int, values: [Float] = []) {
    self.width = width
    self.values = values
  }

  package mutating func append(_ row: [Float]) { values.append(contentsOf: row) }

  package subscript(row: Int, column: Int) -> Double { Double(values[row * width + column]) }

  package func selecting(_ columns: [Int]) -> DenseColumns {
    var selected = DenseColumns(width: columns.count)
    for start in stride(from: 0, to: values.count, by: width) { selected.append(columns.map { values[start + $0] }) }
    return selected
  }

  /// The columns of both, these first.
  package func joined(with others: DenseColumns) -> DenseColumns {
    if width == 0 { return others }
    if others.width == 0 { return self }
    var joined = DenseColumns(width: width + others.width)
    for row in 0..<values.count / width {
      joined.values += values[row * width..<(row + 1) * width]
      joined.values += others.values[row * others.width..<(row + 1) * others.width]
    }
    return joined
  }
}
