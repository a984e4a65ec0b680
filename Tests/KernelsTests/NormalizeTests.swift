import Testing

@testable import Kernels

@Suite struct NormalizeTests {
  @Test(arguments: shapes, [true, false])
  func forwardAgreesWithItsDefinition(_ shape: (rows: Int, columns: Int), _ hasGain: Bool) {
    let (rows, columns) = shape
    let (x, gain) = (normals(rows * columns), normals(columns, seed: 2))
    let y = onAnyThreads { forward(x, hasGain ? gain : nil, rows, columns).y }
    for row in 0..<rows {
      let range = row * columns..<(row + 1) * columns
      let mean = x[range].reduce(0.0) { $0 + Double($1) * Double($1) } / Double(columns)
      let root = 1 / (mean + 1e-5).squareRoot()
      let truth = x[range].enumerated().map {
        Double($1) * root * (hasGain ? Double(gain[$0]) : 1)
      }
      // A product or two, the root and quotient, and half the roundings of the chains of the sum.
      let ulps = 3 + Double(columns) / 256
      expectClose(Array(y[range]), truth, relative: ulps * 0x1p-23)
      let alone = forward(Array(x[range]), hasGain ? gain : nil, 1, columns)
      #expect(bits(alone.y) == bits(Array(y[range])))
    }
  }

  @Test(arguments: shapes, [true, false])
  func backwardAgreesWithItsDefinition(_ shape: (rows: Int, columns: Int), _ hasGain: Bool) {
    let (rows, columns) = shape
    let (x, gain) = (normals(rows * columns), normals(columns, seed: 2))
    let dy = normals(rows * columns, seed: 3)
    let before = normals(rows * columns, seed: 4)
    let roots = forward(x, hasGain ? gain : nil, rows, columns).roots
    for accumulate in [false, true] {
      let gradients = onAnyThreads {
        var dx = before
        var dgain = Array(before[..<columns])
        rmsNormalizeBackward(
          x: x, gain: hasGain ? gain : nil, inverseRoots: roots, dy: dy, into: &dx, rows: rows,
          columns: columns, accumulate: accumulate)
        addGainGradient(
          x: x, inverseRoots: roots, dy: dy, to: &dgain, rows: rows, columns: columns)
        return dx + dgain
      }
      var dgain = before[..<columns].map(Double.init)
      for row in 0..<rows {
        let start = row * columns
        let root = Double(roots[row])
        let slopes = (0..<columns).map { Double(dy[start + $0]) * (hasGain ? Double(gain[$0]) : 1) }
        let product = (0..<columns).reduce(0.0) { $0 + slopes[$1] * Double(x[start + $1]) }
        let truth = (0..<columns).map { column in
          (accumulate ? Double(before[start + column]) : 0) + root * slopes[column]
            - Double(x[start + column]) * root * root * root * product / Double(columns)
        }
        expectClose(
          Array(gradients[start..<start + columns]), truth, relative: 0x1p-20, absolute: 0x1p-18)
        for column in 0..<columns {
          dgain[column] += Double(dy[start + column]) * Double(x[start + column]) * root
        }
      }
      expectClose(
        Array(gradients[(rows * columns)...]), dgain, relative: 0x1p-20,
        absolute: 0x1p-22 * Double(64 + rows))
    }
  }

  @Test func zerosAndNaNs() {
    #expect(forward([0, 0, 0], nil, 1, 3).y == [0, 0, 0])
    let y = forward([1, .nan, 2, 3], nil, 2, 2).y
    #expect(y[0].isNaN && y[1].isNaN && y[2].isFinite && y[3].isFinite)
  }
}

private func forward(
  _ x: [Float], _ gain: [Float]?, _ rows: Int, _ columns: Int
) -> (y: [Float], roots: [Float]) {
  var y = [Float](repeating: 0, count: x.count)
  var roots = [Float](repeating: 0, count: rows)
  rmsNormalize(
    x, gain: gain, epsilon: 1e-5, into: &y, inverseRoots: &roots,
    rows: rows, columns: columns)
  return (y, roots)
}
