import Calibration
import Compression
import Distillation
import Factorizations
import Finishing
import Quantization
import Tensors
import Training
import Transformer

/// How the weights of the finished model come to their levels, where the format has few of them.
public enum RoundingMethod: String, Codable, Hashable, Sendable, CaseIterable {
  /// Each weight goes to the nearest level.
  case nearest
  /// Channels with large activations are scaled up before, and down after (AWQ).
  case scaled
  /// The later columns of a matrix make up for the errors of the earlier ones (GPTQ).
  case compensated
  /// The weights are trained to be rounded, by distillation with a straight-through gradient.
  case trained
}

extension FinishedModel {
  /// The finished model with units that are zero, so that the rows of all its matrices are whole blocks.
  public func padded() throws -> Transformer { try model.paddedUnits(to: 32) }

  /// The finished model with all its weights in blocks of `format`.
  ///
  /// - Parameters:
  ///   - version: a version of it to be rounded instead; nothing is changed in it.
  ///   - onStep: called after each step of training.
  /// - Returns: the model, ready to run and to be written as GGUF, and how many tokens were looked at
  ///   and learned.
  public func rounded(
    _ method: RoundingMethod, to format: BlockFormat, _ effort: Effort,
    of version: Transformer? = nil, learningRate: Double = 3e-5,
    onStep: (Distiller.Report) -> Void = { _ in }
  ) throws -> (model: Transformer, tokens: Int) {
    let padded = try (version ?? model).paddedUnits(to: 32)
    switch method {
    case .nearest: return (try padded.roundedToNearest(format), 0)
    case .scaled:
      let calibration = try calibration(of: padded, effort)
      try padded.protectChannels(calibration, format)
      return (try padded.roundedToNearest(format), calibration.tokens)
    case .compensated:
      let calibration = try calibration(of: padded, effort)
      return (try padded.compensated(calibration, format), calibration.tokens)
    case .trained:
      let student = try padded.learningRounded { name, weight throws(QuantizationError) in
        let isTable = name == padded.embedding.name
        return try BlockMatrix(rounding: weight, to: isTable ? .q80 : format).decoded()
      }
      // Nearly right from the start, it needs small steps and few texts.
      var effort = effort
      effort.textsAtOnce = max(1, effort.textsAtOnce / 4)
      let tokens = try heal(student, effort, learningRate: learningRate, onStep: onStep)
      return (try padded.roundedToNearest(format), tokens)
    }
  }
}

extension Transformer {
  /// A copy with every matrix in blocks, each weight at the nearest level.
  ///
  /// The table of embeddings is in Q8_0 whatever the format: what is lost in it is lost at the
  /// beginning of everything, and it is a small part of the model.
  public func roundedToNearest(_ format: BlockFormat) throws -> Transformer {
    try inBlocks { _, weight throws(QuantizationError) in
      try BlockMatrix(rounding: weight, to: format)
    }
  }

  /// A copy with every matrix in the blocks that `make` gives for its name and value, and the table of
  /// embeddings in Q8_0.
  private func inBlocks(
    _ make: (_ name: String, _ weight: Tensor) throws(QuantizationError) -> BlockMatrix
  ) throws -> Transformer {
    let model = try duplicate()
    let table = try BlockMatrix(rounding: embedding.tensor, to: .q80)
    // What a token looks up is what the file has.
    model.embedding.set(table.decoded())
    return try model.replacingWeights { name, weight throws(QuantizationError) in
      BlockProjection(name == embedding.name ? table : try make(name, weight))
    }
  }

  /// A copy with every matrix in blocks, rounded by GPTQ. A head, of which no inputs are known, goes to
  /// the nearest levels.
  func compensated(_ calibration: Calibration, _ format: BlockFormat) throws -> Transformer {
    var uppers: [String: [Double]] = [:]
    for (name, weight) in try denseLinears() where name != "lm_head" {
      uppers[weight.name] = try InverseFactor(calibration.inputs(of: name).gram).upper.elements
    }
    return try inBlocks { name, weight throws(QuantizationError) in
      guard let upper = uppers[name] else { return try BlockMatrix(rounding: weight, to: format) }
      return try BlockMatrix(compensating: weight, upper: upper, to: format)
    }
  }

  /// Scales the channels of all norms by what AWQ finds best; the function stays the same.
  func protectChannels(_ calibration: Calibration, _ format: BlockFormat) throws {
    for (layer, block) in blocks.enumerated() {
      for (site, name) in [
        (ChannelSite.attention, "self_attn.q_proj"), (.feedForward, "mlp.gate_proj"),
      ] {
        let inputs = try calibration.inputs(of: "model.layers.\(layer).\(name)")
        let scaling = try ActivationAwareScaling(
          block.channels(site).weights.map(\.tensor), meanMagnitudes: inputs.meanMagnitudes,
          gram: inputs.gram.elements
        ) { weight throws(QuantizationError) in
          try BlockMatrix(rounding: weight, to: format).decoded()
        }
        try block.scaleChannels(site, by: scaling.scales)
      }
    }
  }
}
