import Foundation
import Safetensors
import StrictJSON
import Tensors

/// A model in the form in which models are published: a folder with `config.json`,
/// `model.safetensors` (or several shards) and `generation_config.json`, beside which a tokenizer
/// keeps its own files. What is written here loads in `transformers`, and the reverse.
public struct Checkpoint {
  public var model: Transformer

  /// The token that begins a text, if the model wants one.
  public var beginning: Int32?

  /// The tokens that end a text.
  public var ends: [Int32]

  public init(_ model: Transformer, beginning: Int32? = nil, ends: [Int32] = []) {
    self.model = model
    self.beginning = beginning
    self.ends = ends
  }

  /// Reads the model in `folder`.
  ///
  /// - Throws: `CheckpointError` for a missing, damaged or unsupported configuration, a missing or
  ///   surplus tensor, a wrong shape or data type, or a weight that is not a number. Nothing is
  ///   allocated for a model whose file is too small to hold it.
  public init(contentsOf folder: URL) throws(CheckpointError) {
    let hub = try HubConfiguration(contentsOf: folder.appending(path: "config.json"))
    var configuration = try hub.configuration()
    beginning = try hub.tokens("bos_token_id").first
    ends = try hub.tokens("eos_token_id")
    let tensors: SafetensorsDirectory
    do {
      tensors = try SafetensorsDirectory(folder)
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
    // Published files are not consistent: a head may be tied and yet be there, or the reverse.
    if !configuration.tiesEmbeddings && !tensors.contains("lm_head.weight") {
      configuration.tiesEmbeddings = true
    }
    let stored = tensors.tensors.reduce(0) { $0 + $1.count }
    guard stored >= configuration.parameterCount else {
      throw CheckpointError(
        folder.path,
        "config.json describes \(configuration.parameterCount) weights, and the tensors hold \(stored)"
      )
    }
    model = Transformer(configuration, seed: nil)
    for parameter in model.parameters.all {
      do {
        let tensor = try tensors.tensor(named: parameter.name, shape: parameter.shape.dimensions)
        parameter.set(Tensor(parameter.shape, try tensor.floats()))
      } catch {
        throw CheckpointError(folder.path, "\(error)")
      }
    }
    let known = Set(model.parameters.all.map(\.name) + ["lm_head.weight"])
    for tensor in tensors.tensors
    where !known.contains(tensor.name) && !tensor.name.hasSuffix("rotary_emb.inv_freq") {
      throw CheckpointError(folder.path, at: tensor.name, "is not a tensor of such a model")
    }
  }

  /// Writes the model into `folder`, which is made if it does not exist. Each file is replaced as a
  /// whole or not at all.
  public func write(to folder: URL) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile.write(
        Data(model.configuration.hubJSON(beginning: beginning, ends: ends).utf8),
        to: folder.appending(path: "config.json"))
      try AtomicFile.write(
        Data(generationJSON.utf8), to: folder.appending(path: "generation_config.json"))
      try model.parameters.withValues { views in
        try SafetensorsFile.write(
          views.map { TensorView($0.name, $0.shape.dimensions, floats: $0.base) },
          to: folder.appending(path: SafetensorsDirectory.fileName))
      }
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
  }

  private var generationJSON: String {
    var members: [JSON.Member] = []
    if let beginning { members.append(.init("bos_token_id", .integer(Int(beginning)))) }
    if !ends.isEmpty {
      members.append(.init("eos_token_id", .array(ends.map { .integer(Int($0)) })))
    }
    members.append(.init("do_sample", .bool(true)))
    return JSON.object(members).description
  }
}
