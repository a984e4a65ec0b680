import Tensors
import Transformer

/// A feed-forward layer that compression has given a shape of its own: another width than that of its
/// neighbours, factorised matrices, or a bias that stands for neurons which always said the same.
///
/// It is a type of its own so that whoever writes published families, which have none of this, refuses
/// such a model instead of writing something else.
public struct ShapedFeedForward: FeedForwardLayer {
  public var dense: FeedForward

  /// What is added to the output, `[width]`, if anything.
  public let bias: Parameter?

  /// All zeros.
  ///
  /// - Parameters:
  ///   - ranks: of the matrices that are factorised, by name.
  ///   - scope: the root of the model's names.
  init(
    _ configuration: Configuration, layer: Int, width: Int, hasBias: Bool, ranks: [String: Int],
    _ scope: Scope
  ) {
    func below(_ root: Scope) -> Scope { root / "model" / "layers" / layer / "mlp" }
    // Made aside, so that no memory is kept for matrices that are factorised.
    dense = FeedForward(configuration, innerWidth: width, below(Scope(Parameters(), seed: nil)))
    dense.forEachLinear { linear in
      guard let old = linear.projection as? DenseProjection else { return }
      let name = old.linearName
      linear.projection =
        ranks[name].map { FactoredProjection(name, shape: old.shape, rank: $0, scope) }
        ?? DenseProjection(scope.weight(old.weight.name, old.shape, deviation: 0))
    }
    bias =
      hasBias ? (below(scope) / "down_proj").vector("bias", configuration.width, value: 0) : nil
  }

  public func callAsFunction(_ x: Tensor, _ passage: Passage) -> Tensor {
    let y = dense(x)
    return bias.map { y.adding(row: $0.tensor) } ?? y
  }

  public mutating func forEachLinear(_ body: (inout Linear) -> Void) {
    dense.forEachLinear(body)
  }
}
