import Calibration
import Experts
import Tensors
import Transformer

/// Everything about a model but its weights, where compression may have given each layer a shape of its
/// own.
///
/// A compression computes new weights by name and a new shape, and puts the two together; the model it
/// began with is never touched.
public struct ModelShape: Equatable, Sendable {
  /// Its `feedForwardWidth` is that of the widest dense layer.
  public var configuration: Configuration

  /// The inner width of the feed-forward layer of each block; that of an expert where it is a mixture.
  public var widths: [Int]

  /// The blocks whose feed-forward layer has a bias.
  public var biasedLayers: Set<Int> = []

  /// The ranks of the factorised layers, by name.
  public var ranks: [String: Int] = [:]

  /// What the mixtures are, if there are any.
  public var mixture: MixtureConfiguration?

  /// What the parts of the mixtures are called.
  var names = MixtureNames()

  /// The shape of `model`.
  ///
  /// - Throws: `CompressionError` if it has layers of a kind that is not known here.
  public init(of model: Transformer) throws(CompressionError) {
    configuration = model.configuration
    widths = []
    for (index, block) in model.blocks.enumerated() {
      switch block.feedForward {
      case let layer as FeedForward: widths.append(layer.gate.projection.shape[0])
      case let layer as ShapedFeedForward:
        widths.append(layer.dense.gate.projection.shape[0])
        if layer.bias != nil { biasedLayers.insert(index) }
      case let layer as MixtureOfExperts:
        widths.append(layer.configuration.expertWidth)
        mixture = layer.configuration
      default:
        throw CompressionError(
          "layer \(index) is a \(type(of: block.feedForward)), which cannot be compressed; "
            + "compress the model that it was made from")
      }
    }
    if mixture != nil { names = try mixtureNames(of: model) }
    var copy = model
    var foreign: (any Projection)?
    copy.forEachLinear { linear in
      if let factored = linear.projection as? FactoredProjection {
        ranks[factored.name] = factored.rank
      } else if !(linear.projection is DenseProjection) {
        foreign = foreign ?? linear.projection
      }
    }
    if let foreign {
      throw CompressionError(
        "a layer \(foreign.shape) is a \(type(of: foreign)); begin with the model before that")
    }
  }

  /// Whether the model is one of a published family, as far as its shape goes.
  public var isOrdinary: Bool {
    ranks.isEmpty && biasedLayers.isEmpty
      && (mixture != nil || widths.allSatisfy { $0 == configuration.feedForwardWidth })
  }

  /// Sets the widths of the dense layers.
  mutating func setWidths(_ widths: [Int]) {
    self.widths = widths
    configuration.feedForwardWidth = widths.max() ?? configuration.feedForwardWidth
  }
}

/// Which of the known families' names a mixture goes by.
private func mixtureNames(of model: Transformer) throws(CompressionError) -> MixtureNames {
  let known = Set(model.parameters.all.map(\.name))
  for names in [MixtureNames.qwen2, .mixtral, .llama4] {
    let expert = "\(names.layer).\(names.experts).0.\(names.expert.gate).weight"
    if known.contains(where: { $0.hasSuffix(expert) }) { return names }
  }
  throw CompressionError(
    "the experts have names of no known family; make the model with MixtureNames of one")
}
