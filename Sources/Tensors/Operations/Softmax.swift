import Kernels

extension Tensor {
  /// Turns every row into probabilities: `y[i, j] = exp(x[i, j]) / Σₖ exp(x[i, k])`, for
  /// `x: [rows, width]`.
  ///
  /// The largest element of a row is subtracted first. That changes nothing on paper, since the
  /// factor cancels, and in floats it keeps the exponentials from overflowing.
  public func softmax() -> Tensor {
    let y = Tensor(uninitialized: shape)
    Kernels.softmax(base, into: y.base, rows: shape.rows, columns: shape.width)
    return y.recorded(from: self) { dy in
      // dx[i, j] = y[i, j] (dy[i, j] − Σₖ y[i, k] dy[i, k])
      receive { dx, accumulate in
        softmaxBackward(
          y: y.base, dy: dy.base, into: dx.base, rows: shape.rows, columns: shape.width,
          accumulate: accumulate)
      }
    }
  }
}
