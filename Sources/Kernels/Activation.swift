/// The elementwise nonlinearities.
public enum Activation: String, Sendable, CaseIterable {
  /// max(x, 0)
  case relu
  /// 1 ∕ (1 + e⁻ˣ)
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// x · sigmoid(x)
  case silu
  /// ½x (1 + tanh(√(2∕π) (x + 0.044715 x³))), the usual approximation (arXiv:1606.08415).
  case gelu
}

/// `y = activation(x)`; `y` may be `x`.
public func activate(
  _ activation: Activation, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  count: Int
) {
  switch activation {
  case .relu: map(x, into: y, count) { relu($0) }
  case .sigmoid: map(x, into: y, count) { Kernels.sigmoid($0) }
  case .tanh: map(x, into: y, count) { hyperbolicTangent($0) }
  case .silu: map(x, into: y, count) { $0 * Kernels.sigmoid($0) }
  case .gelu: map(x, into: y, count) { 0.5 * $0 * (1 + hyperbolicTangent(geluArgument($0))) }
  }
}

/// `dx = dy · activation′(x)`, from the input `x` of the forward pass; added to `dx` if
/// `accumulate`. The derivative of ReLU at zero is zero.
public func activateBackward(
  _ activation: Activation, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
  into dx: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
) {
  switch activation {
  case .relu:
    chain(x, dy, dx, count, accumulate) { x in
      Lane.zero.replacing(with: 1, where: x .> 0)
    }
  case .sigmoid:
    chain(x, dy, dx, count, accumulate) { x in
      let y = Kernels.sigmoid(x)
      return y * (1 - y)
    }
  case .tanh:
    chain(x, dy, dx, count, accumulate) { x in
      let y = hyperbolicTangent(x)
      return Lane(repeating: 1).addingProduct(-y, y)
    }
  case .silu:
    chain(x, dy, dx, count, accumulate) { x in
      let y = Kernels.sigmoid(x)
      return y * Lane(repeating: 1).addingProduct(x, 1 - y)
    }
  case .gelu:
    chain(x, dy, dx, count, accumulate) { x in
      let t = hyperbolicTangent(geluArgument(x))
      let inner = Lane(repeating: geluScale)
        .addingProduct(x * x, Lane(repeating: 3 * 0.044715 * geluScale))
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner
    }
  }
}

/// √(2∕π)
private let geluScale: Float = 0.797_884_56

@inline(__always) private func relu(_ x: Lane) -> Lane {
  // The constant comes first so that a NaN passes through.
  Lane.zero.maximum(x)
}

@inline(__always) private func geluArgument(_ x: Lane) -> Lane {
  geluScale * x.addingProduct(x * x * x, Lane(repeating: 0.044715))
}

/// `dx (+)= dy ⊙ slope(x)`.
@inline(__always)
private func chain(
  _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>,
  _ count: Int, _ accumulate: Bool, _ slope: (Lane) -> Lane
) {
  parallel(over: count, grain: 8192, multiple: 16) { range in
    forEachLane(in: range) { i, lanes in
      let before = accumulate ? Lane(at: dx + i, lanes) : .zero
      let sum = before.addingProduct(Lane(at: dy + i, lanes), slope(Lane(at: x + i, lanes)))
      sum.store(at: dx + i, lanes)
    }
  }
}
