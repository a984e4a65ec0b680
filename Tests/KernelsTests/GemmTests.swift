import Testing

@testable import Kernels

@Suite struct GemmTests {
  @Test(arguments: Shape.ragged)
  func everyElementIsOneChainOfFusedMultiplyAdds(_ shape: Shape) {
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      let a = Operand(shape.rows, shape.depth, transposed: transposeA, seed: 1)
      let b = Operand(shape.depth, shape.columns, transposed: transposeB, seed: 2)
      for accumulate in [false, true] {
        let expected = Operand(shape.rows, shape.columns, transposed: false, seed: 3)
        chain(a.matrix, b.matrix, into: expected.matrix, accumulate: accumulate)
        for threads in 1...3 {
          let c = Operand(shape.rows, shape.columns, transposed: false, seed: 3)
          onLanes(threads: threads) {
            multiply(a.matrix, b.matrix, into: c.matrix, accumulate: accumulate)
          }
          #expect(c.bits == expected.bits)
        }
      }
    }
  }

  @Test(arguments: Shape.ragged)
  func theResultMayBeATranspose(_ shape: Shape) {
    let a = Operand(shape.rows, shape.depth, transposed: false, seed: 1)
    let b = Operand(shape.depth, shape.columns, transposed: false, seed: 2)
    let expected = Operand(shape.rows, shape.columns, transposed: true, seed: 3)
    let c = Operand(shape.rows, shape.columns, transposed: true, seed: 3)
    chain(a.matrix, b.matrix, into: expected.matrix, accumulate: true)
    onLanes(threads: 2) { multiply(a.matrix, b.matrix, into: c.matrix, accumulate: true) }
    #expect(c.bits == expected.bits)
  }

  /// A product within a parallel loop, as in attention over heads, stays on its thread.
  @Test func productsWithinALoopHaveTheSameBits() {
    let a = Operand(200, 150, transposed: false, seed: 1)
    let b = Operand(150, 170, transposed: true, seed: 2)
    let expected = Operand(200, 170, transposed: false, seed: 3)
    chain(a.matrix, b.matrix, into: expected.matrix, accumulate: false)
    let results = (0..<5).map { _ in Operand(200, 170, transposed: false, seed: 3) }
    onLanes(threads: 3) {
      parallel(results.count) { multiply(a.matrix, b.matrix, into: results[$0].matrix) }
    }
    for result in results { #expect(result.bits == expected.bits) }
  }

  /// The panels' zeros beyond the last column must meet no infinity: 0 · ∞ is not a number.
  @Test func infinitiesStayWhereTheyAre() {
    let a = Operand(9, 20, transposed: false, seed: 1)
    let b = Operand(20, 37, transposed: false, seed: 2)
    a.matrix[4, 3] = .infinity
    b.matrix[5, 36] = -.infinity
    let expected = Operand(9, 37, transposed: false, seed: 3)
    let c = Operand(9, 37, transposed: false, seed: 3)
    chain(a.matrix, b.matrix, into: expected.matrix, accumulate: false)
    onLanes(threads: 1) { multiply(a.matrix, b.matrix, into: c.matrix) }
    #expect(c.bits == expected.bits)
    #expect(c.matrix[4, 0].isInfinite && c.matrix[0, 36].isInfinite && c.matrix[0, 0].isFinite)
  }

  /// What attention calls on tiles that it has packed itself.
  @Test(arguments: [(32, 64, 32), (32, 32, 64), (7, 64, 32), (32, 64, 9)])
  func aSerialProductOfPanelsHasTheSameBits(_ m: Int, _ k: Int, _ n: Int) {
    let b = Operand(k, n, transposed: true, seed: 2)
    let panels = Panels(
      .allocate(capacity: Panels.floats(depth: k, columns: n)), depth: k, columns: n)
    defer { panels.base.deallocate() }
    panels.pack(b.matrix)
    for isTransposed in [false, true] {
      let a = Operand(m, k, transposed: isTransposed, seed: 1)
      let expected = Operand(m, n, transposed: false, seed: 3)
      let c = Operand(m, n, transposed: false, seed: 3)
      chain(a.matrix, b.matrix, into: expected.matrix, accumulate: true)
      multiplySerially(a.matrix, panels, into: c.matrix, accumulate: true)
      #expect(c.bits == expected.bits)
    }
  }
}

/// The engine whose bits are exact, whatever ESPALIER_ENGINE says, on so many threads.
func onLanes(threads: Int, _ body: () -> Void) {
  Engine.$current.withValue(.lanes) { Parallel.$threads.withValue(threads, operation: body) }
}

/// The definition of the product, in plain Swift.
func chain(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
  for i in 0..<c.rows {
    for j in 0..<c.columns {
      var sum = accumulate ? c[i, j] : 0
      for k in 0..<a.columns { sum.addProduct(a[i, k], b[k, j]) }
      c[i, j] = sum
    }
  }
}

struct Shape: Sendable, CustomTestStringConvertible {
  let rows: Int
  let depth: Int
  let columns: Int

  var testDescription: String { "[\(rows), \(depth)] × [\(depth), \(columns)]" }

  static let ragged: [Shape] = {
    var random = Random(seed: 7)
    let fixed = [
      (1, 1, 1), (1, 256, 1024), (8, 256, 100), (12, 32, 32), (13, 16, 33), (97, 257, 65),
      (3, 0, 5), (200, 513, 31), (400, 130, 200), (64, 640, 320), (5, 700, 260), (2, 90, 129),
    ]
    return fixed.map { Shape(rows: $0.0, depth: $0.1, columns: $0.2) }
      + (0..<20).map { _ in
        Shape(
          rows: random.below(150) + 1, depth: random.below(300) + 1, columns: random.below(150) + 1)
      }
  }()
}

/// A matrix with its memory, random values, and a stride wider than its rows.
final class Operand {
  let matrix: Matrix
  private let count: Int

  init(_ rows: Int, _ columns: Int, transposed: Bool, seed: UInt64) {
    let (stored, width) = transposed ? (columns, rows) : (rows, columns)
    let stride = width + Int(seed % 5)
    count = max(1, stored * stride)
    let base = UnsafeMutablePointer<Float>.allocate(capacity: count)
    var random = Random(seed: seed)
    for i in 0..<count { base[i] = random.uniform() }
    let view = Matrix(base, rows: stored, columns: width, stride: stride)
    matrix = transposed ? view.transposed : view
  }

  deinit { matrix.base.deallocate() }

  /// Every float of the memory, the gaps between the rows included.
  var bits: [UInt32] { (0..<count).map { matrix.base[$0].bitPattern } }
}

/// A linear congruential generator: its high bits are random enough to test with.
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// From -1 to 1.
  mutating func uniform() -> Float { Float(next()) / Float(1 << 30) - 1 }
}
