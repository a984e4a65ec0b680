import Kernels
import Testing

@testable import Factorizations

@Suite struct DoubleMatrixTests {
  @Test(arguments: [(1, 1, 1), (3, 5, 7), (4, 8, 8), (5, 3, 17), (37, 20, 33), (64, 64, 64)])
  func `a product has the bits of its definition`(_ m: Int, _ k: Int, _ n: Int) {
    let (a, b) = (random(m, k), random(k, n, seed: 2))
    #expect(a.product(with: b) == naiveProduct(a, b))
  }

  @Test func `threads change no bit of a product`() {
    let (a, b) = (random(70, 90), random(90, 50, seed: 2))
    let alone = Parallel.$threads.withValue(1) { a.product(with: b) }
    #expect(Parallel.$threads.withValue(3) { a.product(with: b) } == alone)
  }

  @Test func `rows, columns and the transpose are where they should be`() {
    let a = DoubleMatrix([[1, 2, 3], [4, 5, 6]])
    #expect(a.transposed == DoubleMatrix([[1, 4], [2, 5], [3, 6]]))
    #expect(a.columns([2, 0]) == DoubleMatrix([[3, 1], [6, 4]]))
    #expect(a.rows([1]) == DoubleMatrix([[4, 5, 6]]))
    #expect(a.scaled(columnsBy: [1, 0, 2]) == DoubleMatrix([[1, 0, 6], [4, 0, 12]]))
    #expect(a.sumOfSquares == 91)
  }
}
