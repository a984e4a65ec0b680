import Kernels

extension Tensor {
  /// Every row divided by its sum, so that it adds up to one: `y[i, j] = x[i, j] / Σₖ x[i, k]`, for
  /// `x: [rows, width]` of numbers that are not negative. A row of zeros stays one.
  public func renormalized() -> Tensor {
    let y = Tensor(uninitialized: shape)
    let sums = Storage(count: shape.rows)
    renormalize(base, into: y.base, sums: sums.base, rows: shape.rows, columns: shape.width)
    return y.recorded(from: self) { dy in
      // With s[i] = Σₖ x[i, k]: dx[i, j] = (dy[i, j] − Σₖ y[i, k] dy[i, k]) / s[i]
      receive { dx, accumulate in
        renormalizeBackward(
          y: y.base, sums: sums.base, dy: dy.base, into: dx.base, rows: shape.rows,
          columns: shape.width, accumulate: accumulate)
      }
    }
  }
}
