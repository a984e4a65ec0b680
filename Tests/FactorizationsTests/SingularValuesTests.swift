import Kernels
import Testing

@testable import Factorizations

@Suite struct SingularValuesTests {
  @Test(arguments: [(1, 1), (1, 9), (6, 6), (8, 31), (31, 8), (47, 60), (64, 128)])
  func `values and truncations are LAPACK's`(_ rows: Int, _ columns: Int) throws {
    let matrix = random(rows, columns)
    let ours = try SingularValues(matrix)
    let rank = (min(rows, columns) + 1) / 2
    let theirs = LAPACK.singularValues(matrix, rank: rank)
    for (a, b) in zip(ours.values, theirs.values) { #expect(abs(a - b) < 1e-12 * theirs.values[0]) }
    #expect(distance(truncated(ours, rank), theirs.truncated) < 1e-11 * theirs.values[0])
  }

  @Test(arguments: [(5, 12), (12, 5), (40, 40)])
  func `the factors are orthonormal and give the matrix`(_ rows: Int, _ columns: Int) throws {
    let matrix = random(rows, columns, seed: 5)
    let svd = try SingularValues(matrix)
    let count = min(rows, columns)
    #expect(distance(naiveProduct(svd.left.transposed, svd.left), identity(count)) < 1e-13)
    #expect(distance(naiveProduct(svd.right, svd.right.transposed), identity(count)) < 1e-13)
    #expect(distance(truncated(svd, count), matrix) < 1e-13)
    #expect(svd.values == svd.values.sorted(by: >))
  }

  @Test func `what is cut off is what the tail says`() throws {
    let matrix = random(20, 30, seed: 6)
    let svd = try SingularValues(matrix)
    for rank in [0, 1, 7, 19, 20] {
      let lost = (truncated(svd, rank) - matrix).sumOfSquares
      #expect(abs(lost - svd.tail(after: rank)) < 1e-12 * matrix.sumOfSquares)
    }
  }

  @Test func `a matrix without full rank has as many values as its rank`() throws {
    let matrix = random(20, 4).product(with: random(4, 25, seed: 2))
    let svd = try SingularValues(matrix)
    #expect(svd.values[3] > 0.1 && svd.values[4...].allSatisfy { $0 < 1e-12 * svd.values[0] })
    #expect(distance(truncated(svd, 4), matrix) < 1e-12)
    let zero = try SingularValues(DoubleMatrix(rows: 3, columns: 5))
    #expect(zero.values == [0, 0, 0] && zero.right.elements.allSatisfy { $0 == 0 })
  }

  @Test func `small values keep their digits`() throws {
    // Columns scaled over twelve decades: methods that square the matrix lose half of them.
    let scales = (0..<13).map { index in (0..<index).reduce(1.0) { x, _ in x / 10 } }
    let orthogonal = try SingularValues(random(13, 13)).left
    let svd = try SingularValues(orthogonal.scaled(columnsBy: scales))
    for (value, scale) in zip(svd.values, scales) { #expect(abs(value / scale - 1) < 1e-12) }
  }

  @Test func `threads change no bit`() throws {
    let matrix = random(60, 90, seed: 8)
    let alone = try Parallel.$threads.withValue(1) { try SingularValues(matrix) }
    let together = try Parallel.$threads.withValue(3) { try SingularValues(matrix) }
    #expect(alone.values == together.values && alone.left == together.left)
    #expect(alone.right == together.right)
  }

  @Test func `what is not finite is refused`() {
    #expect(throws: FactorizationError.notFinite(row: 0, column: 1)) {
      try SingularValues(DoubleMatrix([[0, .infinity]]))
    }
  }

  private func truncated(_ svd: SingularValues, _ rank: Int) -> DoubleMatrix {
    let kept = Array(0..<rank)
    return naiveProduct(
      svd.left.columns(kept).scaled(columnsBy: kept.map { svd.values[$0] }), svd.right.rows(kept))
  }
}
