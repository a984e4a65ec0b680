import Tensors
import Training
import Transformer

/// What keeps the experts of a model evenly busy while it is trained.
///
///     let balance = Balance(loss: 0.01)
///     let trainer = Trainer(model, options, hooks: balance.hooks(for: model)) { … }
///
/// None of it is part of the loss that is reported.
public struct Balance: Equatable, Sendable {
  /// The coefficient of the balancing loss, the mean over the layers.
  public var loss: Float

  /// The coefficient of the router z-loss, the mean over the layers.
  public var routerZLoss: Float

  /// How far the selection biases move in each step, for mixtures that have them.
  public var biasRate: Float

  public init(loss: Float = 0, routerZLoss: Float = 0, biasRate: Float = 0) {
    self.loss = loss
    self.routerZLoss = routerZLoss
    self.biasRate = biasRate
  }

  /// What a trainer of `model` needs.
  ///
  /// Trainers of mixtures should have these even where all rates are zero: what is random or limited
  /// while training is part of what a resumed run must agree in.
  public func hooks(for model: Transformer) -> Trainer.Hooks {
    let layers = model.mixtures
    return Trainer.Hooks(
      fingerprint: "\(layers.first.map { "\($0.configuration)" } ?? "dense") \(self)",
      penalty: { penalty(layers) },
      afterStep: {
        guard biasRate != 0 else { return }
        for layer in layers { layer.router.balance(load: layer.ledger.load, rate: biasRate) }
      })
  }

  /// The weighted losses of the layers' last forward pass, if there are any.
  private func penalty(_ layers: [MixtureOfExperts]) -> Tensor? {
    var terms: [Tensor] = []
    for routing in layers.compactMap(\.ledger.latest) {
      if loss != 0, let term = routing.balanceLoss() { terms.append(term.scaled(by: loss)) }
      if routerZLoss != 0, let term = routing.routerZLoss() {
        terms.append(term.scaled(by: routerZLoss))
      }
    }
    guard let first = terms.first else { return nil }
    return terms.dropFirst().reduce(first, +).scaled(by: 1 / Float(layers.count))
  }
}
