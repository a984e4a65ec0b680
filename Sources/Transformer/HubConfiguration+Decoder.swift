import StrictJSON

/// What the `config.json` of every family has, in both directions.
///
/// Both generations of keys are read, those of `transformers` 4 (`rope_theta`, `rope_scaling`,
/// `torch_dtype`) and of 5 (`rope_parameters`, `dtype`); the former are written, which both
/// understand.
extension HubConfiguration {
  /// The decoder that is described, as far as all families describe it in the same way.
  ///
  /// - Parameters:
  ///   - family: whose biases it has.
  ///   - rotaryBase: θ if the file does not give one, and `epsilon` likewise.
  public func decoder(
    _ family: Configuration.Family, feedForwardWidth: Int, rotaryBase: Double = 10_000,
    epsilon: Double = 1e-6
  ) throws(CheckpointError) -> Configuration {
    try refuse("hidden_act", unless: ["silu"])
    try refuse("mlp_bias", unless: ["false"])
    try refuse("use_sliding_window", unless: ["false"])
    try refuse("quantization_config", unless: [])
    try refuse("compression_config", unless: [])
    let width = try size("hidden_size", in: 1...1 << 20)
    let heads = try size("num_attention_heads", in: 1...1 << 16)
    let shared = try size("num_key_value_heads", in: 1...1 << 16, otherwise: heads)
    guard heads % shared == 0 else {
      throw error("num_key_value_heads", "\(heads) heads cannot share \(shared) evenly")
    }
    let headWidth = try size("head_dim", in: 2...1 << 16, otherwise: max(1, width / heads))
    guard headWidth % 2 == 0 else {
      throw error("head_dim", "rotary positions need an even one, not \(headWidth)")
    }
    guard heads * headWidth <= 1 << 24 else {
      throw error("head_dim", "\(heads) heads of width \(headWidth) are more than any model has")
    }
    var configuration = Configuration(
      family: family, vocabulary: try size("vocab_size", in: 1...1 << 24), width: width,
      layers: try size("num_hidden_layers", in: 1...1 << 12), heads: heads,
      keyValueHeads: shared, headWidth: headWidth, feedForwardWidth: feedForwardWidth,
      context: try size("max_position_embeddings", in: 1...1 << 24, otherwise: 2048))
    configuration.epsilon = Float(try number("rms_norm_eps", in: 0...1, otherwise: epsilon))
    configuration.tiesEmbeddings = try flag("tie_word_embeddings", otherwise: false)
    let rope = section("rope_parameters")
    configuration.rotaryBase = try number(
      "rope_theta", in: 1...1e12,
      otherwise: try rope?.number("rope_theta", in: 1...1e12, otherwise: rotaryBase) ?? rotaryBase)
    configuration.rotaryScaling = try
      (rope?.has("rope_type") == true
      ? rope : scalingSection())?.scaling()
    return configuration
  }

  private func scalingSection() throws(CheckpointError) -> HubConfiguration? {
    guard let scaling = section("rope_scaling") else {
      try refuse("rope_scaling", unless: [])
      return nil
    }
    return scaling
  }

  private func scaling() throws(CheckpointError) -> RotaryScaling? {
    let key = has("rope_type") ? "rope_type" : "type"
    guard let kind = try text(key) else {
      throw error("rope_type", "missing; it says how rotary positions are scaled")
    }
    if kind == "default" { return nil }
    guard kind == "llama3" else {
      throw error("rope_type", "\(quoted(kind)) is not supported; these are: default, llama3")
    }
    let positive = Double.leastNormalMagnitude...1e9
    return RotaryScaling(
      factor: try number("factor", in: positive),
      lowFrequencyFactor: try number("low_freq_factor", in: positive),
      highFrequencyFactor: try number("high_freq_factor", in: positive),
      originalContext: Int(try number("original_max_position_embeddings", in: 1...1e9)))
  }
}

extension Configuration {
  /// The text of a `config.json`.
  func hubJSON(
    _ architecture: any Architecture, members: [JSON.Member], beginning: Int32?, ends: [Int32]
  ) -> String {
    func tokens(_ tokens: [Int32]) -> JSON {
      tokens.count == 1 ? .integer(Int(tokens[0])) : .array(tokens.map { .integer(Int($0)) })
    }
    let first: [JSON.Member] = [
      .init("architectures", .array([.string(architecture.className)])),
      .init("model_type", .string(architecture.modelTypes[0])),
      .init("vocab_size", .integer(vocabulary)),
      .init("hidden_size", .integer(width)),
    ]
    let last: [JSON.Member] = [
      .init("num_hidden_layers", .integer(layers)),
      .init("num_attention_heads", .integer(heads)),
      .init("num_key_value_heads", .integer(keyValueHeads)),
      .init("head_dim", .integer(headWidth)),
      .init("hidden_act", .string("silu")),
      .init("max_position_embeddings", .integer(context)),
      .init("rms_norm_eps", .number(Double("\(epsilon)")!)),
      .init("rope_theta", .number(rotaryBase)),
      .init("rope_scaling", rotaryScaling?.json ?? .null),
      .init("tie_word_embeddings", .bool(tiesEmbeddings)),
      .init("bos_token_id", beginning.map { .integer(Int($0)) } ?? .null),
      .init("eos_token_id", ends.isEmpty ? .null : tokens(ends)),
      .init("torch_dtype", .string("float32")),
    ]
    return JSON.object(first + members + last).description
  }
}

extension RotaryScaling {
  /// What stands under `rope_scaling`.
  public var json: JSON {
    .object([
      .init("rope_type", .string("llama3")), .init("factor", .number(factor)),
      .init("low_freq_factor", .number(lowFrequencyFactor)),
      .init("high_freq_factor", .number(highFrequencyFactor)),
      .init("original_max_position_embeddings", .integer(originalContext)),
    ])
  }
}
