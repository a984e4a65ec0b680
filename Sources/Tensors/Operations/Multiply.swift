import Kernels

extension Tensor {
  /// The product of two tensors of one shape, element by element: `y = a ⊙ b`. For the product
  /// of matrices see `projected(by:)`.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    require(a.shape == b.shape, "*: shapes \(a.shape) and \(b.shape) differ")
    let y = Tensor(uninitialized: a.shape)
    multiply(a.base, b.base, into: y.base, count: y.count)
    return y.recorded(from: a, b) { dy in
      // y = a ⊙ b, so da = dy ⊙ b and db = dy ⊙ a
      a.receive(product: dy, b)
      b.receive(product: dy, a)
    }
  }

  private func receive(product dy: Tensor, _ other: Tensor) {
    receive { gradient, accumulate in
      if accumulate {
        addProduct(dy.base, other.base, to: gradient.base, count: count)
      } else {
        multiply(dy.base, other.base, into: gradient.base, count: count)
      }
    }
  }
}
