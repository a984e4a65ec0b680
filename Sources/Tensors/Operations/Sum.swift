import Kernels

extension Tensor {
  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { summed(weight: 1) }

  /// The mean of all elements, a scalar.
  public func mean() -> Tensor {
    require(count > 0, "mean of no elements: shape \(shape)")
    return summed(weight: 1 / Float(count))
  }

  /// `y = c Σᵢ xᵢ`
  private func summed(weight: Float) -> Tensor {
    let y = Tensor(uninitialized: [])
    y.base[0] = weight * Kernels.sum(base, count: count)
    return y.recorded(from: self) { dy in
      // y = c Σᵢ xᵢ, so dxᵢ = c dy
      receive { dx, accumulate in
        let slope = weight * dy.base[0]
        if !accumulate { dx.base.update(repeating: 0, count: count) }
        offset(dx.base, by: slope, into: dx.base, count: count)
      }
    }
  }
}
