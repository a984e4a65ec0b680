import Foundation
import StrictJSON

/// The `config.json` of a Hugging Face checkpoint, as far as it concerns our families.
///
/// Both generations of keys are read, those of `transformers` 4 (`rope_theta`, `rope_scaling`,
/// `torch_dtype`) and of 5 (`rope_parameters`, `dtype`); the former are written, which both
/// understand. What would change the mathematics and is not supported is refused by name.
struct HubConfiguration {
  let file: String
  private let root: JSON

  init(contentsOf url: URL) throws(CheckpointError) {
    file = url.path
    let bytes: [UInt8]
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= 1 << 20 else {
        throw CheckpointError(url.path, "a configuration of \(size) bytes is none")
      }
      bytes = [UInt8](try Data(contentsOf: url))
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(url.path, "cannot be read; is this the folder of a model?")
    }
    do {
      root = try JSON(parsing: bytes)
    } catch {
      throw CheckpointError(url.path, at: "byte \(error.offset)", error.problem)
    }
  }

  /// The tokens that end a text, and the one that begins it, if they are given.
  func tokens(_ key: String) throws(CheckpointError) -> [Int32] {
    switch root[key] {
    case nil, .null: return []
    case .integer(let token): return [try token32(token, key)]
    case .array(let elements):
      var tokens: [Int32] = []
      for element in elements {
        guard case .integer(let token) = element else {
          throw CheckpointError(file, at: key, "expected tokens, found \(element.kind)")
        }
        tokens.append(try token32(token, key))
      }
      return tokens
    case let other?:
      throw CheckpointError(file, at: key, "expected a token, found \(other.kind)")
    }
  }

  func configuration() throws(CheckpointError) -> Configuration {
    let family = try family()
    try refuse("hidden_act", unless: ["silu"])
    try refuse("mlp_bias", unless: ["false"])
    if family == .llama { try refuse("attention_bias", unless: ["false"]) }
    try refuse("use_sliding_window", unless: ["false"])
    try refuse("quantization_config", unless: [])
    let width = try size("hidden_size", in: 1...1 << 20)
    let heads = try size("num_attention_heads", in: 1...1 << 16)
    let shared = try size("num_key_value_heads", in: 1...1 << 16, otherwise: heads)
    guard heads % shared == 0 else {
      throw CheckpointError(
        file, at: "num_key_value_heads", "\(heads) heads cannot share \(shared) evenly")
    }
    let headWidth = try size("head_dim", in: 2...1 << 16, otherwise: max(1, width / heads))
    guard headWidth % 2 == 0 else {
      throw CheckpointError(
        file, at: "head_dim", "rotary positions need an even one, not \(headWidth)")
    }
    var configuration = Configuration(
      family: family, vocabulary: try size("vocab_size", in: 1...1 << 24), width: width,
      layers: try size("num_hidden_layers", in: 1...1 << 12), heads: heads,
      keyValueHeads: shared, headWidth: headWidth,
      feedForwardWidth: try size("intermediate_size", in: 1...1 << 24),
      context: try size("max_position_embeddings", in: 1...1 << 24, otherwise: 2048))
    configuration.epsilon = Float(try number("rms_norm_eps", in: 0...1, otherwise: 1e-6))
    configuration.tiesEmbeddings = try flag("tie_word_embeddings", otherwise: false)
    let rope = root["rope_parameters"] ?? .null
    configuration.rotaryBase = try number(
      "rope_theta", in: 1...1e12,
      otherwise: try number("rope_theta", of: rope, in: 1...1e12, otherwise: 10_000))
    configuration.rotaryScaling = try scaling(
      rope["rope_type"] == nil ? root["rope_scaling"] ?? .null : rope)
    return configuration
  }

  private func family() throws(CheckpointError) -> Configuration.Family {
    guard case .string(let name) = root["model_type"] ?? .null else {
      throw CheckpointError(file, at: "model_type", "missing; it names the family of the model")
    }
    guard let family = Configuration.Family(rawValue: name) else {
      let known = Configuration.Family.allCases.map(\.rawValue).joined(separator: ", ")
      throw CheckpointError(
        file, at: "model_type", "\(quoted(name)) is not supported; these are: \(known)")
    }
    return family
  }

  private func scaling(_ rope: JSON) throws(CheckpointError) -> RotaryScaling? {
    if case .null = rope { return nil }
    let kind = rope["rope_type"] ?? rope["type"] ?? .null
    guard case .string(let name) = kind else {
      throw CheckpointError(file, at: "rope_scaling", "names no rope_type")
    }
    if name == "default" { return nil }
    guard name == "llama3" else {
      throw CheckpointError(file, at: "rope_scaling", "rope_type \(quoted(name)) is not supported")
    }
    let positive = Double.leastNormalMagnitude...1e9
    return RotaryScaling(
      factor: try number("factor", of: rope, in: positive),
      lowFrequencyFactor: try number("low_freq_factor", of: rope, in: positive),
      highFrequencyFactor: try number("high_freq_factor", of: rope, in: positive),
      originalContext: Int(
        try number("original_max_position_embeddings", of: rope, in: 1...1e9)))
  }

  private func size(
    _ key: String, in range: ClosedRange<Int>, otherwise: Int? = nil
  ) throws(CheckpointError) -> Int {
    switch root[key] ?? .null {
    case .null:
      guard let otherwise else { throw CheckpointError(file, at: key, "missing") }
      return otherwise
    case .integer(let value) where range.contains(value): return value
    case let other:
      throw CheckpointError(
        file, at: key, "expected a whole number in \(range), found \(other.kind)")
    }
  }

  private func number(
    _ key: String, of object: JSON? = nil, in range: ClosedRange<Double>,
    otherwise: Double? = nil
  ) throws(CheckpointError) -> Double {
    switch (object ?? root)[key] ?? .null {
    case .null:
      guard let otherwise else { throw CheckpointError(file, at: key, "missing") }
      return otherwise
    case .integer(let value) where range.contains(Double(value)): return Double(value)
    case .number(let value) where range.contains(value): return value
    case let other:
      throw CheckpointError(file, at: key, "expected a number in \(range), found \(other.kind)")
    }
  }

  private func flag(_ key: String, otherwise: Bool) throws(CheckpointError) -> Bool {
    switch root[key] ?? .null {
    case .null: return otherwise
    case .bool(let value): return value
    case let other:
      throw CheckpointError(file, at: key, "expected true or false, found \(other.kind)")
    }
  }

  /// Refuses a key whose value is present and none of those that we compute.
  private func refuse(_ key: String, unless allowed: [String]) throws(CheckpointError) {
    let text: String
    switch root[key] ?? .null {
    case .null: return
    case .string(let value): text = value
    case let other: text = other.kind
    }
    guard allowed.contains(text) else {
      throw CheckpointError(file, at: key, "\(quoted(text)) is not supported")
    }
  }

  private func token32(_ token: Int, _ key: String) throws(CheckpointError) -> Int32 {
    guard let token = Int32(exactly: token), token >= 0 else {
      throw CheckpointError(file, at: key, "\(token) is no token")
    }
    return token
  }
}

extension Configuration {
  /// The text of a `config.json`.
  func hubJSON(beginning: Int32?, ends: [Int32]) -> String {
    func tokens(_ tokens: [Int32]) -> JSON {
      tokens.count == 1 ? .integer(Int(tokens[0])) : .array(tokens.map { .integer(Int($0)) })
    }
    let scaling: JSON =
      rotaryScaling.map {
        .object([
          .init("rope_type", .string("llama3")), .init("factor", .number($0.factor)),
          .init("low_freq_factor", .number($0.lowFrequencyFactor)),
          .init("high_freq_factor", .number($0.highFrequencyFactor)),
          .init("original_max_position_embeddings", .integer($0.originalContext)),
        ])
      } ?? .null
    let architecture = family == .llama ? "LlamaForCausalLM" : "Qwen2ForCausalLM"
    return JSON.object([
      .init("architectures", .array([.string(architecture)])),
      .init("model_type", .string(family.rawValue)),
      .init("vocab_size", .integer(vocabulary)),
      .init("hidden_size", .integer(width)),
      .init("intermediate_size", .integer(feedForwardWidth)),
      .init("num_hidden_layers", .integer(layers)),
      .init("num_attention_heads", .integer(heads)),
      .init("num_key_value_heads", .integer(keyValueHeads)),
      .init("head_dim", .integer(headWidth)),
      .init("hidden_act", .string("silu")),
      .init("max_position_embeddings", .integer(context)),
      .init("rms_norm_eps", .number(Double("\(epsilon)")!)),
      .init("rope_theta", .number(rotaryBase)),
      .init("rope_scaling", scaling),
      .init("tie_word_embeddings", .bool(tiesEmbeddings)),
      .init("bos_token_id", beginning.map { .integer(Int($0)) } ?? .null),
      .init("eos_token_id", ends.isEmpty ? .null : tokens(ends)),
      .init("torch_dtype", .string("float32")),
    ]).description
  }
}
