import Transformer

extension Transformer {
  /// A decoder in which some layers are mixtures of experts.
  ///
  /// The weights depend on the seed and on each weight's name only; without a seed all are zero.
  ///
  /// - Throws: `MixtureError` for a mixture that cannot be built, or that could not learn.
  public init(
    _ configuration: Configuration, mixture: MixtureConfiguration,
    names: MixtureNames = MixtureNames(), seed: UInt64?
  ) throws(MixtureError) {
    try mixture.validate()
    self.init(unchecked: configuration, mixture: mixture, names: names, seed: seed)
  }

  /// The same without asking whether the mixture could learn: what is published need not.
  init(
    unchecked configuration: Configuration, mixture: MixtureConfiguration, names: MixtureNames,
    seed: UInt64?
  ) {
    self.init(configuration, seed: seed) { layer, scope in
      let scope = scope / names.layer
      guard mixture.isMixture(layer: layer) else { return FeedForward(configuration, scope) }
      return MixtureOfExperts(configuration, mixture, layer: layer, names: names, scope)
    }
  }

  /// The layers that are mixtures, first to last.
  public var mixtures: [MixtureOfExperts] {
    blocks.compactMap { $0.feedForward as? MixtureOfExperts }
  }
}
