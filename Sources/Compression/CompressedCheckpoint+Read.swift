import Calibration
import Experts
import Foundation
import Safetensors
import StrictJSON
import Tensors
import Transformer

extension CompressedCheckpoint {
  /// Reads the model in `folder`, in either form.
  ///
  /// - Throws: `CheckpointError` for a missing, damaged or contradictory file, with what is wrong. Nothing
  ///   is allocated for a model whose file is too small to hold it.
  public init(contentsOf folder: URL) throws(CheckpointError) {
    let file = folder.appending(path: "config.json")
    let bytes = try configurationBytes(file)
    guard isOurs(bytes) else {
      let checkpoint = try Checkpoint(contentsOf: folder, among: .all)
      self.init(checkpoint.model, beginning: checkpoint.beginning, ends: checkpoint.ends)
      return
    }
    let configuration = try CompressedConfiguration(parsing: bytes, file: file.path)
    do {
      let directory = try SafetensorsDirectory(folder)
      try requireRoom(for: configuration, in: directory)
      let model = try configuration.shape.zeros()
      var masks = SparsityMasks()
      var known: Set<String> = []
      let sparse = Set(configuration.sparse)
      for parameter in model.liveParameters {
        let name = parameter.name
        guard sparse.contains(name) else {
          let floats = try directory.tensor(named: name, shape: parameter.shape.dimensions).floats()
          parameter.set(Tensor(parameter.shape, floats))
          known.insert(name)
          continue
        }
        let tensor = try SparseTensor(
          name, rows: parameter.shape[0], columns: parameter.shape[1], from: directory)
        parameter.set(Tensor(parameter.shape, tensor.weights))
        masks[name] = tensor.mask
        known.formUnion(["\(name).mask", "\(name).values"])
      }
      if let surplus = directory.tensors.first(where: { !known.contains($0.name) }) {
        throw CompressionError("\(surplus.name) is not a tensor of such a model")
      }
      self.init(
        model, masks: masks, beginning: configuration.beginning, ends: configuration.ends)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
  }
}

private func configurationBytes(_ file: URL) throws(CheckpointError) -> [UInt8] {
  guard let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize, size <= 1 << 20,
    let data = try? Data(contentsOf: file)
  else {
    throw CheckpointError(
      file.path, "cannot be read or is too large; is this the folder of a model?")
  }
  return [UInt8](data)
}

/// Whether a configuration is in the form of our own. One that cannot be read is left to the reader of
/// published families to complain about.
private func isOurs(_ bytes: [UInt8]) -> Bool {
  guard let json = try? JSON(parsing: bytes), case .string(let kind)? = json["model_type"] else {
    return false
  }
  return kind == CompressedConfiguration.modelType
}

/// Refuses a configuration of a model that is larger than what the files hold.
private func requireRoom(
  for configuration: CompressedConfiguration, in directory: SafetensorsDirectory
) throws(CompressionError) {
  let sparse = configuration.sparse.reduce(0.0) { sum, name in
    let (outputs, inputs) = configuration.shape.linears[String(name.dropLast(7))] ?? (0, 0)
    return sum + Double(outputs * inputs)
  }
  // A sparse matrix may be all zeros, but has its bits.
  let (live, dead) = configuration.shape.counts
  let needed = 4 * (live - sparse) + sparse / 8
  let held = directory.tensors.reduce(0.0) { $0 + Double($1.byteCount) }
  guard held >= needed else {
    throw CompressionError(
      "config.json describes a model of at least \(Int(needed)) bytes, and the tensors hold \(Int(held))"
    )
  }
  guard dead <= 0x1p28 else {
    throw CompressionError("the factorised matrices of attention are too large to be held whole")
  }
}
