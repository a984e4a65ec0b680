import Kernels

extension Tensor {
  /// Adds the same vector to every row: `y[i, j] = x[i, j] + b[j]`, for `x: [rows, width]` and
  /// `b: [width]`. This is how a bias is added, and the only broadcast that the library needs.
  public func adding(row b: Tensor) -> Tensor {
    require(
      b.shape == [shape.width],
      "adding(row:): a row of \(shape) has shape [\(shape.width)], not \(b.shape)")
    let y = Tensor(uninitialized: shape)
    addRow(b.base, to: base, into: y.base, rows: shape.rows, columns: shape.width)
    return y.recorded(from: self, b) { dy in
      // y[i, j] = x[i, j] + b[j], so dx = dy and db[j] = Σᵢ dy[i, j]
      receive(dy)
      b.receive { db, accumulate in
        if !accumulate { db.base.update(repeating: 0, count: db.count) }
        addColumnSums(dy.base, to: db.base, rows: shape.rows, columns: shape.width)
      }
    }
  }
}
