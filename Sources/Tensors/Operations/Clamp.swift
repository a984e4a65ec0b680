import Kernels

extension Tensor {
  /// Every element, cut to within `−limit` and `limit`.
  public func clamped(to limit: Float) -> Tensor {
    require(limit > 0, "clamped: the limit must be positive, not \(limit)")
    let y = Tensor(uninitialized: shape)
    clamp(base, to: limit, into: y.base, count: count)
    return y.recorded(from: self) { dy in
      // y = x where |x| ≤ limit and constant elsewhere, so dx = dy there and 0 elsewhere
      receive { dx, accumulate in
        clampBackward(
          x: base, limit: limit, dy: dy.base, into: dx.base, count: count, accumulate: accumulate)
      }
    }
  }
}
