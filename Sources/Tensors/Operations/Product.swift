import Kernels

extension Tensor {
  /// The matrix product `y = a b`, for `a: [rows, inner]` and `b: [inner, columns]`.
  public func product(with b: Tensor) -> Tensor {
    require(
      b.shape.rank == 2 && shape.rank > 0 && shape.width == b.shape[0],
      "product(with:): rows of \(shape) and columns of \(b.shape) differ in length")
    let y = Tensor(uninitialized: shape.replacing(width: b.shape.width))
    Kernels.multiply(matrix, b.matrix, into: y.matrix)
    return y.recorded(from: self, b) { dy in
      // y = a b, so da = dy bᵀ and db = aᵀ dy
      receive { da, accumulate in
        Kernels.multiply(dy.matrix, b.matrix.transposed, into: da.matrix, accumulate: accumulate)
      }
      b.receive { db, accumulate in
        Kernels.multiply(matrix.transposed, dy.matrix, into: db.matrix, accumulate: accumulate)
      }
    }
  }
}
