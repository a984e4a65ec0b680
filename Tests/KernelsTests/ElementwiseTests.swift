import Foundation
import Testing

@testable import Kernels

@Suite struct ElementwiseTests {
  static let counts = [0, 1, 15, 16, 17, 100, 200_003]

  @Test(arguments: counts) func arithmeticIsThatOfScalars(_ count: Int) {
    let (a, b) = (normals(count, seed: 1), normals(count, seed: 2))
    func expect(
      _ expected: (Float, Float) -> Float, _ compute: (inout [Float]) -> Void,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let y = onAnyThreads {
        var y = b
        compute(&y)
        return y
      }
      let truth = zip(a, b).map(expected)
      #expect(bits(y) == bits(truth), sourceLocation: sourceLocation)
    }
    expect({ $0 + $1 }, { add(a, b, into: &$0, count: count) })
    expect({ $1 + $0 }, { add(a, to: &$0, count: count) })
    expect({ $0 - $1 }, { subtract(a, b, into: &$0, count: count) })
    expect({ $0 * $1 }, { multiply(a, b, into: &$0, count: count) })
    expect({ $1.addingProduct($0, $1) }, { addProduct(a, b, to: &$0, count: count) })
    expect({ $1.addingProduct($0, 0.3) }, { addScaled(a, by: 0.3, to: &$0, count: count) })
    expect({ x, _ in 0.3 * x }, { scale(a, by: 0.3, into: &$0, count: count) })
    expect({ x, _ in x + 0.3 }, { offset(a, by: 0.3, into: &$0, count: count) })
    expect({ x, _ in exponential(x) }, { exponential(a, into: &$0, count: count) })
    let positive = a.map(abs)
    expect({ x, _ in logarithm(abs(x)) }, { logarithm(positive, into: &$0, count: count) })
  }

  @Test(arguments: shapes) func aRowIsAddedToEveryRow(_ rows: Int, _ columns: Int) {
    let (x, bias) = (normals(rows * columns), normals(columns, seed: 2))
    let y = onAnyThreads {
      var y = [Float](repeating: 0, count: x.count)
      addRow(bias, to: x, into: &y, rows: rows, columns: columns)
      return y
    }
    #expect(bits(y) == bits(x.indices.map { x[$0] + bias[$0 % columns] }))
  }
}
