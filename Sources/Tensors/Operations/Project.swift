import Kernels

extension Tensor {
  /// The product with a weight matrix, `y = x Wᵀ`, for `x: [tokens, in]` and `W: [out, in]`:
  /// every row of `x` is answered by its inner products with the rows of `W`.
  ///
  /// The weight is stored with one row per output, as checkpoints have it, so that what one
  /// output looks for lies side by side in memory.
  public func projected(by weight: Tensor) -> Tensor {
    require(
      weight.shape.rank == 2 && shape.rank > 0 && shape.width == weight.shape.width,
      "projected(by:): rows of \(shape) and of the weight \(weight.shape) differ in length")
    let y = Tensor(uninitialized: shape.replacing(width: weight.shape[0]))
    Kernels.multiply(matrix, weight.matrix.transposed, into: y.matrix)
    return y.recorded(from: self, weight) { dy in
      // y = x Wᵀ, so dx = dy W and dW = dyᵀ x
      receive { dx, accumulate in
        Kernels.multiply(dy.matrix, weight.matrix, into: dx.matrix, accumulate: accumulate)
      }
      weight.receive { dw, accumulate in
        Kernels.multiply(
          dy.matrix.transposed, matrix, into: dw.matrix, accumulate: accumulate)
      }
    }
  }
}
