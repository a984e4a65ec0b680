import StrictJSON
import Transformer

/// Mixtral (Jiang et al. 2024, arXiv:2401.04088): every layer is a mixture, whose weights are the
/// softmax over the logits of the selected experts.
public struct MixtralArchitecture: Architecture {
  public init() {}

  public var modelTypes: [String] { ["mixtral"] }

  public var className: String { "MixtralForCausalLM" }

  public func blueprint(_ hub: HubConfiguration) throws(CheckpointError) -> Blueprint {
    try hub.refuse("sliding_window", unless: [])
    try hub.refuse("attention_bias", unless: ["false"])
    var mixture = try hub.mixture(
      experts: "num_local_experts", expertWidth: "intermediate_size")
    mixture.order = .selectThenScore
    let configuration = try hub.decoder(
      .llama, feedForwardWidth: mixture.expertWidth, rotaryBase: 1e6, epsilon: 1e-5)
    return try hub.blueprint(
      configuration, mixture, names: .mixtral, layersKey: "num_hidden_layers")
  }

  public func objection(to model: Transformer) -> String? {
    let configuration = model.configuration
    return model.firstUnmet(names: .mixtral) { mixture in
      [
        (configuration.family == .llama, "its projections have no bias"),
        (configuration.attention == AttentionChoices(), "its attention is the usual"),
        (mixture.score == .softmax, "its scores are a softmax"),
        (mixture.order == .selectThenScore, "its experts are selected and then scored"),
        (!mixture.renormalizes, "its weights are a softmax over the selected experts already"),
        (mixture.weighs == .output, "its weights are on the output of the experts"),
        (mixture.shared == nil, "it has no shared expert"),
        (model.mixtures.count == configuration.layers, "all layers are mixtures"),
      ]
    }
  }

  public func members(for model: Transformer) -> [JSON.Member] {
    let mixture = model.mixtures[0].configuration
    return [
      .init("intermediate_size", .integer(mixture.expertWidth)),
      .init("num_local_experts", .integer(mixture.experts)),
      .init("num_experts_per_tok", .integer(mixture.expertsPerToken)),
    ]
  }
}
