import StrictJSON
import Transformer

/// The `config.json` of a model that belongs to no published family any more.
///
/// It has the keys of Hugging Face where there are such, `"model_type": "espalier"`, which makes every
/// other program refuse it by name, and what compression did:
///
///     "compression": {
///       "family": "llama",                                    the family that it was
///       "feed_forward_widths": [212, 344],                    of each layer
///       "biased_layers": [],                                  whose output has a bias
///       "ranks": {"model.layers.0.self_attn.q_proj": 12},     of factorised layers
///       "sparse": ["model.layers.0.mlp.up_proj.weight"],      stored as mask and values
///       "int8": ["model.layers.0.mlp.up_proj.weight"]         stored as codes and scales
///     }
struct CompressedConfiguration: Equatable {
  static let modelType = "espalier"

  var shape: ModelShape
  var sparse: [String] = []
  var rounded: [String] = []
  var beginning: Int32?
  var ends: [Int32] = []

  init(
    _ shape: ModelShape, sparse: [String], rounded: [String], beginning: Int32?, ends: [Int32]
  ) {
    self.shape = shape
    self.sparse = sparse
    self.rounded = rounded
    self.beginning = beginning
    self.ends = ends
  }

  /// Why a model of this shape cannot be described, nil if it can.
  static func objection(to shape: ModelShape) -> String? {
    if shape.mixture != nil {
      return
        "a mixture of experts is stored as one of a published family only; write it without masks, in floats"
    }
    if shape.configuration.attention != AttentionChoices() {
      return "only the usual attention is stored in this form"
    }
    return nil
  }

  /// The matrices that need not be stored as dense floats, each with `(out, in)`: those of the linear
  /// layers that are not factorised, and the embedding table.
  var matrices: [String: (Int, Int)] {
    var matrices = [
      "model.embed_tokens.weight": (shape.configuration.vocabulary, shape.configuration.width)
    ]
    for (name, size) in shape.linears where shape.ranks[name] == nil {
      matrices["\(name).weight"] = size
    }
    return matrices
  }

  var json: JSON {
    let configuration = shape.configuration
    return .object([
      .init("architectures", .array([.string("EspalierForCausalLM")])),
      .init("model_type", .string(CompressedConfiguration.modelType)),
      .init("vocab_size", .integer(configuration.vocabulary)),
      .init("hidden_size", .integer(configuration.width)),
      .init("num_hidden_layers", .integer(configuration.layers)),
      .init("num_attention_heads", .integer(configuration.heads)),
      .init("num_key_value_heads", .integer(configuration.keyValueHeads)),
      .init("head_dim", .integer(configuration.headWidth)),
      .init("max_position_embeddings", .integer(configuration.context)),
      .init("rms_norm_eps", .number(Double("\(configuration.epsilon)")!)),
      .init("rope_theta", .number(configuration.rotaryBase)),
      .init("rope_scaling", configuration.rotaryScaling?.json ?? .null),
      .init("tie_word_embeddings", .bool(configuration.tiesEmbeddings)),
      .init("bos_token_id", beginning.map { .integer(Int($0)) } ?? .null),
      .init("eos_token_id", .array(ends.map { .integer(Int($0)) })),
      .init("compression", compression),
    ])
  }

  private var compression: JSON {
    .object([
      .init("family", .string(shape.configuration.family.rawValue)),
      .init("feed_forward_widths", .array(shape.widths.map { .integer($0) })),
      .init("biased_layers", .array(shape.biasedLayers.sorted().map { .integer($0) })),
      .init(
        "ranks",
        .object(
          shape.ranks.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .integer($0.value)) })),
      .init("sparse", .array(sparse.map { .string($0) })),
      .init("int8", .array(rounded.map { .string($0) })),
    ])
  }
}
