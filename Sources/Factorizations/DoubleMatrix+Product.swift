import Kernels

extension DoubleMatrix {
  /// The product `A B` with `b: [columns, n]`.
  ///
  /// Every element is one chain of fused multiply-adds over the inner dimension, so its bits do not
  /// depend on the number of threads, which share the rows.
  public func product(with b: DoubleMatrix) -> DoubleMatrix {
    precondition(
      columns == b.rows, "[\(rows), \(columns)] times [\(b.rows), \(b.columns)]")
    var result = DoubleMatrix(rows: rows, columns: b.columns)
    let (rows, inner, width) = (rows, columns, b.columns)
    elements.withUnsafeBufferPointer { a in
      b.elements.withUnsafeBufferPointer { b in
        result.elements.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          parallel(over: rows, grain: max(1, (1 << 16) / max(1, inner * width))) { range in
            multiply(range, a, b, c, inner: inner, width: width)
          }
        }
      }
    }
    return result
  }
}

/// Some rows of a product, four at a time and eight columns each, so that what is read of `b` serves
/// four rows: four times as fast as row by row.
private func multiply(
  _ rows: Range<Int>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
  _ c: UnsafeMutablePointer<Double>, inner: Int, width: Int
) {
  var row = rows.lowerBound
  while row < rows.upperBound {
    let count = min(4, rows.upperBound - row)
    var column = 0
    while column + 8 <= width {
      // A block that is short of rows computes its last one again instead of branching.
      let places = (0, min(1, count - 1), min(2, count - 1), min(3, count - 1))
      var (s0, s1, s2, s3) = (Eight(), Eight(), Eight(), Eight())
      let a0 = a + (row + places.0) * inner
      let a1 = a + (row + places.1) * inner
      let a2 = a + (row + places.2) * inner
      let a3 = a + (row + places.3) * inner
      for k in 0..<inner {
        let x = Eight(b + (k &* width &+ column))
        s0.addProduct(Eight(repeating: a0[k]), x)
        s1.addProduct(Eight(repeating: a1[k]), x)
        s2.addProduct(Eight(repeating: a2[k]), x)
        s3.addProduct(Eight(repeating: a3[k]), x)
      }
      s0.store(to: c + ((row + places.0) * width + column))
      s1.store(to: c + ((row + places.1) * width + column))
      s2.store(to: c + ((row + places.2) * width + column))
      s3.store(to: c + ((row + places.3) * width + column))
      column += 8
    }
    for column in column..<width {
      for row in row..<row + count {
        var sum = 0.0
        for k in 0..<inner { sum.addProduct(a[row * inner + k], b[k * width + column]) }
        c[row * width + column] = sum
      }
    }
    row += count
  }
}
