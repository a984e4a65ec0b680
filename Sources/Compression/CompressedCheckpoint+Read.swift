import Calibration
import Experts
import Foundation
import Quantization
import Safetensors
import Tensors
import Transformer

extension CompressedCheckpoint {
  /// Reads the model in `folder`, in either form.
  ///
  /// - Throws: `CheckpointError` for a missing, damaged or contradictory file, with what is wrong. Nothing
  ///   is allocated for a model whose file is too small to hold it.
  public init(contentsOf folder: URL) throws(CheckpointError) {
    let hub = try HubConfiguration(contentsOf: folder.appending(path: "config.json"))
    guard hub.modelType == CompressedConfiguration.modelType else {
      let checkpoint = try Checkpoint(contentsOf: folder, among: .all)
      self.init(checkpoint.model, beginning: checkpoint.beginning, ends: checkpoint.ends)
      return
    }
    let configuration = try CompressedConfiguration(hub)
    do {
      let directory = try SafetensorsDirectory(folder)
      try requireRoom(for: configuration, in: directory)
      let model = try configuration.shape.zeros()
      var masks = SparsityMasks()
      var known: Set<String> = []
      let (sparse, eights) = (Set(configuration.sparse), Set(configuration.rounded))
      var rounded: [String: Int8Matrix] = [:]
      for parameter in model.liveParameters {
        let name = parameter.name
        let (isSparse, isRounded) = (sparse.contains(name), eights.contains(name))
        guard isSparse || isRounded else {
          let floats = try directory.tensor(named: name, shape: parameter.shape.dimensions).floats()
          parameter.set(Tensor(parameter.shape, floats))
          known.insert(name)
          continue
        }
        let matrix = try StoredMatrix(
          name, rows: parameter.shape[0], columns: parameter.shape[1], isSparse: isSparse,
          isRounded: isRounded, from: directory)
        parameter.set(Tensor(parameter.shape, matrix.weights))
        masks[name] = matrix.mask
        rounded[name] = matrix.rounded
        known.formUnion(StoredMatrix.names(name, isSparse: isSparse, isRounded: isRounded))
      }
      if let surplus = directory.tensors.first(where: { !known.contains($0.name) }) {
        throw CompressionError("\(surplus.name) is not a tensor of such a model")
      }
      self.init(
        model, masks: masks, rounded: rounded, beginning: configuration.beginning,
        ends: configuration.ends)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
  }
}

/// Refuses a configuration of a model that is larger than what the files hold.
private func requireRoom(
  for configuration: CompressedConfiguration, in directory: SafetensorsDirectory
) throws(CompressionError) {
  // A sparse matrix may be all zeros, but has its bits; one of eight bits a quarter of the bytes.
  var saved = 0.0
  let (sparse, rounded) = (Set(configuration.sparse), Set(configuration.rounded))
  for name in sparse.union(rounded) {
    let (outputs, inputs) = configuration.matrices[name] ?? (0, 0)
    saved += Double(outputs) * Double(inputs) * (sparse.contains(name) ? 4 - 1 / 8 : 3)
  }
  let (live, dead) = configuration.shape.counts
  let needed = 4 * live - saved
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
