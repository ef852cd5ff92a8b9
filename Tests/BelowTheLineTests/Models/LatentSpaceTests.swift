import BelowTheLine
import Testing

struct LatentSpaceTests {
  /// Of four subjects, each with three words of its own: all words are equally frequent, so with four directions rows of one subject
  /// point the same way, rows of two are at right angles, and all are as long as asked.
  @Test func rowsOfOneSubjectPointTheSameWay() throws {
    var matrix = SparseMatrix(bits: 8)
    for row in 0..<40 { matrix.append((0..<3).map { (bucket: 3 * (row % 4) + $0, value: 1) }) }
    let space = try #require(LatentSpace(matrix, rows: Array(0..<40), dimensions: 10, seed: 1))
    #expect(space.columns.width == 4)
    for (a, b) in [(0, 4), (1, 37), (0, 1), (2, 3), (6, 11)] {
      let product = (0..<4).reduce(0.0) { $0 + space.columns[a, $1] * space.columns[b, $1] }
      #expect(abs(product - (a % 4 == b % 4 ? 0.25 : 0)) < 1e-5)
    }
  }

  @Test func foldedWeightsGiveWhatTheColumnsGive() throws {
    var generator = SeededGenerator(seed: 3)
    var matrix = SparseMatrix(bits: 8)
    for _ in 0..<120 {
      let buckets = Set((0..<12).map { _ in generator.below(8) * generator.below(12) })
      matrix.append(buckets.sorted().map { (bucket: $0, value: 0.3) })
    }
    let space = try #require(LatentSpace(matrix, rows: Array(0..<100), dimensions: 8, seed: 1))
    #expect(space.columns.width == 8)
    let latent = (0..<8).map { Double($0) - 3 }
    var weights = [Double](repeating: 0, count: matrix.columnCount)
    space.fold(latent, into: &weights)
    for row in 0..<120 {
      let direct = (0..<8).reduce(0.0) { $0 + latent[$1] * space.columns[row, $1] }
      let folded = (matrix.rowStarts[row]..<matrix.rowStarts[row + 1]).reduce(0.0) {
        $0 + weights[Int(matrix.columns[$1])] * Double(matrix.values[$1])
      }
      #expect(abs(folded - direct) < 1e-4)
    }
  }

  @Test func fewRowsHaveNoDirections() {
    var matrix = SparseMatrix(bits: 8)
    for row in 0..<9 { matrix.append([(bucket: row, value: 1)]) }
    #expect(LatentSpace(matrix, rows: Array(0..<9), dimensions: 10, seed: 1) == nil)
  }

  /// Rows without any feature, and features that all rows have, leave directions that hold nothing.
  @Test func emptyRowsAreNumbers() throws {
    var matrix = SparseMatrix(bits: 8)
    for row in 0..<50 { matrix.append(row < 10 ? [] : [(bucket: 1, value: 1)]) }
    let space = try #require(LatentSpace(matrix, rows: Array(0..<50), dimensions: 5, seed: 1))
    for row in 0..<50 {
      for column in 0..<space.columns.width { #expect(space.columns[row, column].isFinite) }
    }
  }
}
