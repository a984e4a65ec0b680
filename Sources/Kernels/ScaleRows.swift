/// `y[r, ·] = factors[r] · x[r, ·]` over `[rows, columns]`; added to `y` if `accumulate`.
public func scaleRows(
  _ x: UnsafePointer<Float>, by factors: UnsafePointer<Float>,
  into y: UnsafeMutablePointer<Float>, rows: Int, columns: Int, accumulate: Bool = false
) {
  parallel(over: rows, grain: max(1, 32768 / max(1, columns))) { range in
    for row in range {
      let (x, y) = (x + row * columns, y + row * columns)
      let factor = Lane(repeating: factors[row])
      for (column, lanes) in LaneSteps(0..<columns) {
        let before = accumulate ? Lane(y + column, first: lanes) : .zero
        before.addingProduct(Lane(x + column, first: lanes), factor)
          .store(to: y + column, first: lanes)
      }
    }
  }
}

/// `y[r] = ⟨a[r, ·], b[r, ·]⟩` over `[rows, columns]`, the gradient of `scaleRows` with respect to
/// its factors; added to `y` if `accumulate`.
public func dotRows(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  rows: Int, columns: Int, accumulate: Bool = false
) {
  parallel(over: rows, grain: max(1, 32768 / max(1, columns))) { range in
    for row in range {
      let dot = rowDot(a + row * columns, b + row * columns, columns)
      y[row] = accumulate ? y[row] + dot : dot
    }
  }
}
