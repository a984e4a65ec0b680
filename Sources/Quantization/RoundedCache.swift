import Tensors
import Transformer

/// A projection whose outputs are rounded to blocks of eight bits, and then taken for what they stand
/// for.
struct RoundedOutputs: Projection {
  let base: any Projection

  var shape: Shape { base.shape }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = base(x)
    // What is no number has no code; whoever reads it will see.
    guard let blocks = try? BlockMatrix(rounding: y, to: .q80) else { return y }
    return blocks.decoded().reshaped(to: y.shape)
  }

  func packed() -> any Projection { RoundedOutputs(base: base.packed()) }
}

extension Transformer {
  /// The same model, whose keys and values are rounded as a cache in Q8_0 would hold them: eight bits
  /// each and a scale for every 32.
  ///
  /// The rounding is that of such a cache, and what is computed from it therefore, too; the memory is
  /// not: what is decoded goes into the cache of floats. Keys are rounded before their rotation, which
  /// llama.cpp does after.
  ///
  /// - Throws: `width` if keys of a token make no whole number of blocks.
  public func roundingCache() throws(QuantizationError) -> Transformer {
    let width = configuration.keyValueHeads * configuration.headWidth
    guard width % BlockFormat.q80.weightsPerBlock == 0 else {
      throw QuantizationError(.width(width, .q80), name: "keys and values")
    }
    require(
      !configuration.hasQueryKeyValueBias,
      "keys of \(configuration.family) get a bias after their projection, where they are rounded")
    var model = self
    for layer in model.blocks.indices {
      let attention = model.blocks[layer].attention
      model.blocks[layer].attention.key.projection = RoundedOutputs(
        base: attention.key.projection)
      model.blocks[layer].attention.value.projection = RoundedOutputs(
        base: attention.value.projection)
    }
    return model
  }

  /// What a token takes in a cache of keys and values, in bytes, as floats or in blocks.
  public func cacheBytesPerToken(_ format: BlockFormat? = nil) -> Int {
    let numbers =
      2 * configuration.layers * configuration.keyValueHeads * configuration.headWidth
    return format.map { BlockMatrix.byteCount($0, numbers) } ?? 4 * numbers
  }
}
