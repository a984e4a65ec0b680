import Tensors
import Transformer

extension Transformer {
  /// A mixture of experts that begins as this dense model: every expert is a copy of the layer it
  /// replaces, and only the router is new (sparse upcycling: Komatsuzaki et al. 2022,
  /// arXiv:2212.05055).
  ///
  /// If the weights of a token's experts add up to one, the mixture computes what the dense model
  /// computes. It does so to the bit while the router's matrix is zero and k a power of two, since
  /// all weights are exactly 1 / k then; with weights that are rounded, to within a few units in the
  /// last place for each layer.
  ///
  /// - Parameter seed: for the router's weights.
  /// - Throws: `MixtureError` for a mixture that could not begin as this model.
  public func upcycled(
    to mixture: MixtureConfiguration, names: MixtureNames = MixtureNames(), seed: UInt64
  ) throws(MixtureError) -> Transformer {
    guard mixture.expertWidth == configuration.feedForwardWidth else {
      throw MixtureError(
        "an expert of inner width \(mixture.expertWidth) cannot be a copy of a layer of "
          + "\(configuration.feedForwardWidth)")
    }
    guard mixture.shared == nil && mixture.weighs == .output else {
      throw MixtureError(
        "with a shared expert, or with scores on the input, equal experts do not add up to the "
          + "dense layer")
    }
    let sparse = try Transformer(configuration, mixture: mixture, names: names, seed: seed)
    for (dense, block) in zip(blocks, sparse.blocks) {
      guard let dense = dense.feedForward as? FeedForward else {
        throw MixtureError("only a dense model can be upcycled; this one has mixtures already")
      }
      switch block.feedForward {
      case let layer as MixtureOfExperts: for expert in layer.experts { expert.copy(dense) }
      case let layer as FeedForward: layer.copy(dense)
      default: break
      }
    }
    let known = Dictionary(
      uniqueKeysWithValues: sparse.parameters.all.map { ($0.name, $0) })
    for parameter in parameters.all { known[parameter.name]?.set(parameter.tensor) }
    return sparse
  }
}

extension FeedForward {
  /// Takes over the values of another layer's weights.
  func copy(_ other: FeedForward) {
    for (mine, theirs) in [(gate, other.gate), (up, other.up), (down, other.down)] {
      guard let mine = mine.projection as? DenseProjection,
        let theirs = theirs.projection as? DenseProjection
      else { fatalError("only dense projections can be copied") }
      mine.weight.set(theirs.weight.tensor)
    }
  }
}
