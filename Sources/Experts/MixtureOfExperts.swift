import Tensors
import Transformer

/// A feed-forward layer of many experts, of which each token visits a few (Shazeer et al. 2017,
/// arXiv:1701.06538): as many parameters as all of them have, as much work as those few take.
///
/// An expert is a `FeedForward` like any other. The tokens of each are gathered into one block of
/// rows, so that it costs three matrix products, and no token is dropped, however uneven the load:
///
///     y[t] = Σⱼ weight[t, j] · expert(t, j)(x[t])  +  shared(x[t])
///
/// The result for a token has the same bits alone as in any batch: its scores, its choice and each
/// row of an expert depend on it alone, and the sum runs over its choices, best first.
public struct MixtureOfExperts: FeedForwardLayer {
  public let router: Router
  public var experts: [FeedForward]

  /// The expert that every token visits, if there is one, and the vector `[1, width]` of its gate.
  public var shared: FeedForward?
  public let sharedGate: Parameter?

  /// What the router decided last; copies of the layer write into the same.
  public let ledger: RoutingLedger

  /// - Parameter scope: where the names begin, such as `model.layers.3.mlp`.
  public init(
    _ configuration: Configuration, _ mixture: MixtureConfiguration, layer: Int,
    names: MixtureNames = MixtureNames(), _ scope: Scope
  ) {
    router = Router(
      mixture, width: configuration.width, layer: layer, names: names, scope / names.router)
    experts = (0..<mixture.experts).map {
      FeedForward(
        configuration, innerWidth: mixture.expertWidth, names: names.expert,
        scope / names.experts / $0)
    }
    shared = mixture.shared.map {
      FeedForward(configuration, innerWidth: $0.width, scope / names.shared)
    }
    sharedGate =
      mixture.shared?.isGated == true
      ? (scope / names.sharedGate).weight(
        "weight", [1, configuration.width],
        deviation: 1 / Float(configuration.width).squareRoot()) : nil
    ledger = RoutingLedger(experts: mixture.experts)
  }

  public var configuration: MixtureConfiguration { router.configuration }

  public func callAsFunction(_ x: Tensor, _ passage: Passage) -> Tensor {
    let routing = router(x, passage)
    ledger.record(routing, passage.training)
    let routed = mixed(x, routing)
    guard let shared else { return routed }
    guard let sharedGate else { return shared(x) + routed }
    let gate = x.projected(by: sharedGate.tensor).sigmoid()
    return shared(x).scaled(rowsBy: gate) + routed
  }

  /// What the chosen experts make of the tokens, weighed and added up.
  private func mixed(_ x: Tensor, _ routing: Routing) -> Tensor {
    let parts = Dispatch(
      choices: routing.served, slots: routing.slots, experts: experts.count
    ).parts
    let weighsInput = configuration.weighs == .input
    let inputWeights =
      weighsInput ? routing.weights.reshaped(to: [routing.served.count, 1]) : nil
    let inputs = parts.map { part in
      let rows = x.rows(part.tokens)
      return inputWeights.map { rows.scaled(rowsBy: $0.rows(part.pairs)) } ?? rows
    }
    // A task local, which does not reach the branches by itself.
    let beingLearned = Passage.beingLearned
    let answers = Tensor.sideBySide(inputs) { index, input in
      Passage.$beingLearned.withValue(beingLearned) { experts[parts[index].expert](input) }
    }
    return Tensor.combined(
      answers, pairs: parts.map(\.pairs), weights: weighsInput ? nil : routing.weights,
      tokens: x.shape[0], slots: routing.slots, width: x.shape.width)
  }

  /// The linear layers of all experts. The router and the gate of the shared expert are not among
  /// them: they are a thousandth of the weights, and to round them is to send tokens elsewhere.
  public mutating func forEachLinear(_ body: (inout Linear) -> Void) {
    for index in experts.indices { experts[index].forEachLinear(body) }
    shared?.forEachLinear(body)
  }
}
