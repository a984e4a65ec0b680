import StrictJSON
import Transformer

/// The language model of Llama 4 (Meta 2025): a sigmoid on the input of the experts, a shared expert,
/// layers without rotary positions among layers that attend within chunks, and files that hold all
/// experts of a layer in two tensors, transposed.
///
/// Of a multimodal directory (`llama4`) the language model is read, under `text_config` and
/// `language_model.`, and what belongs to images is passed over; it is written as `llama4_text`.
public struct Llama4Architecture: Architecture {
  public init() {}

  public var modelTypes: [String] { ["llama4_text", "llama4"] }

  public var className: String { "Llama4ForCausalLM" }

  public var prefix: String? { "language_model." }

  public var foreignPrefixes: [String] { ["vision_model.", "multi_modal_projector."] }

  public func blueprint(_ hub: HubConfiguration) throws(CheckpointError) -> Blueprint {
    try hub.refuse("quantization_config", unless: [])
    let text = hub.section("text_config") ?? hub
    try text.refuse("attention_bias", unless: ["false"])
    var mixture = try text.mixture(
      experts: "num_local_experts", expertWidth: "intermediate_size")
    mixture.score = .sigmoid
    mixture.order = .selectThenScore
    mixture.weighs = .input
    mixture.shared = MixtureConfiguration.SharedExpert(width: mixture.expertWidth)
    var configuration = try text.decoder(
      .llama, feedForwardWidth: try text.size("intermediate_size_mlp", in: 1...1 << 24),
      rotaryBase: 500_000, epsilon: 1e-5)
    configuration.attention = try attention(text, configuration)
    mixture.interval = try text.size("interleave_moe_layer_step", in: 1...1 << 12, otherwise: 1)
    let layers = 0..<configuration.layers
    if let listed = try text.sizes("moe_layers", in: 0...configuration.layers - 1) {
      if !listed.allSatisfy(mixture.isMixture) { mixture.interval = 1 }
      mixture.denseLayers = Set(layers.filter(mixture.isMixture)).subtracting(listed)
    }
    return try text.blueprint(configuration, mixture, names: .llama4, layersKey: "moe_layers")
  }

  private func attention(
    _ text: HubConfiguration, _ configuration: Configuration
  ) throws(CheckpointError) -> AttentionChoices {
    let layers = configuration.layers
    var choices = AttentionChoices()
    choices.pairing = .neighbours
    choices.norm = try text.flag("use_qk_norm", otherwise: true) ? .heads : nil
    let interval = try text.size("no_rope_layer_interval", in: 1...1 << 12, otherwise: 4)
    // Despite the name of the key, 1 stands for a layer with rotation; an empty list is none.
    let listed = try text.sizes("no_rope_layers", in: 0...1) ?? []
    guard listed.isEmpty || listed.count >= layers else {
      throw text.error("no_rope_layers", "\(listed.count) numbers for \(layers) layers")
    }
    choices.unrotatedLayers = Set(
      (0..<layers).filter { listed.isEmpty ? ($0 + 1) % interval == 0 : listed[$0] == 0 })
    try text.requireLayerTypes(layers) {
      choices.unrotatedLayers.contains($0) ? "full_attention" : "chunked_attention"
    }
    let chunk = try text.size("attention_chunk_size", in: 1...1 << 24, otherwise: 8192)
    choices.chunk = chunk < configuration.context ? chunk : nil
    if try text.flag("attn_temperature_tuning", otherwise: true) {
      choices.temperature = AttentionTemperature(
        strength: try text.number("attn_scale", in: -1e3...1e3, otherwise: 0.1),
        floor: try text.size("floor_scale", in: 1...1 << 30, otherwise: 8192))
    }
    return choices
  }

  public func objection(to model: Transformer) -> String? {
    let configuration = model.configuration
    let attention = configuration.attention
    return model.firstUnmet(names: .llama4) { mixture in
      [
        (configuration.family == .llama, "its projections have no bias"),
        (attention.pairing == .neighbours, "its rotation turns neighbours together"),
        (attention.norm != .projections, "queries and keys are normalised as heads or not at all"),
        (attention.limit == nil, "queries and keys have no limit"),
        (mixture.score == .sigmoid, "its scores are sigmoids"),
        (mixture.order == .selectThenScore, "its experts are selected and then scored"),
        (!mixture.renormalizes, "its scores are not renormalised"),
        (mixture.weighs == .input, "its scores are on the input of the experts"),
        (
          mixture.shared == .init(width: mixture.expertWidth),
          "it has a shared expert as wide as the others, without a gate"
        ),
      ]
    }
  }

  public func members(for model: Transformer) -> [JSON.Member] {
    let (configuration, attention) = (model.configuration, model.configuration.attention)
    let mixture = model.mixtures[0].configuration
    let layers = 0..<configuration.layers
    let temperature = attention.temperature ?? AttentionTemperature()
    return [
      .init("intermediate_size", .integer(mixture.expertWidth)),
      .init("intermediate_size_mlp", .integer(configuration.feedForwardWidth)),
      .init("num_local_experts", .integer(mixture.experts)),
      .init("num_experts_per_tok", .integer(mixture.expertsPerToken)),
      .init("interleave_moe_layer_step", .integer(mixture.interval)),
      .init("moe_layers", .array(layers.filter(mixture.isMixture).map { .integer($0) })),
      .init(
        "no_rope_layers",
        .array(layers.map { .integer(attention.unrotatedLayers.contains($0) ? 0 : 1) })),
      // A chunk as long as the context is the same as none, which `transformers` does not know.
      .init("attention_chunk_size", .integer(attention.chunk ?? configuration.context)),
      .init("use_qk_norm", .bool(attention.norm == .heads)),
      .init("attn_temperature_tuning", .bool(attention.temperature != nil)),
      .init("attn_scale", .number(temperature.strength)),
      .init("floor_scale", .integer(temperature.floor)),
    ]
  }

  public func places(in model: Transformer) -> [String: TensorPlace] {
    var places: [String: TensorPlace] = [:]
    for (layer, block) in model.blocks.enumerated() {
      guard let mixture = block.feedForward as? MixtureOfExperts else { continue }
      let (width, inner) = (model.configuration.width, mixture.configuration.expertWidth)
      let scope = "model.layers.\(layer).feed_forward.experts"
      let (inward, outward) = ("\(scope).gate_up_proj", "\(scope).down_proj")
      let count = mixture.experts.count
      for expert in 0..<count {
        for (name, column) in [("gate_proj", 0), ("up_proj", inner)] {
          places["\(scope).\(expert).\(name).weight"] = .stacked(
            in: inward, shape: [count, width, 2 * inner], matrix: expert, firstColumn: column)
        }
        places["\(scope).\(expert).down_proj.weight"] = .stacked(
          in: outward, shape: [count, inner, width], matrix: expert, firstColumn: 0)
      }
    }
    return places
  }
}
