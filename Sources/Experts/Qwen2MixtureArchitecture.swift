import StrictJSON
import Transformer

/// Qwen2-MoE (Yang et al. 2024, arXiv:2407.10671): a softmax over all experts, a shared expert with
/// a gate of its own, and possibly layers that are dense.
public struct Qwen2MixtureArchitecture: Architecture {
  public init() {}

  public var modelTypes: [String] { ["qwen2_moe"] }

  public var className: String { "Qwen2MoeForCausalLM" }

  public func blueprint(_ hub: HubConfiguration) throws(CheckpointError) -> Blueprint {
    let hasBias = try hub.flag("qkv_bias", otherwise: true)
    let configuration = try hub.decoder(
      hasBias ? .qwen2 : .llama,
      feedForwardWidth: try hub.size("intermediate_size", in: 1...1 << 24))
    try hub.requireLayerTypes(configuration.layers) { _ in "full_attention" }
    var mixture = try hub.mixture(experts: "num_experts", expertWidth: "moe_intermediate_size")
    mixture.renormalizes = try hub.flag("norm_topk_prob", otherwise: false)
    mixture.shared = MixtureConfiguration.SharedExpert(
      width: try hub.size("shared_expert_intermediate_size", in: 1...1 << 24), isGated: true)
    mixture.interval = try hub.size("decoder_sparse_step", in: 1...1 << 12, otherwise: 1)
    mixture.denseLayers = Set(
      try hub.sizes("mlp_only_layers", in: 0...configuration.layers - 1) ?? [])
    return try hub.blueprint(configuration, mixture, names: .qwen2, layersKey: "mlp_only_layers")
  }

  public func objection(to model: Transformer) -> String? {
    let attention = model.configuration.attention
    return model.firstUnmet(names: .qwen2) { mixture in
      [
        (attention == AttentionChoices(), "its attention is the usual"),
        (mixture.score == .softmax, "its scores are a softmax"),
        (mixture.order == .scoreThenSelect, "its experts are scored and then selected"),
        (mixture.weighs == .output, "its weights are on the output of the experts"),
        (mixture.shared?.isGated == true, "it has a shared expert with a gate"),
      ]
    }
  }

  public func members(for model: Transformer) -> [JSON.Member] {
    let mixture = model.mixtures[0].configuration
    let dense = mixture.denseLayers.filter { $0 < model.configuration.layers }.sorted()
    return [
      .init("intermediate_size", .integer(model.configuration.feedForwardWidth)),
      .init("moe_intermediate_size", .integer(mixture.expertWidth)),
      .init("shared_expert_intermediate_size", .integer(mixture.shared?.width ?? 0)),
      .init("num_experts", .integer(mixture.experts)),
      .init("num_experts_per_tok", .integer(mixture.expertsPerToken)),
      .init("norm_topk_prob", .bool(mixture.renormalizes)),
      .init("decoder_sparse_step", .integer(mixture.interval)),
      .init("mlp_only_layers", .array(dense.map { .integer($0) })),
      .init("qkv_bias", .bool(model.configuration.hasQueryKeyValueBias)),
    ]
  }
}
