import Foundation
import Testing

@testable import Kernels

@Suite struct SoftmaxTests {
  @Test(arguments: shapes) func agreesWithItsDefinition(_ rows: Int, _ columns: Int) {
    let x = normals(rows * columns, deviation: 4)
    let y = onAnyThreads { softmax(x, rows, columns) }
    for row in 0..<rows {
      let range = row * columns..<(row + 1) * columns
      let logits = x[range].map(Double.init)
      let exponentials = logits.map { exp($0 - logits.max()!) }
      let sum = exponentials.reduce(0, +)
      // A rounding of the difference to the largest, which the exponential makes relative to it
      // (at most 40 here), one ulp of the exponential, and the roundings of the chains of the sum.
      let ulps = 0.5 * 40 + 4 + Double(columns) / 128
      let truth = exponentials.map { $0 / sum }
      expectClose(Array(y[range]), truth, relative: ulps * 0x1p-23)
      #expect(bits(softmax(Array(x[range]), 1, columns)) == bits(Array(y[range])))
    }
  }

  @Test(arguments: shapes) func backwardAgreesWithItsDefinition(_ rows: Int, _ columns: Int) {
    let y = softmax(normals(rows * columns), rows, columns)
    let dy = normals(rows * columns, seed: 2)
    let before = normals(rows * columns, seed: 3)
    for accumulate in [false, true] {
      let dx = onAnyThreads {
        var dx = before
        softmaxBackward(
          y: y, dy: dy, into: &dx, rows: rows, columns: columns, accumulate: accumulate)
        return dx
      }
      for row in 0..<rows {
        let range = row * columns..<(row + 1) * columns
        let mean = range.reduce(0.0) { $0 + Double(y[$1]) * Double(dy[$1]) }
        let truth = range.map {
          (accumulate ? Double(before[$0]) : 0) + Double(y[$0]) * (Double(dy[$0]) - mean)
        }
        expectClose(Array(dx[range]), truth, relative: 0x1p-22, absolute: 0x1p-20)
      }
    }
  }

  @Test(arguments: shapes) func logSumExpIsThatOfCrossEntropy(_ rows: Int, _ columns: Int) {
    let x = normals(rows * columns, deviation: 4)
    let y = onAnyThreads {
      var y = [Float](repeating: 0, count: rows)
      logSumExp(x, into: &y, rows: rows, columns: columns)
      return y
    }
    let truth = (0..<rows).map { row in
      log(x[row * columns..<(row + 1) * columns].reduce(0.0) { $0 + exp(Double($1)) })
    }
    expectClose(y, truth, relative: 0x1p-22, absolute: 0x1p-20)
  }

  @Test func extremes() {
    #expect(softmax([1000, 1000, -1000], 1, 3) == [0.5, 0.5, 0])
    #expect(softmax([0, -.infinity], 1, 2) == [1, 0])
    for undefined in [[-Float.infinity, -.infinity], [1, .nan], [.infinity, 0]] {
      let y = softmax(undefined, 1, 2)
      #expect(y[0].isNaN)
    }
  }

  @Test func mayOverwriteItsInput() {
    let x = normals(3 * 50)
    var y = x
    y.withUnsafeMutableBufferPointer {
      Kernels.softmax($0.baseAddress!, into: $0.baseAddress!, rows: 3, columns: 50)
    }
    #expect(bits(y) == bits(softmax(x, 3, 50)))
  }
}

private func softmax(_ x: [Float], _ rows: Int, _ columns: Int) -> [Float] {
  var y = [Float](repeating: 0, count: x.count)
  Kernels.softmax(x, into: &y, rows: rows, columns: columns)
  return y
}
