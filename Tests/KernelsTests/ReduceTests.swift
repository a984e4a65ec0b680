import Testing

@testable import Kernels

@Suite struct ReduceTests {
  static let counts = [0, 1, 15, 16, 17, 63, 64, 65, 200, 1000, 16_384, 16_385, 100_003]

  @Test(arguments: counts) func sumsHaveTheDocumentedOrder(_ count: Int) {
    let (a, b) = (normals(count, seed: 1), normals(count, seed: 2))
    #expect(onAnyThreads { [sum(a, count: count)] } == [Float(chunks(a, nil))])
    #expect(onAnyThreads { [dot(a, b, count: count)] } == [Float(chunks(a, b))])
    #expect(sumOfSquares(a, count: count) == chunks(a, a))
  }

  @Test(arguments: counts) func maximumIsTheLargest(_ count: Int) {
    let x = normals(count).map { $0 - 10 }
    #expect(rowMaximum(x, count) == x.max() ?? -.infinity)
  }

  @Test func sumsAreAccurate() {
    let x = normals(1_000_000)
    let truth = x.reduce(0.0) { $0 + Double($1) }
    // Each of a chunk's 64 chains has 256 terms of size one: 256 roundings of sums near 16.
    expectClose([sum(x, count: x.count)], [truth], absolute: 1e-6 * 1000 * 8)
  }

  @Test(arguments: shapes) func rowsAndColumns(_ rows: Int, _ columns: Int) {
    let x = normals(rows * columns)
    let rowSums = onAnyThreads {
      var y = [Float](repeating: 0, count: rows)
      sumRows(x, into: &y, rows: rows, columns: columns)
      return y
    }
    for row in 0..<rows {
      let alone = Array(x[row * columns..<(row + 1) * columns])
      #expect(rowSums[row] == foldedAsDocumented(alone, nil))
    }
    let before = normals(columns, seed: 3)
    let columnSums = onAnyThreads {
      var y = before
      addColumnSums(x, to: &y, rows: rows, columns: columns)
      return y
    }
    for column in 0..<columns {
      let total = (0..<rows).reduce(before[column]) { $0 + x[$1 * columns + column] }
      #expect(columnSums[column] == total)
    }
  }

  @Test func aNaNReachesTheSum() {
    var x = normals(100)
    x[77] = .nan
    #expect(sum(x, count: 100).isNaN)
    #expect(sumOfSquares(x, count: 100).isNaN)
  }
}

private func chunks(_ a: [Float], _ b: [Float]?) -> Double {
  var total = 0.0
  for start in stride(from: 0, to: a.count, by: 16_384) {
    let range = start..<min(a.count, start + 16_384)
    total += Double(foldedAsDocumented(Array(a[range]), b.map { Array($0[range]) }))
  }
  return total
}

/// Sums, or sums of products, in the order that `RowSum` documents, one number after the other.
private func foldedAsDocumented(_ a: [Float], _ b: [Float]?) -> Float {
  var accumulators = [[Float]](repeating: .init(repeating: 0, count: 16), count: 4)
  for i in a.indices {
    let (turn, lane) = (i / 16 % 4, i % 16)
    if let b {
      accumulators[turn][lane].addProduct(a[i], b[i])
    } else {
      accumulators[turn][lane] += a[i]
    }
  }
  let oldest = (a.count + 15) / 16 % 4
  var lanes = (0..<16).map { lane in
    let x = (0..<4).map { accumulators[(oldest + $0) % 4][lane] }
    return (x[0] + x[1]) + (x[2] + x[3])
  }
  while lanes.count > 1 {
    let half = lanes.count / 2
    lanes = (0..<half).map { lanes[$0] + lanes[$0 + half] }
  }
  return lanes[0]
}
