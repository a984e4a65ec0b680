import Kernels
import Testing

@testable import Factorizations

@Suite struct CholeskyTests {
  @Test(arguments: [1, 2, 7, 33, 96, 150])
  func `the factor is LAPACK's`(_ size: Int) throws {
    let matrix = gram(size)
    let cholesky = try Cholesky(matrix)
    let theirs = try #require(LAPACK.cholesky(matrix))
    #expect(cholesky.damping == 0 && cholesky.raises == 0)
    #expect(distance(cholesky.lower, theirs) < 1e-9 * theirs.elements.map(abs).max()!)
    #expect(
      distance(naiveProduct(cholesky.lower, cholesky.lower.transposed), matrix)
        < 1e-12 * matrix.elements.map(abs).max()!)
  }

  @Test(arguments: [1, 5, 40])
  func `inverse and solutions undo the matrix`(_ size: Int) throws {
    let matrix = gram(size, seed: 3)
    let cholesky = try Cholesky(matrix, damping: 0.01)
    var damped = matrix
    let mean = matrix.diagonal.reduce(0, +) / Double(size)
    for index in 0..<size { damped[index, index] += 0.01 * mean }
    #expect(distance(cholesky.inverse.product(with: damped), identity(size)) < 1e-10)
    let x = random(9, size, seed: 4)
    #expect(distance(cholesky.solve(rows: x.product(with: damped)), x) < 1e-10)
  }

  @Test func `the factor of the inverse is upper triangular and gives the inverse`() throws {
    let matrix = gram(31)
    let factor = try InverseFactor(matrix, damping: 0.01)
    for row in 0..<31 {
      for column in 0..<row { #expect(factor.upper[row, column] == 0) }
    }
    let inverse = try Cholesky(matrix, damping: 0.01).inverse
    let product = factor.upper.transposed.product(with: factor.upper)
    #expect(distance(product, inverse) < 1e-11 * inverse.elements.map(abs).max()!)
    // It is the upper factor of LAPACK's, which is unique.
    let theirs = try #require(LAPACK.cholesky(inverse)).transposed
    #expect(distance(theirs, factor.upper) < 1e-8 * theirs.elements.map(abs).max()!)
  }

  @Test func `damping is raised as far as it must be, and said`() throws {
    // Rank 3 of 8: five eigenvalues are zero, up to rounding.
    let thin = random(8, 3)
    let singular = thin.product(with: thin.transposed)
    #expect(LAPACK.cholesky(DoubleMatrix([[1, 2], [2, 1]])) == nil)
    let cholesky = try Cholesky(singular)
    #expect(cholesky.raises > 0 && cholesky.damping > 0 && cholesky.damping < 1e-6)
    // Eigenvalues 3 and −1, mean of the diagonal 1: the damping must exceed 1.
    let indefinite = try Cholesky(DoubleMatrix([[1, 2], [2, 1]]), damping: 0.01)
    #expect(indefinite.damping == 10 && indefinite.raises == 3)
  }

  @Test func `what no damping helps is refused`() {
    #expect(throws: FactorizationError.notPositiveDefinite(size: 2, damping: 10)) {
      try Cholesky(DoubleMatrix(rows: 2, columns: 2), damping: 0.01)
    }
    #expect(throws: FactorizationError.notFinite(row: 1, column: 0)) {
      try Cholesky(DoubleMatrix([[1, 0], [.nan, 1]]))
    }
  }

  @Test func `threads change no bit`() throws {
    let (matrix, right) = (gram(80), random(70, 80))
    let alone = try Parallel.$threads.withValue(1) { try Cholesky(matrix).solve(rows: right) }
    #expect(try Parallel.$threads.withValue(3) { try Cholesky(matrix).solve(rows: right) } == alone)
  }
}
