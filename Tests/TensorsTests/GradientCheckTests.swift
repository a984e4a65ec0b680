import Kernels
import Testing

@testable import Tensors

@Suite struct GradientCheckTests {
  static let shapes: [(rows: Int, width: Int)] = [(1, 1), (2, 3), (3, 16), (5, 17)]

  /// A gradient that is right differs from the measured slope by rounding only.
  static let tolerance = 2e-4

  private func tensor(_ shape: Shape, seed: UInt64, spread: Float = 1) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor(shape, normal: spread, from: &generator)
  }

  @Test(arguments: shapes)
  func `elementwise operations`(_ rows: Int, _ width: Int) {
    let (a, b) = (tensor([rows, width], seed: 1), tensor([rows, width], seed: 2))
    let row = tensor([width], seed: 3)
    #expect(gradientCheck(at: [a, b]) { $0[0] + $0[1] } < Self.tolerance)
    #expect(gradientCheck(at: [a, b]) { $0[0] - $0[1] } < Self.tolerance)
    #expect(gradientCheck(at: [a, b]) { $0[0] * $0[1] } < Self.tolerance)
    #expect(gradientCheck(at: [a, b]) { $0[0].swiglu($0[1]) } < Self.tolerance)
    #expect(gradientCheck(at: [a, row]) { $0[0].adding(row: $0[1]) } < Self.tolerance)
    #expect(gradientCheck(at: [a]) { $0[0].scaled(by: -1.5) } < Self.tolerance)
    #expect(gradientCheck(at: [a]) { $0[0].silu() } < Self.tolerance)
    #expect(gradientCheck(at: [a]) { $0[0].tanh() } < Self.tolerance)
    #expect(gradientCheck(at: [a]) { $0[0].sigmoid() } < Self.tolerance)
    #expect(gradientCheck(at: [a]) { $0[0].gelu() } < Self.tolerance)
    #expect(gradientCheck(at: [a]) { $0[0].sum() } < Self.tolerance)
    #expect(gradientCheck(at: [a]) { $0[0].mean() } < Self.tolerance)
    #expect(
      gradientCheck(at: [a]) { $0[0].reshaped(to: [width, rows]).softmax() } < Self.tolerance)
  }

  @Test(arguments: shapes)
  func `the rectifier, away from its corner`(_ rows: Int, _ width: Int) {
    let x = tensor([rows, width], seed: 4).floats.map { $0 + ($0 < 0 ? -0.1 : 0.1) }
    #expect(gradientCheck(at: [Tensor([rows, width], x)]) { $0[0].relu() } < Self.tolerance)
  }

  @Test(arguments: shapes)
  func `limits, away from their corners`(_ rows: Int, _ width: Int) {
    let x = tensor([rows, width], seed: 21).floats.map { abs(abs($0) - 0.7) < 0.1 ? 0 : $0 }
    let check = gradientCheck(at: [Tensor([rows, width], x)]) { $0[0].clamped(to: 0.7) }
    #expect(check < Self.tolerance)
  }

  @Test(arguments: shapes)
  func `products`(_ rows: Int, _ width: Int) {
    let x = tensor([rows, width], seed: 5)
    let (weight, right) = (tensor([7, width], seed: 6), tensor([width, 7], seed: 7))
    #expect(gradientCheck(at: [x, weight]) { $0[0].projected(by: $0[1]) } < Self.tolerance)
    #expect(gradientCheck(at: [x, right]) { $0[0].product(with: $0[1]) } < Self.tolerance)
  }

  @Test(arguments: shapes)
  func `rows`(_ rows: Int, _ width: Int) {
    let x = tensor([rows, width], seed: 8)
    let gain = tensor([width], seed: 9)
    let targets = (0..<rows).map { Int32(($0 * 3) % width) }
    #expect(gradientCheck(at: [x]) { $0[0].softmax() } < Self.tolerance)
    #expect(gradientCheck(at: [x]) { $0[0].crossEntropy(targets) } < Self.tolerance)
    #expect(
      gradientCheck(at: [x, gain]) { $0[0].normalized(gain: $0[1], epsilon: 0.1) }
        < Self.tolerance)
    #expect(gradientCheck(at: [x]) { $0[0].normalized(epsilon: 0.1) } < Self.tolerance)
    #expect(gradientCheck(at: [x]) { $0[0].rows([0, Int32(rows - 1), 0]) } < Self.tolerance)
  }

  @Test(arguments: shapes)
  func `choices and weights of rows`(_ rows: Int, _ width: Int) {
    let x = tensor([rows, width], seed: 16)
    let positive = Tensor([rows, width], x.floats.map { abs($0) + 0.5 })
    let factors = tensor([rows, 1], seed: 17)
    let indices = (0..<2 * rows).map { Int32($0 * 5 % (width + 1)) - 1 }
    #expect(gradientCheck(at: [x]) { $0[0].picked(indices, count: 2) } < Self.tolerance)
    #expect(gradientCheck(at: [positive]) { $0[0].renormalized() } < Self.tolerance)
    #expect(gradientCheck(at: [x]) { $0[0].logSumExp() } < Self.tolerance)
    #expect(gradientCheck(at: [x, factors]) { $0[0].scaled(rowsBy: $0[1]) } < Self.tolerance)
  }

  @Test(arguments: [false, true])
  func `rows brought together`(_ weighed: Bool) {
    let (a, b) = (tensor([3, 17], seed: 18), tensor([4, 17], seed: 19))
    let weights = tensor([4, 2], seed: 20)
    let check = gradientCheck(at: [a, b, weights]) {
      Tensor.combined(
        [$0[0], $0[1]], pairs: [[4, 0, 3], [1, 6, 2, 7]], weights: weighed ? $0[2] : nil,
        tokens: 4, slots: 2, width: 17)
    }
    #expect(check < Self.tolerance)
  }

  @Test(arguments: [RotaryPairing.halves, .neighbours])
  func `rotation`(_ pairing: RotaryPairing) {
    let table = RotaryTable(headWidth: 6, positions: 40, base: 100)
    let x = tensor([3, 2, 6], seed: 10)
    let check = gradientCheck(at: [x]) {
      $0[0].rotated(by: table, positions: [0, 7, 39], pairing: pairing)
    }
    #expect(check < Self.tolerance)
  }

  @Test(arguments: [(1, 1, 1, 4), (3, 2, 1, 6), (9, 4, 2, 16)])
  func `attention`(_ tokens: Int, _ heads: Int, _ shared: Int, _ width: Int) {
    let total = 2 * tokens + 2
    let query = tensor([total, heads, width], seed: 11)
    let key = tensor([total, shared, width], seed: 12)
    let value = tensor([total, shared, width], seed: 13)
    let check = gradientCheck(at: [query, key, value]) {
      $0[0].attended(keys: $0[1], values: $0[2], lengths: [tokens, tokens, 2])
    }
    #expect(check < Self.tolerance)
  }

  @Test func `a missing contribution is found`() {
    let x = tensor([2, 5], seed: 14)
    #expect(gradientCheck(at: [x]) { $0[0] * $0[0].detached } > 0.1)
    #expect(gradientCheck(at: [x]) { $0[0] * $0[0] } < Self.tolerance)
  }

  @Test func `a wrong factor is found`() {
    let x = tensor([2, 5], seed: 15)
    #expect(gradientCheck(at: [x]) { $0[0].tanh() + $0[0].detached.tanh().scaled(by: 0.01) } > 5e-3)
  }
}
