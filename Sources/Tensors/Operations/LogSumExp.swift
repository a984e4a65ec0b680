import Kernels

extension Tensor {
  /// The logarithm of what softmax divides by: `y[i] = ln Σⱼ exp(x[i, j])`, for `x: [rows, width]`
  /// and `y: [rows]`.
  public func logSumExp() -> Tensor {
    let y = Tensor(uninitialized: [shape.rows])
    Kernels.logSumExp(base, into: y.base, rows: shape.rows, columns: shape.width)
    return y.recorded(from: self) { dy in
      // dx[i, j] = softmax(x[i])[j] dy[i]
      receive { dx, accumulate in
        logSumExpBackward(
          x: base, y: y.base, dy: dy.base, into: dx.base, rows: shape.rows, columns: shape.width,
          accumulate: accumulate)
      }
    }
  }
}
