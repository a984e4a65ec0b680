import Kernels

extension Tensor {
  /// The difference of two tensors of one shape, element by element: `y = a − b`.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    require(a.shape == b.shape, "-: shapes \(a.shape) and \(b.shape) differ")
    let y = Tensor(uninitialized: a.shape)
    subtract(a.base, b.base, into: y.base, count: y.count)
    return y.recorded(from: a, b) { dy in
      // y = a − b, so da = dy and db = −dy
      a.receive(dy)
      b.receive { db, accumulate in
        if accumulate {
          addScaled(dy.base, by: -1, to: db.base, count: db.count)
        } else {
          scale(dy.base, by: -1, into: db.base, count: db.count)
        }
      }
    }
  }
}
