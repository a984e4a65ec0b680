/// `y[r, ·] = x[r, ·] ∕ sums[r]` with `sums[r] = Σ x[r, ·] + 10⁻²⁰` over `[rows, columns]`: shares
/// of a whole. The addend changes no sum above 10⁻¹², and keeps a row of zeros at zero.
public func renormalize(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  sums: UnsafeMutablePointer<Float>, rows: Int, columns: Int
) {
  parallel(over: rows, grain: max(1, 8192 / max(1, columns))) { range in
    for row in range {
      let (x, y) = (x + row * columns, y + row * columns)
      sums[row] = rowSum(x, columns) + 1e-20
      let sum = Lane(repeating: sums[row])
      for (column, lanes) in LaneSteps(0..<columns) {
        (Lane(x + column, first: lanes) / sum).store(to: y + column, first: lanes)
      }
    }
  }
}

/// The gradient of `renormalize`: `dx = (dy − ⟨y, dy⟩) ∕ sum` row by row, added to `dx` if
/// `accumulate`.
public func renormalizeBackward(
  y: UnsafePointer<Float>, sums: UnsafePointer<Float>, dy: UnsafePointer<Float>,
  into dx: UnsafeMutablePointer<Float>, rows: Int, columns: Int, accumulate: Bool
) {
  parallel(over: rows, grain: max(1, 8192 / max(1, columns))) { range in
    for row in range {
      let (y, dy, dx) = (y + row * columns, dy + row * columns, dx + row * columns)
      let mean = Lane(repeating: rowDot(y, dy, columns))
      let sum = Lane(repeating: sums[row])
      for (column, lanes) in LaneSteps(0..<columns) {
        let before = accumulate ? Lane(dx + column, first: lanes) : .zero
        (before + (Lane(dy + column, first: lanes) - mean) / sum)
          .store(to: dx + column, first: lanes)
      }
    }
  }
}
