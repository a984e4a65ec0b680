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
  parallel(over: count, grain: 8192, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      activation.value(at: Lane(x + i, first: lanes)).store(to: y + i, first: lanes)
    }
  }
}

/// `dx = dy · activation′(x)`, from the input `x` of the forward pass; added to `dx` if
/// `accumulate`. The derivative of ReLU at zero is zero.
public func activateBackward(
  _ activation: Activation, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
  into dx: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
) {
  parallel(over: count, grain: 8192, multiple: 16) { range in
    for (i, lanes) in LaneSteps(range) {
      let before = accumulate ? Lane(dx + i, first: lanes) : .zero
      let slope = activation.slope(at: Lane(x + i, first: lanes))
      before.addingProduct(Lane(dy + i, first: lanes), slope).store(to: dx + i, first: lanes)
    }
  }
}

extension Activation {
  @inline(__always) fileprivate func value(at x: Lane) -> Lane {
    switch self {
    // The constant comes first so that a NaN passes through.
    case .relu: Lane.zero.maximum(x)
    case .sigmoid: Kernels.sigmoid(x)
    case .tanh: hyperbolicTangent(x)
    case .silu: x * Kernels.sigmoid(x)
    case .gelu: 0.5 * x * (1 + geluGate(x))
    }
  }

  @inline(__always) fileprivate func slope(at x: Lane) -> Lane {
    let one = Lane(repeating: 1)
    switch self {
    case .relu: return Lane.zero.replacing(with: 1, where: x .> 0)
    case .sigmoid:
      let y = Kernels.sigmoid(x)
      return y * (1 - y)
    case .tanh:
      let y = hyperbolicTangent(x)
      return one.addingProduct(-y, y)
    case .silu:
      let y = Kernels.sigmoid(x)
      return y * one.addingProduct(x, 1 - y)
    case .gelu:
      let gate = geluGate(x)
      let inner = Lane(repeating: geluScale)
        .addingProduct(x * x, Lane(repeating: 3 * 0.044715 * geluScale))
      return 0.5 * (1 + gate) + 0.5 * x * (1 - gate * gate) * inner
    }
  }
}

/// √(2∕π)
private let geluScale: Float = 0.797_884_56

@inline(__always) private func geluGate(_ x: Lane) -> Lane {
  hyperbolicTangent(geluScale * x.addingProduct(x * x * x, Lane(repeating: 0.044715)))
}
