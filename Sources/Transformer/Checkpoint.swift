import Files
import Foundation
import Safetensors
import StrictJSON

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
  /// - Parameter architectures: the families that are known.
  /// - Throws: `CheckpointError` for a missing, damaged or unsupported configuration, a missing or
  ///   surplus tensor, a wrong shape or data type, or a weight that is not a number. Nothing is
  ///   allocated for a model whose file is too small to hold it.
  public init(
    contentsOf folder: URL, among architectures: [any Architecture] = .dense
  ) throws(CheckpointError) {
    let hub = try HubConfiguration(contentsOf: folder.appending(path: "config.json"))
    let architecture = try hub.architecture(among: architectures)
    var blueprint = try architecture.blueprint(hub)
    beginning = try hub.tokens("bos_token_id").first
    ends = try hub.tokens("eos_token_id")
    let directory: SafetensorsDirectory
    do {
      directory = try SafetensorsDirectory(folder)
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
    let prefix =
      architecture.prefix.map { prefix in
        directory.tensors.contains { $0.name.hasPrefix(prefix) } ? prefix : ""
      } ?? ""
    // Published files are not consistent: a head may be tied and yet be there, or the reverse.
    let head = prefix + "lm_head.weight"
    if !directory.contains(head) { blueprint.configuration.tiesEmbeddings = true }
    let stored = directory.tensors.filter { tensor in
      !architecture.foreignPrefixes.contains { tensor.name.hasPrefix($0) }
    }
    let count = stored.reduce(0) { $0 + $1.count }
    guard count >= blueprint.parameterCount else {
      throw CheckpointError(
        folder.path,
        "config.json describes \(blueprint.parameterCount) weights, and the tensors hold \(count)")
    }
    model = blueprint.make(blueprint.configuration)
    let tensors = CheckpointTensors(of: model, architecture)
    do {
      try tensors.read(from: directory, prefix: prefix)
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
    let known = Set(tensors.names.map { prefix + $0 } + [head])
    for tensor in stored
    where !known.contains(tensor.name) && !tensor.name.hasSuffix("rotary_emb.inv_freq") {
      throw CheckpointError(folder.path, at: tensor.name, "is not a tensor of such a model")
    }
  }

  /// Writes the model into `folder`, which is made if it does not exist. Each file is replaced as a
  /// whole or not at all.
  ///
  /// - Parameter architectures: the families that are known; the first of them that the model fits
  ///   is the one it is written as.
  /// - Throws: `CheckpointError` if the model fits none, with what keeps it from each, or if the
  ///   folder cannot be written.
  public func write(
    to folder: URL, among architectures: [any Architecture] = .dense
  ) throws(CheckpointError) {
    guard let architecture = architectures.first(where: { $0.objection(to: model) == nil }) else {
      let objections = architectures.map { "\($0.modelTypes[0]): \($0.objection(to: model) ?? "")" }
      throw CheckpointError(
        folder.path,
        "the model cannot be written as one of a published family; "
          + objections.joined(separator: "; "))
    }
    let json = model.configuration.hubJSON(
      architecture, members: architecture.members(for: model), beginning: beginning, ends: ends)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile.write(Data(json.utf8), to: folder.appending(path: "config.json"))
      try AtomicFile.write(
        Data(generationJSON.utf8), to: folder.appending(path: "generation_config.json"))
      try CheckpointTensors(of: model, architecture)
        .write(to: folder.appending(path: SafetensorsDirectory.fileName))
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
