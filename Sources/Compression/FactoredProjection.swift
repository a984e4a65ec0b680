import Tensors
import Transformer

/// A projection by a product of two narrow matrices, `y = (x Nᵀ) Wᵀ`: first into `rank` numbers, then
/// out of them. It runs, trains and is stored like a dense one, at `rank · (in + out)` weights.
public struct FactoredProjection: Projection {
  /// The name of the layer, such as `model.layers.3.self_attn.q_proj`.
  public let name: String

  /// `[rank, in]`
  public let narrow: Parameter

  /// `[out, rank]`
  public let widen: Parameter

  public var shape: Shape { [widen.shape[0], narrow.shape[1]] }

  public var rank: Int { narrow.shape[0] }

  /// All zeros.
  ///
  /// - Parameters:
  ///   - shape: `[out, in]` of the projection.
  ///   - scope: the root of the model's names.
  init(_ name: String, shape: Shape, rank: Int, _ scope: Scope) {
    let own = name.split(separator: ".").reduce(scope) { $0 / String($1) }
    self.name = name
    narrow = own.weight("narrow.weight", [rank, shape[1]], deviation: 0)
    widen = own.weight("widen.weight", [shape[0], rank], deviation: 0)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.projected(by: narrow.tensor).projected(by: widen.tensor)
  }

  /// The same for generation: a copy with both matrices packed.
  public func packed() -> any Projection {
    PackedFactoredProjection(
      shape: shape, narrow: PackedWeight(narrow.tensor), widen: PackedWeight(widen.tensor))
  }
}

private struct PackedFactoredProjection: Projection {
  let shape: Shape
  let narrow, widen: PackedWeight

  func callAsFunction(_ x: Tensor) -> Tensor { widen.project(narrow.project(x)) }

  func packed() -> any Projection { self }
}
