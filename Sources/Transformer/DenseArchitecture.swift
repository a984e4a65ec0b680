import StrictJSON

/// The families of dense decoders: Llama 1 to 3, Qwen 2 and 2.5.
public struct DenseArchitecture: Architecture {
  public let family: Configuration.Family

  public init(_ family: Configuration.Family) { self.family = family }

  public var modelTypes: [String] { [family.rawValue] }

  public var className: String { family == .llama ? "LlamaForCausalLM" : "Qwen2ForCausalLM" }

  public func blueprint(_ hub: HubConfiguration) throws(CheckpointError) -> Blueprint {
    if family == .llama { try hub.refuse("attention_bias", unless: ["false"]) }
    let configuration = try hub.decoder(
      family, feedForwardWidth: try hub.size("intermediate_size", in: 1...1 << 24))
    try hub.requireLayerTypes(configuration.layers) { _ in "full_attention" }
    return Blueprint(configuration) { Transformer($0, seed: nil) }
  }

  public func objection(to model: Transformer) -> String? {
    if model.configuration.family != family { return "the family is another" }
    if model.configuration.attention != AttentionChoices() {
      return "its attention has none of the choices that differ from the usual"
    }
    return model.blocks.contains { !($0.feedForward is FeedForward) }
      ? "its feed-forward layers are dense" : nil
  }

  public func members(for model: Transformer) -> [JSON.Member] {
    [.init("intermediate_size", .integer(model.configuration.feedForwardWidth))]
  }
}

extension [any Architecture] {
  /// The families that are read and written unless others are given.
  public static var dense: Self { Configuration.Family.allCases.map(DenseArchitecture.init) }
}
