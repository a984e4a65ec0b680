import StrictJSON
import Transformer

/// OLMoE (Muennighoff et al. 2024, arXiv:2409.02060): every layer is a mixture of many small experts
/// with a softmax over all of them, and queries and keys are normalised.
public struct OLMoEArchitecture: Architecture {
  public init() {}

  public var modelTypes: [String] { ["olmoe"] }

  public var className: String { "OlmoeForCausalLM" }

  public func blueprint(_ hub: HubConfiguration) throws(CheckpointError) -> Blueprint {
    try hub.refuse("attention_bias", unless: ["false"])
    var mixture = try hub.mixture(experts: "num_experts", expertWidth: "intermediate_size")
    mixture.renormalizes = try hub.flag("norm_topk_prob", otherwise: false)
    var configuration = try hub.decoder(
      .llama, feedForwardWidth: mixture.expertWidth, epsilon: 1e-5)
    configuration.attention.norm = .projections
    if hub.has("clip_qkv") {
      configuration.attention.limit = Float(try hub.number("clip_qkv", in: 1e-6...1e9))
    }
    return try hub.blueprint(configuration, mixture, names: .qwen2, layersKey: "num_hidden_layers")
  }

  public func objection(to model: Transformer) -> String? {
    let configuration = model.configuration
    var usual = AttentionChoices()
    usual.norm = .projections
    usual.limit = configuration.attention.limit
    return model.firstUnmet(names: .qwen2) { mixture in
      [
        (configuration.family == .llama, "its projections have no bias"),
        (
          configuration.attention == usual,
          "its attention normalises queries and keys as projections and does nothing else unusual"
        ),
        (
          configuration.heads * configuration.headWidth == configuration.width,
          "its heads are as wide as the model together"
        ),
        (mixture.score == .softmax, "its scores are a softmax"),
        (mixture.order == .scoreThenSelect, "its experts are scored and then selected"),
        (mixture.weighs == .output, "its weights are on the output of the experts"),
        (mixture.shared == nil, "it has no shared expert"),
        (model.mixtures.count == configuration.layers, "all layers are mixtures"),
      ]
    }
  }

  public func members(for model: Transformer) -> [JSON.Member] {
    let mixture = model.mixtures[0].configuration
    let limit = model.configuration.attention.limit
    return [
      .init("intermediate_size", .integer(mixture.expertWidth)),
      .init("num_experts", .integer(mixture.experts)),
      .init("num_experts_per_tok", .integer(mixture.expertsPerToken)),
      .init("norm_topk_prob", .bool(mixture.renormalizes)),
      .init("clip_qkv", limit.map { .number(Double("\($0)")!) } ?? .null),
    ]
  }
}
