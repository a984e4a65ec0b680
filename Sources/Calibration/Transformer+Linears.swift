import Tensors
import Transformer

extension Transformer {
  /// The dense linear layers of the blocks and, if it is one of its own, of the head: their names, such
  /// as `model.layers.3.self_attn.q_proj`, and the parameters `[out, in]` that are their weights.
  ///
  /// - Throws: `CompressionError` if one of them is not dense any more.
  public func denseLinears() throws(CompressionError) -> [(name: String, weight: Parameter)] {
    var copy = self
    var linears: [(name: String, weight: Parameter)] = []
    var foreign: (any Projection)?
    copy.forEachLinear { linear in
      if let dense = linear.projection as? DenseProjection {
        linears.append((dense.linearName, dense.weight))
      } else {
        foreign = foreign ?? linear.projection
      }
    }
    if let foreign {
      throw CompressionError(
        "the model is compressed already: a layer \(foreign.shape) is a \(type(of: foreign)); "
          + "begin with the dense model")
    }
    return linears
  }
}

extension DenseProjection {
  /// The name of the layer of which it is the weight, such as `model.layers.3.self_attn.q_proj`.
  public var linearName: String {
    let suffix = ".weight"
    return weight.name.hasSuffix(suffix) ? String(weight.name.dropLast(suffix.count)) : weight.name
  }
}
