/// `y[r, j] = x[r, indices[r, j]]` for `x` of `[rows, columns]` and `y` of `[rows, picks]`; zero
/// where the index is −1.
public func pickColumns(
  _ x: UnsafePointer<Float>, indices: UnsafePointer<Int32>,
  into y: UnsafeMutablePointer<Float>, rows: Int, columns: Int, picks: Int
) {
  for row in 0..<rows {
    for pick in row * picks..<(row + 1) * picks {
      y[pick] = indices[pick] < 0 ? 0 : x[row * columns + Int(indices[pick])]
    }
  }
}

/// `dx[r, indices[r, j]] += dy[r, j]`, the gradient of `pickColumns`, in the order of `j`.
public func scatterAddColumns(
  _ dy: UnsafePointer<Float>, indices: UnsafePointer<Int32>,
  to dx: UnsafeMutablePointer<Float>, rows: Int, columns: Int, picks: Int
) {
  for row in 0..<rows {
    for pick in row * picks..<(row + 1) * picks where indices[pick] >= 0 {
      dx[row * columns + Int(indices[pick])] += dy[pick]
    }
  }
}
