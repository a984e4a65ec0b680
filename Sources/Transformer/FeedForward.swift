import Tensors

/// The layer of a block in which a token thinks for itself: a dense `FeedForward`, or whatever else
/// takes its place.
///
/// What it makes of a token may depend on that token and its place alone, never on the others of the
/// passage, except while training: `Passage.training` tells.
public protocol FeedForwardLayer {
  /// `x` and the result are `[tokens, width]`; `passage` says which tokens they are.
  func callAsFunction(_ x: Tensor, _ passage: Passage) -> Tensor

  /// Calls `body` with every linear layer of it that adapters, packing or compression may replace.
  mutating func forEachLinear(_ body: (inout Linear) -> Void)
}

/// The layer in which a token thinks for itself: wider inside than outside, and gated,
/// `y = (silu(x Wgᵀ) ⊙ x Wuᵀ) Wdᵀ` (SwiGLU: Shazeer 2020, arXiv:2002.05202).
public struct FeedForward {
  public var gate, up, down: Linear

  /// What the three matrices are called in a checkpoint.
  public struct Names: Equatable, Sendable {
    public var gate, up, down: String

    public init(gate: String = "gate_proj", up: String = "up_proj", down: String = "down_proj") {
      self.gate = gate
      self.up = up
      self.down = down
    }
  }

  /// - Parameter innerWidth: nil for the configuration's `feedForwardWidth`.
  public init(
    _ configuration: Configuration, innerWidth: Int? = nil, names: Names = Names(), _ scope: Scope
  ) {
    let (outer, inner) = (configuration.width, innerWidth ?? configuration.feedForwardWidth)
    gate = Linear(outer, inner, scope / names.gate)
    up = Linear(outer, inner, scope / names.up)
    down = Linear(
      inner, outer, deviation: configuration.residualDeviation(inputs: inner), scope / names.down)
  }

  /// `x` and the result are `[tokens, width]`.
  public func callAsFunction(_ x: Tensor) -> Tensor { down(gate(x).swiglu(up(x))) }
}

extension FeedForward: FeedForwardLayer {
  public func callAsFunction(_ x: Tensor, _ passage: Passage) -> Tensor { self(x) }

  public mutating func forEachLinear(_ body: (inout Linear) -> Void) {
    body(&gate)
    body(&up)
    body(&down)
  }
}
