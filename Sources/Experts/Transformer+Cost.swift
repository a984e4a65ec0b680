import Transformer

extension Transformer {
  /// How many numbers the model holds.
  public var parameterCount: Int { parameters.all.reduce(0) { $0 + $1.shape.count } }

  /// How many of them take part in the computation for one token: all but the experts that it does
  /// not visit.
  public var activeParameterCount: Int {
    parameterCount
      - mixtures.reduce(0) {
        let mixture = $1.configuration
        return $0 + (mixture.experts - mixture.expertsPerToken) * weights(mixture.expertWidth)
      }
  }

  /// The floating-point operations of one forward pass for one token at `position`, counted as
  /// `Configuration.forwardOperations(position:)` counts them, with the experts that it visits in the
  /// place of the dense layers.
  public func activeForwardOperations(position: Int) -> Int {
    mixtures.reduce(configuration.forwardOperations(position: position)) { operations, layer in
      let mixture = layer.configuration
      let router =
        (layer.router.weight?.shape.count ?? 0) + (layer.sharedGate?.shape.count ?? 0)
      let visited =
        mixture.expertsPerToken * weights(mixture.expertWidth)
        + weights(mixture.shared?.width ?? 0) + router
      return operations + 2 * (visited - weights(configuration.feedForwardWidth))
    }
  }

  /// The weights of a feed-forward layer of the given inner width.
  private func weights(_ innerWidth: Int) -> Int { 3 * configuration.width * innerWidth }
}
