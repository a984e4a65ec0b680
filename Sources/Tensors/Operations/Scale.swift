import Kernels

extension Tensor {
  /// Every element times the same number: `y = c x`.
  public func scaled(by factor: Float) -> Tensor {
    let y = Tensor(uninitialized: shape)
    scale(base, by: factor, into: y.base, count: count)
    return y.recorded(from: self) { dy in
      // y = c x, so dx = c dy
      receive { dx, accumulate in
        if accumulate {
          addScaled(dy.base, by: factor, to: dx.base, count: count)
        } else {
          scale(dy.base, by: factor, into: dx.base, count: count)
        }
      }
    }
  }
}
