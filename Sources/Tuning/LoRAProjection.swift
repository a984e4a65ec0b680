import Tensors
import Transformer

/// A projection and beside it a narrow one that is learned (LoRA: Hu et al. 2021, arXiv:2106.09685):
///
///     y = x Wᵀ + s (x Aᵀ) Bᵀ        A: [rank, in]   B: [out, rank]
///
/// `W` stays as it is. `A` starts at random and `B` at zero, so that at first `y` is what it was, to
/// the bit, and yet the gradient of `B` is not zero.
///
/// A class, so that all copies of a model agree whether the adapter is merged.
public final class LoRAProjection: Projection {
  public let base: any Projection

  /// The two narrow matrices, `[rank, in]` and `[out, rank]`.
  public let a, b: Parameter

  /// The factor `s` of what they add.
  public let scale: Float

  private let dropout: Dropout

  /// The weight `W` before the adapter was merged into it, while it is.
  private var kept: Tensor?

  public var shape: Shape { base.shape }

  /// - Parameters:
  ///   - base: what is adapted; whoever trains the adapter freezes it.
  ///   - scope: the scope of the layer, such as `model.layers.3.self_attn.q_proj`, with a seed.
  public init(
    _ base: any Projection, rank: Int, scale: Float, dropout: Double = 0, _ scope: Scope
  ) {
    self.base = base
    self.scale = scale
    let (outputs, inputs) = (base.shape[0], base.shape[1])
    // U(±1/√in) is what `peft` draws: kaiming_uniform with a = √5.
    a = scope.weight("lora_A.weight", [rank, inputs], bound: 1 / Float(inputs).squareRoot())
    b = scope.weight("lora_B.weight", [outputs, rank], bound: 0)
    guard let stream = scope.stream("lora_dropout") else {
      fatalError("LoRA: a scope without a seed has no random numbers for A and for dropout")
    }
    self.dropout = Dropout(rate: Float(dropout), stream: stream)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = base(x)
    if isMerged {
      require(Passage.beingLearned == nil, "a merged adapter cannot learn; call unmerge() before")
      return y
    }
    return y + dropout(x).projected(by: a.tensor).scaled(by: scale).projected(by: b.tensor)
  }

  public func packed() -> any Projection {
    isMerged ? base.packed() : PackedLoRAProjection(self)
  }

  /// Whether the adapter is part of the weight `W` at present.
  public var isMerged: Bool { kept != nil }

  /// What the adapter adds to the weight: `s B A`, `[out, in]`.
  public var update: Tensor { b.tensor.scaled(by: scale).product(with: a.tensor) }

  /// Adds the adapter to the weight of the base, which must be dense, and keeps the old one.
  func merge() {
    guard let dense = base as? DenseProjection else {
      fatalError("LoRA: only a dense weight can be merged with, not a \(type(of: base))")
    }
    if isMerged { return }
    let weight = dense.weight.tensor
    kept = Tensor(weight.shape, weight.floats)
    dense.weight.set(weight + update)
  }

  /// Puts the old weight back, to the bit.
  func unmerge() {
    guard let kept, let dense = base as? DenseProjection else { return }
    dense.weight.set(kept)
    self.kept = nil
  }
}

/// A copy of an adapted projection for generation, which gives the same bits.
private struct PackedLoRAProjection: Projection {
  private let base: any Projection
  private let a, b: PackedWeight
  private let scale: Float

  var shape: Shape { base.shape }

  init(_ projection: LoRAProjection) {
    base = projection.base.packed()
    a = PackedWeight(projection.a.tensor)
    b = PackedWeight(projection.b.tensor)
    scale = projection.scale
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    base(x) + b.project(a.project(x).scaled(by: scale))
  }

  func packed() -> any Projection { self }
}
