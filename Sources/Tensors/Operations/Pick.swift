import Kernels

extension Tensor {
  /// Some elements of every row: `y[i, j] = x[i, indices[i, j]]`, for `x: [rows, width]` and
  /// `indices: [rows, count]` in row-major order.
  ///
  /// - Parameter indices: columns of `x`; −1 gives a zero.
  public func picked(_ indices: [Int32], count: Int) -> Tensor {
    require(
      indices.count == shape.rows * count,
      "picked: \(indices.count) indices are not \(count) for each of the \(shape.rows) rows of \(shape)"
    )
    require(
      indices.allSatisfy { $0 >= -1 && $0 < shape.width },
      "picked: indices must lie in 0..<\(shape.width), or be -1")
    let y = Tensor(uninitialized: [shape.rows, count])
    pickColumns(
      base, indices: indices, into: y.base, rows: shape.rows, columns: shape.width, picks: count)
    return y.recorded(from: self) { dy in
      // dx[i, c] = Σ dy[i, j] over all j with indices[i, j] = c
      receive { dx, accumulate in
        if !accumulate { dx.base.update(repeating: 0, count: dx.count) }
        scatterAddColumns(
          dy.base, indices: indices, to: dx.base, rows: shape.rows, columns: shape.width,
          picks: count)
      }
    }
  }
}
