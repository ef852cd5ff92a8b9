import BelowTheLine
import Testing

struct SparseMatrixTests {
  @Test func columnsOfOneRowAreDroppedAndOthersKeepTheirEntries() {
    var matrix = SparseMatrix(bits: 8)
    matrix.append([(bucket: 3, value: 1.0), (bucket: 9, value: 2.0)])
    matrix.append([(bucket: 9, value: 4.0), (bucket: 200, value: 1.0)])
    matrix.append([(bucket: 200, value: 8.0)])
    matrix.append([(bucket: 77, value: 1.0)])
    matrix.dropColumns(below: 2, weights: [1, 1, 1, 1])
    #expect(matrix.buckets == [9, 200])
    #expect(matrix.rowStarts == [0, 1, 3, 4, 4])
    #expect(matrix.columns == [0, 0, 1, 1])
    #expect(matrix.values == [2, 4, 1, 8])
  }

  @Test func aRowOfWeightTwoIsEnough() {
    var matrix = SparseMatrix(bits: 8)
    matrix.append([(bucket: 3, value: 1.0)])
    matrix.append([(bucket: 4, value: 1.0)])
    matrix.dropColumns(below: 2, weights: [2, 1])
    #expect(matrix.buckets == [3])
  }
}
