import Tensors

/// The layer in which a token thinks for itself: wider inside than outside, and gated,
/// `y = (silu(x Wgᵀ) ⊙ x Wuᵀ) Wdᵀ` (SwiGLU: Shazeer 2020, arXiv:2002.05202).
public struct FeedForward {
  public var gate, up, down: Linear

  public init(_ configuration: Configuration, _ scope: Scope) {
    let (outer, inner) = (configuration.width, configuration.feedForwardWidth)
    gate = Linear(outer, inner, scope / "gate_proj")
    up = Linear(outer, inner, scope / "up_proj")
    down = Linear(
      inner, outer, deviation: configuration.residualDeviation(inputs: inner), scope / "down_proj")
  }

  /// `x` and the result are `[tokens, width]`.
  public func callAsFunction(_ x: Tensor) -> Tensor { down(gate(x).swiglu(up(x))) }
}
