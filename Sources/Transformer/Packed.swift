import Tensors

/// A projection by a packed copy of a weight, for generation.
public struct PackedProjection: Projection {
  private let weight: PackedWeight

  public var shape: Shape { weight.shape }

  public init(_ weight: Tensor) { self.weight = PackedWeight(weight) }

  public func callAsFunction(_ x: Tensor) -> Tensor { weight.project(x) }

  public func packed() -> any Projection { self }
}

extension Transformer {
  /// Calls `body` with every linear layer of the decoder's blocks and, if there is one, its head.
  public mutating func forEachLinear(_ body: (inout Linear) -> Void) {
    for index in blocks.indices {
      body(&blocks[index].attention.query)
      body(&blocks[index].attention.key)
      body(&blocks[index].attention.value)
      body(&blocks[index].attention.output)
      blocks[index].feedForward.forEachLinear(body)
    }
    if head != nil { body(&head!) }
  }

  /// The same model for generation: a copy whose projections are packed.
  public func packed() -> Transformer {
    var model = self
    model.forEachLinear { $0.projection = $0.projection.packed() }
    if model.head == nil { model.tiedHead = PackedWeight(embedding.tensor) }
    return model
  }
}
