import Kernels

extension Tensor {
  /// Every row times a number of its own: `y[i, j] = c[i] x[i, j]`, for `x: [rows, width]` and
  /// `c: [rows, 1]`.
  public func scaled(rowsBy factors: Tensor) -> Tensor {
    require(
      factors.shape == [shape.rows, 1],
      "scaled(rowsBy:): rows of \(shape) need factors of [\(shape.rows), 1], not \(factors.shape)")
    let y = Tensor(uninitialized: shape)
    scaleRows(base, by: factors.base, into: y.base, rows: shape.rows, columns: shape.width)
    return y.recorded(from: self, factors) { dy in
      // y[i, j] = c[i] x[i, j], so dx[i, j] = c[i] dy[i, j] and dc[i] = Σⱼ dy[i, j] x[i, j]
      receive { dx, accumulate in
        scaleRows(
          dy.base, by: factors.base, into: dx.base, rows: shape.rows, columns: shape.width,
          accumulate: accumulate)
      }
      factors.receive { dfactors, accumulate in
        dotRows(
          dy.base, base, into: dfactors.base, rows: shape.rows, columns: shape.width,
          accumulate: accumulate)
      }
    }
  }
}
