import Calibration
import Experts
import Foundation
import Safetensors
import StrictJSON
import Tensors
import Transformer

/// A compressed model in a folder: as one of a published family if it still is one, which any program
/// reads, and otherwise in a form of our own, which other programs refuse by name.
///
///     try CompressedCheckpoint(sparse.model, masks: sparse.masks).write(to: folder)
///     let copy = try CompressedCheckpoint(contentsOf: folder)
///
/// Removed heads, experts and layers, and equal widths, give ordinary checkpoints. Layers of different
/// widths, biases, factors, and zeros that are to take no room do not.
public struct CompressedCheckpoint {
  public let model: Transformer

  /// Which matrices are stored as mask and values.
  public let masks: SparsityMasks

  /// The token that begins a text, if the model wants one, and those that end one.
  public let beginning: Int32?
  public let ends: [Int32]

  /// - Parameter masks: where the zeros are; none stores them like other numbers.
  public init(
    _ model: Transformer, masks: SparsityMasks = SparsityMasks(), beginning: Int32? = nil,
    ends: [Int32] = []
  ) {
    self.model = model
    self.masks = masks
    self.beginning = beginning
    self.ends = ends
  }

  /// Writes the model into `folder`, which is made if it does not exist. Each file is replaced as a whole
  /// or not at all.
  ///
  /// - Throws: `CheckpointError` if the model cannot be stored in either form, if a weight that a mask
  ///   says is gone is not zero, or if the folder cannot be written.
  public func write(to folder: URL) throws(CheckpointError) {
    let shape: ModelShape
    do {
      shape = try ModelShape(of: model)
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
    if shape.isOrdinary && masks.isEmpty {
      return try Checkpoint(model, beginning: beginning, ends: ends).write(to: folder, among: .all)
    }
    if let objection = CompressedConfiguration.objection(to: shape) {
      throw CheckpointError(folder.path, objection)
    }
    let live = model.liveParameters
    var sparse: [String: SparseTensor] = [:]
    for parameter in live {
      guard let mask = masks[parameter.name] else { continue }
      guard let tensor = SparseTensor(parameter.tensor.floats, mask) else {
        throw CheckpointError(
          folder.path, at: parameter.name,
          "a weight that the mask says is gone is not zero; apply the masks after each step")
      }
      sparse[parameter.name] = tensor
    }
    let configuration = CompressedConfiguration(
      shape, sparse: sparse.keys.sorted(), beginning: beginning, ends: ends)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(live, sparse, to: folder.appending(path: SafetensorsDirectory.fileName))
      try AtomicFile.write(
        Data("\(configuration.json)".utf8), to: folder.appending(path: "config.json"))
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
  }

  private func write(
    _ live: [Parameter], _ sparse: [String: SparseTensor], to url: URL
  ) throws(SafetensorsError) {
    // Views do not keep what they look at alive; these arrays do.
    let stored = sparse.sorted { $0.key < $1.key }
    let bits = UnsafeMutableBufferPointer<UInt8>.allocate(
      capacity: stored.reduce(0) { $0 + $1.value.bits.count })
    defer { bits.deallocate() }
    var views: [TensorView] = []
    var start = 0
    for (name, tensor) in stored {
      let own = start..<start + tensor.bits.count
      start = own.upperBound
      let slice = UnsafeMutableBufferPointer(rebasing: bits[own])
      _ = slice.initialize(from: tensor.bits)
      let width = tensor.bits.count / max(1, tensor.mask.rows)
      views.append(
        TensorView(
          "\(name).mask", [tensor.mask.rows, width], bytes: UnsafeRawBufferPointer(slice),
          as: .uint8))
      views.append(TensorView("\(name).values", [tensor.values.count]) { tensor.values })
    }
    for parameter in live where sparse[parameter.name] == nil {
      views.append(
        TensorView(parameter.name, parameter.shape.dimensions) { parameter.tensor.floats })
    }
    try SafetensorsFile.write(views, to: url)
  }
}
