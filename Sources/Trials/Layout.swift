import Experts
import Transformer

/// What stands in the place of the feed-forward layers, and how it is kept in balance.
///
/// All layouts do the same work for a token, except `wide`, whose weights are as many as those of a
/// mixture and all at work.
public enum Layout: String, CaseIterable, Codable, Sendable {
  /// A dense layer: the same work for a token as a mixture.
  case dense
  /// A dense layer with as many weights as a mixture: the same memory, and several times the work.
  case wide
  /// A mixture that nothing keeps in balance.
  case unbalanced
  /// With the balancing loss of the Switch Transformer.
  case loss
  /// With a selection bias that follows the load.
  case bias
  /// With the router z-loss, which keeps logits small and knows nothing of balance.
  case zLoss
  /// With noise on the router's logits while training.
  case noise
  /// With the balancing loss, and with no more room than an even load needs: what is too much is
  /// dropped while training.
  case capacity
  /// The experts choose the tokens while training.
  case expertChoice
  /// A control: experts are drawn at random.
  case random
  /// A control: a token's experts are a fixed function of the token.
  case hash
  /// As in Llama 4: one expert by a sigmoid score on its input, beside one that every token visits,
  /// with the balancing loss.
  case llama4

  /// The mixture, as much work as the dense layer of `workload`; nil for the dense layouts.
  func mixture(_ workload: Workload, seed: UInt64) -> MixtureConfiguration? {
    if self == .dense || self == .wide { return nil }
    let isShared = self == .llama4
    let k = isShared ? 1 : workload.expertsPerToken
    var mixture = MixtureConfiguration(
      experts: Workload.experts, expertsPerToken: k,
      expertWidth: isShared ? workload.feedForwardWidth / 2 : workload.feedForwardWidth / k)
    mixture.seed = seed
    // A single weight, divided by itself, would be one and teach the router nothing.
    mixture.renormalizes = k > 1
    switch self {
    case .bias:
      mixture.score = .sigmoid
      mixture.hasSelectionBias = true
    case .noise: mixture.noise = 1
    case .capacity: mixture.capacity = 1
    case .expertChoice:
      mixture.selection = .expertChoice
      mixture.renormalizes = false
    case .random: mixture.selection = .random
    case .hash: mixture.selection = .hash
    case .llama4:
      mixture.score = .sigmoid
      mixture.order = .selectThenScore
      mixture.weighs = .input
      mixture.shared = .init(width: workload.feedForwardWidth / 2)
    default: break
    }
    return mixture
  }

  /// The rates are those that the papers name for the two losses, and ten times the paper's for
  /// the bias, since these runs have a hundredth of its steps.
  var balance: Balance {
    switch self {
    case .loss, .capacity, .llama4: Balance(loss: 0.01)
    case .bias: Balance(biasRate: 0.01)
    case .zLoss: Balance(routerZLoss: 0.001)
    default: Balance()
    }
  }
}
