import Testing

@testable import Kernels

@Suite struct GemmTests {
  @Test(arguments: Shape.ragged)
  func everyElementIsOneChainOfFusedMultiplyAdds(_ shape: Shape) {
    for case (let transposeA, let transposeB) in [
      (false, false), (false, true), (true, false), (true, true),
    ] {
      for accumulate in [false, true] {
        let a = Operand(shape.rows, shape.depth, transposed: transposeA, seed: 1)
        let b = Operand(shape.depth, shape.columns, transposed: transposeB, seed: 2)
        let expected = Operand(shape.rows, shape.columns, transposed: false, seed: 3)
        let packed = PackedMatrix(b.matrix)
        for threads in 1...3 {
          for usesPacked in [false, true] {
            let c = Operand(shape.rows, shape.columns, transposed: false, seed: 3)
            Parallel.$threads.withValue(threads) {
              if usesPacked {
                multiply(a.matrix, packed, into: c.matrix, accumulate: accumulate)
              } else {
                multiply(a.matrix, b.matrix, into: c.matrix, accumulate: accumulate)
              }
            }
            if threads == 1 && !usesPacked {
              chain(a.matrix, b.matrix, into: expected.matrix, accumulate: accumulate)
            }
            #expect(c.bits == expected.bits)
          }
        }
      }
    }
  }
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
