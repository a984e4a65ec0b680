import Foundation
import Quantization
import Tensors
import Text
import Transformer

/// A decoder as llama.cpp and what is built on it run it: one file with the weights, the sizes and the
/// tokenizer.
///
///     try GGUFModel(model, tokenizer: tokenizer, storing: .blocks(.q80)).write(to: url)
///     let again = try GGUFModel(contentsOf: url).model
///
/// Weights that are in blocks already, by whatever method they were rounded, are written as they are.
public struct GGUFModel {
  /// The decoder. Weights that the file has in blocks are projections of these; the parameters hold
  /// the floats that they stand for.
  public let model: Transformer

  /// Everything that the file says beside its tensors.
  public let entries: [GGUFEntry]

  /// How each tensor is stored, by its name in the file.
  public let types: [String: GGUFType]

  /// The weights that are in blocks, by the names of their parameters.
  private let blocks: [String: BlockMatrix]

  /// A model to be written.
  ///
  /// Vectors are stored as floats. So is, in half precision, a matrix whose rows do not fit blocks of
  /// `type`: `types` tells. Of a head that is the embedding table there is one copy, in the blocks of
  /// the head, if it has some: who reads the file looks tokens up in these.
  ///
  /// - Parameters:
  ///   - name: what the model is called.
  ///   - type: how dense matrices are stored.
  /// - Throws: `inexpressible` for a model or tokenizer that llama.cpp does not have.
  public init(
    _ model: Transformer, tokenizer: (any Tokenizer)? = nil, name: String = "espalier",
    storing type: GGUFType = .float32
  ) throws(GGUFError) {
    let configuration = model.configuration
    if let objection = objection(to: model) {
      throw GGUFError(.inexpressible(objection), file: name)
    }
    var types: [String: GGUFType] = [:]
    let blocks = blockMatrices(of: model)
    for tensor in namedTensors(of: configuration) {
      if tensor.shape.count == 1 {
        types[tensor.name] = .float32
      } else if let matrix = blocks[tensor.parameter] {
        types[tensor.name] = .blocks(matrix.format)
      } else {
        types[tensor.name] = type.byteCount(of: tensor.shape) == nil ? .float16 : type
      }
    }
    self.model = model
    self.types = types
    self.blocks = blocks
    entries =
      [
        GGUFEntry("general.architecture", .string(configuration.family.rawValue)),
        GGUFEntry("general.name", .string(name)),
        GGUFEntry("general.file_type", .uint32(fileType(types.values))),
        GGUFEntry("general.quantization_version", .uint32(2)),
      ] + configuration.entries
      + (try tokenizer.map { tokenizer throws(GGUFError) in
        try tokenizer.entries(vocabulary: configuration.vocabulary, path: name)
      } ?? [])
  }

  /// Reads the model in a file.
  ///
  /// - Throws: `GGUFError` for a damaged file, a missing, surplus or misshapen tensor, or a weight that
  ///   is not a number. Nothing is allocated for a model whose tensors are not all there.
  public init(contentsOf url: URL) throws(GGUFError) {
    let file = try GGUFFile(url)
    let configuration = try Configuration(file)
    // Before so many names are made: each layer has nine tensors at least.
    guard configuration.layers * 9 < file.tensors.count else {
      throw GGUFError(
        .unexpected("\(configuration.layers)", needed: "a layer for each nine tensors"),
        file: file.path, at: .key("\(configuration.family.rawValue).block_count"))
    }
    let named = namedTensors(of: configuration)
    for tensor in named { _ = try file.tensor(named: tensor.name, shape: tensor.shape) }
    let names = Set(named.map(\.name))
    if let other = file.tensors.first(where: { !names.contains($0.name) }) {
      throw GGUFError(
        .unexpected("a tensor of another model", needed: "nothing"), file: file.path,
        at: .tensor(other.name))
    }
    let dense = Transformer(configuration, seed: nil)
    let parameters = Dictionary(uniqueKeysWithValues: dense.parameters.all.map { ($0.name, $0) })
    var blocks: [String: BlockMatrix] = [:]
    for tensor in named {
      let stored = try file.tensor(named: tensor.name)
      let parameter = parameters[tensor.parameter]!
      var floats = try stored.floats()
      if let heads = tensor.interleavedHeads {
        floats = separated(floats, rows: tensor.shape[0], heads: heads)
      }
      parameter.set(Tensor(parameter.shape, floats))
      if case .blocks(let format) = stored.type, tensor.shape.count == 2 {
        var bytes = try stored.bytes()
        if let heads = tensor.interleavedHeads {
          bytes = separated(bytes, rows: tensor.shape[0], heads: heads)
        }
        // The shape was checked when the file was opened.
        blocks[tensor.parameter] = try! BlockMatrix(
          format, rows: tensor.shape[0], columns: tensor.shape[1], bytes: bytes)
      }
    }
    // Nothing is rounded, so nothing can fail.
    let matrices = blocks
    model = try! dense.replacingWeights { name, _ throws(QuantizationError) in
      matrices[name].map(BlockProjection.init)
    }
    self.blocks = blocks
    entries = file.entries
    types = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.type) })
  }

  /// Writes the file, which appears complete or not at all. A model that was read from a file that was
  /// written here gives the same bytes again.
  public func write(to url: URL) throws(GGUFError) {
    let parameters = Dictionary(uniqueKeysWithValues: model.parameters.all.map { ($0.name, $0) })
    let outputs = namedTensors(of: model.configuration).map { tensor in
      let type = types[tensor.name]!
      return GGUFOutput(tensor.name, type, tensor.shape) { () throws(GGUFError) in
        var bytes: [UInt8]
        if let matrix = blocks[tensor.parameter] {
          bytes = matrix.bytes
        } else {
          do throws(QuantizationError) {
            bytes = try encoded(parameters[tensor.parameter]!.tensor, as: type)
          } catch {
            throw GGUFError(
              .inexpressible(error.description), file: url.path, at: .tensor(tensor.name))
          }
        }
        return tensor.interleavedHeads.map {
          interleaved(bytes, rows: tensor.shape[0], heads: $0)
        } ?? bytes
      }
    }
    try GGUFFile.write(entries, outputs, to: url)
  }
}

/// The bytes of a dense weight.
private func encoded(_ weight: Tensor, as type: GGUFType) throws(QuantizationError) -> [UInt8] {
  switch type {
  case .float32: weight.floats.flatMap { bytes($0.bitPattern) }
  case .float16: try narrowed(toHalves: weight.floats)
  case .blocks(let format): try BlockMatrix(rounding: weight, to: format).bytes
  }
}

/// Why llama.cpp has no such model, nil if it has.
private func objection(to model: Transformer) -> String? {
  let configuration = model.configuration
  if configuration.rotaryScaling != nil { return "rotary embeddings are scaled" }
  if configuration.attention != .init() { return "attention has other than the usual parts" }
  if model.blocks.contains(where: { !($0.feedForward is FeedForward) }) {
    return "a feed-forward layer is not a dense one"
  }
  let odd = projections(of: model).first {
    !($0.projection is DenseProjection || $0.projection is BlockProjection)
  }
  return odd.map { "\($0.parameter) is neither dense nor in blocks" }
}

/// The projections of a decoder, by the names of the weights that they stand for.
private func projections(
  of model: Transformer
) -> [(parameter: String, projection: any Projection)] {
  var result: [(parameter: String, projection: any Projection)] = []
  for (layer, block) in model.blocks.enumerated() {
    let scope = "model.layers.\(layer)"
    let attention = block.attention
    for (name, linear) in [
      ("q", attention.query), ("k", attention.key), ("v", attention.value), ("o", attention.output),
    ] {
      result.append(("\(scope).self_attn.\(name)_proj.weight", linear.projection))
    }
    guard let feedForward = block.feedForward as? FeedForward else { continue }
    for (name, linear) in [
      ("gate", feedForward.gate), ("up", feedForward.up), ("down", feedForward.down),
    ] {
      result.append(("\(scope).mlp.\(name)_proj.weight", linear.projection))
    }
  }
  if let head = model.head {
    let table = model.configuration.tiesEmbeddings
    result.append((table ? "model.embed_tokens.weight" : "lm_head.weight", head.projection))
  }
  return result
}

/// The weights of a decoder that are in blocks, by their names.
private func blockMatrices(of model: Transformer) -> [String: BlockMatrix] {
  projections(of: model).reduce(into: [:]) { matrices, layer in
    matrices[layer.parameter] = (layer.projection as? BlockProjection)?.matrix
  }
}

/// llama.cpp's number for the type of most weights.
private func fileType(_ types: some Sequence<GGUFType>) -> UInt32 {
  var counts: [GGUFType: Int] = [:]
  for type in types where type != .float32 { counts[type, default: 0] += 1 }
  let most = counts.max { ($0.value, $1.key.code) < ($1.value, $0.key.code) }?.key ?? .float32
  return switch most {
  case .float32: 0
  case .float16: 1
  case .blocks(.q40): 2
  case .blocks(.q80): 7
  case .blocks(.q4K): 15
  }
}
