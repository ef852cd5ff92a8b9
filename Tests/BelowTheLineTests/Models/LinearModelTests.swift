import BelowTheLine
import Testing

/// Eight rows of six features, with the numbers that scikit-learn 1.9.1 and LIBLINEAR 2.43 give for them.
struct LinearModelTests {
  private static let rows: [[Double]] = [
    [2, 1, 0, 0, 3, 0], [0, 1, 1, 0, 1, 0], [1, 0, 0, 2, 0, 1], [0, 0, 3, 1, 0, 0],
    [1, 1, 0, 0, 2, 2], [0, 2, 1, 1, 0, 0], [3, 0, 0, 0, 1, 1], [0, 0, 1, 4, 0, 0],
  ]
  private static let isPositive = [true, true, true, false, false, false, true, false]

  private let matrix: SparseMatrix
  private let dense = DenseColumns(width: 0)

  init() {
    var matrix = SparseMatrix(bits: 8)
    for row in Self.rows { matrix.append(row.enumerated().filter { $0.element != 0 }.map { (bucket: $0.offset, value: $0.element) }) }
    self.matrix = matrix
  }

  private func training(weights: [Double]? = nil) -> TrainingRows {
    TrainingRows(rows: Array(Self.rows.indices), isPositive: Self.isPositive, weights: weights ?? Self.rows.map { _ in 1 })
  }

  /// In the order of the features, whatever the order of columns.
  private func byFeature(_ weights: [Double]) -> [Double] {
    zip(matrix.buckets, weights).sorted { $0.0 < $1.0 }.map(\.1)
  }

  private func expect(
    _ weights: [Double], _ expected: [Double], within tolerance: Double, _ location: Testing.SourceLocation = #_sourceLocation
  ) {
    for (weight, value) in zip(byFeature(weights), expected) { #expect(abs(weight - value) < tolerance, sourceLocation: location) }
  }

  // MARK: Naive Bayes

  @Test func multinomialNaiveBayesIsScikitLearns() {
    let weighted = NaiveBayes.multinomial(matrix, training(weights: [1, 2, 1, 0.5, 1, 1, 3, 1]), smoothing: 1)
    expect(
      weighted.weights,
      [1.3963784801865167, -0.4754236967150749, -0.8808888048232393, -1.2486135849485565, 0.6231885919530349, 0.03540192705091538],
      within: 1e-9)
    #expect(abs(weighted.intercept - 0.6931471805599452) < 1e-9)
    let plain = NaiveBayes.multinomial(matrix, training(), smoothing: 0.3)
    expect(
      plain.weights,
      [1.6274564179367788, -0.3117422965305481, -1.3560715070838025, -0.9583694614556004, 0.884068746629755, 0.0492710490067827],
      within: 1e-9)
    #expect(plain.intercept == 0)
  }

  @Test func weightsAreWrittenBesideTheirBuckets() throws {
    let model = NaiveBayes.multinomial(matrix, training(weights: [1, 2, 1, 0.5, 1, 1, 3, 1]), smoothing: 1)
    let bytes = model.safetensors(matrix)
    let header = try bytes.withUnsafeBytes { try Safetensors.header($0) }
    func numbers<Number: BitwiseCopyable>(_ name: String, _: Number.Type) throws -> [Number] {
      let range = try #require(header.tensors.first { $0.name == name }).range
      return Array(bytes[(header.dataStart + range.lowerBound)...].prefix(range.count)).withUnsafeBytes {
        Array($0.bindMemory(to: Number.self))
      }
    }
    #expect(try numbers("intercept", Float.self) == [Float(model.intercept)])
    #expect(try numbers("weights", Float.self) == model.weights.map { Float($0) })
    #expect(try numbers("buckets", Int64.self) == matrix.buckets.map { Int64($0) })
  }

  @Test func complementNaiveBayesIsScikitLearns() {
    let model = NaiveBayes.complement(matrix, training(weights: [1, 2, 1, 0.5, 1, 1, 3, 1]), smoothing: 1, normalizes: true)
    expect(
      model.weights,
      [0.12952026815085677, -0.0332378358029809, -0.0683578978949834, -0.10130690816610184, 0.06178801680722239, 0.011594356905986924],
      within: 1e-9)
  }

  // MARK: Logistic regression

  @Test(arguments: [
    (
      LogisticRegression.Intercept.none,
      [1.0801089353288631, -0.30441141742509031, -0.50419285494852728, -0.22824813680151235, 0.19680010882736934, -0.7149236696480028], 0.0
    ),
    (
      .penalized,
      [0.97324282138118834, -0.44548147051418985, -0.65145984300825355, -0.354504226485652, 0.10205382283514118, -0.80215338144342907],
      0.5962217325832051
    ),
    (
      .free,
      [0.6925596033989458, -0.832308255527878, -1.0540985617137637, -0.6983020491218214, -0.16006228460409522, -1.037013145383844],
      2.2148561019931337
    ),
  ])
  func logisticRegressionIsLIBLINEARsOptimum(intercept: LogisticRegression.Intercept, weights: [Double], bias: Double) {
    var solver = LogisticRegression()
    solver.costs = [2.5]
    solver.intercept = intercept
    solver.tolerance = 1e-10
    let solution = solver.fit(matrix, dense: dense, usesDense: false, training())[0]
    expect(solution.model.weights, weights, within: 1e-7)
    #expect(abs(solution.model.intercept - bias) < 1e-7)
    if intercept == .free { #expect(abs(solution.objective - 7.939718834352222) < 1e-9) }
  }

  @Test func aPathEndsWhereEachFitAloneDoes() {
    var solver = LogisticRegression()
    solver.tolerance = 1e-10
    solver.costs = [0.1, 1, 10, 100]
    let path = solver.fit(matrix, dense: dense, usesDense: false, training())
    for (cost, solution) in zip(solver.costs, path) {
      solver.costs = [cost]
      let alone = solver.fit(matrix, dense: dense, usesDense: false, training())[0]
      expect(solution.model.weights, byFeature(alone.model.weights), within: 1e-6)
      #expect(abs(solution.objective - alone.objective) < 1e-9 * alone.objective)
    }
  }

  @Test func rowWeightsAreClassWeights() {
    var solver = LogisticRegression()
    solver.intercept = .none
    solver.tolerance = 1e-10
    let solution = solver.fit(matrix, dense: dense, usesDense: false, training(weights: Self.isPositive.map { $0 ? 3 : 1 }))[0]
    expect(
      solution.model.weights,
      [0.98059998370625723, -0.030242552887003834, -0.26515732125114327, -0.055862347016187128, 0.40445785870099793, -0.30069573051464571],
      within: 1e-7)
    #expect(abs(solution.objective - 6.963320891801027) < 1e-9)
  }

  /// Scaling the features by r is the same as telling the solver of r and scaling the weights.
  @Test func ratiosScaleTheFeatures() {
    let ratios = [0.5, -2, 1, 3, 0.1, 1]
    var scaled = SparseMatrix(bits: 8)
    for row in Self.rows {
      scaled.append(row.enumerated().filter { $0.element != 0 }.map { (bucket: $0.offset, value: $0.element * ratios[$0.offset]) })
    }
    var solver = LogisticRegression()
    solver.tolerance = 1e-10
    let expected = solver.fit(scaled, dense: dense, usesDense: false, training())[0]
    let actual = solver.fit(matrix, dense: dense, usesDense: false, training(), ratios: matrix.buckets.map { ratios[$0] })[0]
    #expect(abs(expected.objective - actual.objective) < 1e-6)
    let products = zip(scaled.buckets, expected.model.weights).sorted { $0.0 < $1.0 }.map { $0.1 * ratios[$0.0] }
    expect(actual.model.weights, products, within: 1e-6)
  }

  @Test func denseColumnsAreColumnsLikeOthers() {
    var sparse = SparseMatrix(bits: 8)
    var dense = DenseColumns(width: 2)
    for row in Self.rows {
      sparse.append(row.enumerated().filter { $0.element != 0 && $0.offset < 4 }.map { (bucket: $0.offset, value: $0.element) })
      dense.append([Float(row[4]), Float(row[5])])
    }
    var solver = LogisticRegression()
    solver.costs = [2.5]
    solver.tolerance = 1e-10
    let solution = solver.fit(sparse, dense: dense, usesDense: true, training())[0]
    #expect(abs(solution.objective - 7.939718834352222) < 1e-9)
    #expect(abs(solution.model.denseWeights[1] + 1.037013145383844) < 1e-7)
  }

  // MARK: Calibration

  @Test func plattsSigmoidIsScikitLearns() {
    let calibration = Calibration(
      logits: [-2.1, -1.5, -0.7, -0.2, 0.1, 0.4, 0.9, 1.3, 2.2, 3.0],
      isPositive: [false, false, false, true, false, true, false, true, true, true], weights: [Double](repeating: 1, count: 10))
    #expect(abs(calibration.slope - 0.7775844286683691) < 1e-5)
    #expect(abs(calibration.offset + 0.2519716896105954) < 1e-5)
  }
}
