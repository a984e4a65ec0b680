import Testing

@testable import Kernels

@Suite struct TopKTests {
  private func top(_ k: Int, _ x: [Float], bias: [Float]? = nil, rows: Int = 1) -> [Int32] {
    var indices = [Int32](repeating: -2, count: rows * k)
    selectTop(k, of: x, bias: bias, into: &indices, rows: rows, columns: x.count / rows)
    return indices
  }

  @Test func `the largest come first, and of equals the lowest column`() {
    #expect(top(3, [1, 4, 2, 4, 3]) == [1, 3, 4])
    #expect(top(4, [0, 0, 0, 0]) == [0, 1, 2, 3])
    #expect(top(2, [-0.0, 0, 1]) == [2, 0])
    #expect(top(2, [-.infinity, -.infinity, .infinity]) == [2, 0])
  }

  @Test func `a NaN comes after every number`() {
    #expect(top(2, [.nan, -.infinity, 1]) == [2, 1])
    #expect(top(3, [.nan, 1, .nan]) == [1, 0, 2])
    #expect(top(2, [.nan, .nan, .nan]) == [0, 1])
    #expect(top(1, [3, 2], bias: [.nan, 0]) == [1])
  }

  @Test func `a bias moves the choice`() {
    #expect(top(1, [3, 2], bias: [0, 1.5]) == [1])
    #expect(top(2, [3, 2, 1], bias: [-3, 0, 0]) == [1, 2])
  }

  @Test(arguments: [1, 2, 7])
  func `it agrees with sorting, on any number of threads`(_ k: Int) {
    var generator = Generator(seed: 3)
    let (rows, columns) = (3000, 9)
    let x = (0..<rows * columns).map { _ in Float(generator.uniform(below: 12)) }
    let expected = (0..<rows).flatMap { row in
      (0..<columns).sorted { (x[row * columns + $1], $0) < (x[row * columns + $0], $1) }
        .prefix(k).map(Int32.init)
    }
    for threads in [1, 3] {
      Parallel.$threads.withValue(threads) {
        #expect(top(k, x, rows: rows) == expected)
      }
    }
  }
}
