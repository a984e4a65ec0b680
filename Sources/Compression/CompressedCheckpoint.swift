import Calibration
import Experts
import Files
import Foundation
import Quantization
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
/// widths, biases, factors, weights of eight bits, and zeros that are to take no room do not.
public struct CompressedCheckpoint {
  /// The model in floats.
  public let model: Transformer

  /// Which matrices are stored as mask and values.
  public let masks: SparsityMasks

  /// The weights that are stored in eight bits, by the names of their parameters. The parameters hold
  /// the floats that they stand for.
  public let rounded: [String: Int8Matrix]

  /// The token that begins a text, if the model wants one, and those that end one.
  public let beginning: Int32?
  public let ends: [Int32]

  /// - Parameters:
  ///   - masks: where the zeros are; none stores them like other numbers.
  ///   - rounded: what is to be stored in eight bits; the model's floats of these weights do not
  ///     matter.
  public init(
    _ model: Transformer, masks: SparsityMasks = SparsityMasks(),
    rounded: [String: Int8Matrix] = [:], beginning: Int32? = nil, ends: [Int32] = []
  ) {
    self.model = model
    self.masks = masks
    self.rounded = rounded
    self.beginning = beginning
    self.ends = ends
  }

  /// The model as it is to run: weights of eight bits are multiplied as such, by the kernel for two
  /// zeros among each four neighbours, for zeros anywhere, or for none.
  public var running: Transformer {
    // Nothing is rounded here, so nothing can fail.
    try! model.replacingWeights { name, _ throws(QuantizationError) in
      guard let matrix = rounded[name] else { return nil }
      guard masks[name] != nil else { return Int8Projection(matrix) }
      if let projection = try? TwoOfFourProjection(matrix) { return projection }
      return SparseInt8Projection(matrix)
    }
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
    if shape.isOrdinary && masks.isEmpty && rounded.isEmpty {
      return try Checkpoint(model, beginning: beginning, ends: ends).write(to: folder, among: .all)
    }
    if let objection = CompressedConfiguration.objection(to: shape) {
      throw CheckpointError(folder.path, objection)
    }
    let live = model.liveParameters
    var matrices: [String: StoredMatrix] = [:]
    for parameter in live {
      let name = parameter.name
      let (mask, codes) = (masks[name], rounded[name])
      if mask == nil && codes == nil { continue }
      let matrix =
        codes.map { StoredMatrix($0, mask) }
        ?? StoredMatrix(
          parameter.tensor.floats, rows: parameter.shape[0], columns: parameter.shape[1], mask!)
      guard let matrix else {
        throw CheckpointError(
          folder.path, at: name,
          "a weight that the mask says is gone is not zero; apply the masks after each step")
      }
      guard [matrix.rows, matrix.columns] == parameter.shape.dimensions else {
        throw CheckpointError(
          folder.path, at: name,
          "the codes are [\(matrix.rows), \(matrix.columns)], and the weights \(parameter.shape)")
      }
      matrices[name] = matrix
    }
    let configuration = CompressedConfiguration(
      shape, sparse: live.map(\.name).filter { masks[$0] != nil }.sorted(),
      rounded: live.map(\.name).filter { rounded[$0] != nil }.sorted(), beginning: beginning,
      ends: ends)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(live, matrices, to: folder.appending(path: SafetensorsDirectory.fileName))
      try AtomicFile.write(
        Data("\(configuration.json)".utf8), to: folder.appending(path: "config.json"))
    } catch {
      throw CheckpointError(folder.path, "\(error)")
    }
  }

  private func write(
    _ live: [Parameter], _ matrices: [String: StoredMatrix], to url: URL
  ) throws(SafetensorsError) {
    // Views do not keep what they look at alive; these do.
    var kept: [UnsafeMutableBufferPointer<UInt8>] = []
    defer { for buffer in kept { buffer.deallocate() } }
    func view(
      _ name: String, _ shape: [Int], _ bytes: some Collection<UInt8>, as type: DataType
    ) -> TensorView {
      let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
      _ = buffer.initialize(from: bytes)
      kept.append(buffer)
      return TensorView(name, shape, bytes: UnsafeRawBufferPointer(buffer), as: type)
    }
    var views: [TensorView] = []
    for (name, matrix) in matrices.sorted(by: { $0.key < $1.key }) {
      if let bits = matrix.bits {
        views.append(
          view("\(name).mask", [matrix.rows, bits.count / matrix.rows], bits, as: .uint8))
      }
      switch matrix.values {
      case .floats(let floats):
        views.append(TensorView("\(name).values", [floats.count]) { floats })
      case .int8(let codes, let scales):
        let shape = matrix.mask == nil ? [matrix.rows, matrix.columns] : [codes.count]
        views.append(
          view("\(name).values", shape, codes.lazy.map { UInt8(bitPattern: $0) }, as: .int8))
        views.append(TensorView("\(name).scales", [matrix.rows]) { scales })
      }
    }
    for parameter in live where matrices[parameter.name] == nil {
      views.append(
        TensorView(parameter.name, parameter.shape.dimensions) { parameter.tensor.floats })
    }
    try SafetensorsFile.write(views, to: url)
  }
}
