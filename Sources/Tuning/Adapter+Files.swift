import Files
import Foundation
import Safetensors
import StrictJSON
import Tensors
import Transformer

// An adapter in the form in which adapters are published: a folder with `adapter_config.json` and
// `adapter_model.safetensors`. What is written here loads in `peft` and in what serves its adapters,
// and the reverse.

extension Adapter {
  static let configurationFile = "adapter_config.json"
  static let weightsFile = "adapter_model.safetensors"

  /// What stands before the names in a file, where `peft` keeps the base.
  private static let prefix = "base_model.model."

  /// Under which name the metadata of the weights hold the fingerprint of the base.
  private static let baseKey = "espalier_base"

  /// Writes the adapter into `folder`, which is made if it does not exist. Each file is replaced as
  /// a whole or not at all.
  ///
  /// - Parameter baseName: where others find the base: a path, or a name on a hub.
  public func write(to folder: URL, baseName: String? = nil) throws(CheckpointError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try parameters.withValues { values in
        try SafetensorsFile.write(
          values.map { TensorView(Self.prefix + $0.name, $0.shape.dimensions, floats: $0.base) },
          metadata: ["format": "pt", Self.baseKey: baseFingerprint],
          to: folder.appending(path: Self.weightsFile))
      }
      try AtomicFile.write(
        Data(configuration.json(baseName: baseName).description.utf8),
        to: folder.appending(path: Self.configurationFile))
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
  }

  /// Reads the adapter in `folder`, beside `base`, which is frozen.
  ///
  /// Nothing is allocated before every tensor is known to be there and to fit the base.
  ///
  /// - Parameters:
  ///   - seed: of dropout, if the adapter goes on learning.
  ///   - checksBase: whether an adapter that was written here for other weights is refused. One
  ///     from elsewhere does not say which weights it was made for.
  /// - Throws: if a file is missing or damaged, if a feature is not supported, or if the adapter
  ///   belongs to another base: by the fingerprint, the names or the shapes.
  public convenience init(
    contentsOf folder: URL, for base: Transformer, seed: UInt64 = 0, checksBase: Bool = true
  ) throws(CheckpointError) {
    let configuration = try LoRAConfiguration(
      HubConfiguration(
        contentsOf: folder.appending(path: Self.configurationFile), of: "an adapter"))
    let linears = base.linears
    if let objection = configuration.objection(among: linears.map(\.name)) {
      throw CheckpointError(folder.appending(path: Self.configurationFile).path, objection)
    }
    let weights = folder.appending(path: Self.weightsFile)
    var stored: [String: StoredTensor] = [:]
    do {
      let file = try SafetensorsFile(weights)
      let fingerprint = base.parameters.fingerprint
      if checksBase, let made = file.metadata[Self.baseKey], made != fingerprint {
        throw CheckpointError(
          weights.path,
          "was made for a base with other weights: their fingerprint is \(quoted(made)), and that "
            + "of this base is \"\(fingerprint)\"")
      }
      for (name, shape) in linears where configuration.adapts(name) {
        let rank = configuration.rank(of: name)
        for (matrix, shape) in [("lora_A", [rank, shape[1]]), ("lora_B", [shape[0], rank])] {
          let name = "\(name).\(matrix).weight"
          stored[name] = try file.tensor(named: Self.prefix + name, shape: shape)
        }
      }
      for tensor in file.tensors {
        let name = String(tensor.name.dropFirst(Self.prefix.count))
        if tensor.name.hasPrefix(Self.prefix), stored[name] != nil { continue }
        try Self.checkCopy(tensor, in: base, file: weights.path)
      }
      let values = try stored.mapValues { try $0.floats() }
      self.init(base, configuration, seed: seed)
      for parameter in parameters.all {
        parameter.set(Tensor(parameter.shape, values[parameter.name]!))
      }
    } catch let error as CheckpointError {
      throw error
    } catch let error as SafetensorsError {
      throw CheckpointError(weights.path, at: error.tensor, "\(error.problem)")
    } catch {
      throw CheckpointError(weights.path, "\(error)")
    }
  }

  /// Throws unless the surplus tensor is a copy of a weight of the base: `peft` adds that of an
  /// adapted head.
  private static func checkCopy(
    _ tensor: StoredTensor, in base: Transformer, file: String
  ) throws {
    let shown = String(tensor.name.prefix(120)).debugDescription
    let name = tensor.name.dropFirst(prefix.count).replacing(".base_layer.", with: ".")
    guard tensor.name.hasPrefix(prefix), tensor.name.contains(".base_layer."),
      let parameter = base.parameters.all.first(where: { $0.name == name }),
      parameter.shape.dimensions == tensor.shape
    else {
      throw CheckpointError(
        file, at: shown, "belongs to no layer of the base that is a target")
    }
    if try tensor.floats() != parameter.tensor.floats {
      throw CheckpointError(
        file, at: shown, "is not the weight of this base, which must stay as it is")
    }
  }
}
