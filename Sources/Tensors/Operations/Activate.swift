import Kernels

extension Tensor {
  /// `max(0, x)`, element by element.
  public func relu() -> Tensor { activated(by: .relu) }

  /// `x / (1 + e⁻ˣ)`, element by element (Elfwing et al. 2017, arXiv:1702.03118).
  public func silu() -> Tensor { activated(by: .silu) }

  /// The logistic function `1 / (1 + e⁻ˣ)`, element by element.
  public func sigmoid() -> Tensor { activated(by: .sigmoid) }

  /// The hyperbolic tangent, element by element.
  public func tanh() -> Tensor { activated(by: .tanh) }

  /// `x Φ(x)` with the usual approximation of the normal distribution Φ by a hyperbolic tangent,
  /// element by element (Hendrycks & Gimpel 2016, arXiv:1606.08415).
  public func gelu() -> Tensor { activated(by: .gelu) }

  private func activated(by activation: Activation) -> Tensor {
    let y = Tensor(uninitialized: shape)
    activate(activation, base, into: y.base, count: count)
    return y.recorded(from: self) { dy in
      // y = f(x), so dx = dy f'(x)
      receive { dx, accumulate in
        activateBackward(
          activation, x: base, dy: dy.base, into: dx.base, count: count, accumulate: accumulate)
      }
    }
  }
}
