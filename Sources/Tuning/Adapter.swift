import Tensors
import Transformer

/// A few new parameters beside the layers of a model, which learn while the model stays as it is.
///
///     let adapter = Adapter(base, LoRAConfiguration(rank: 8, alpha: 16), seed: 1)
///     try Trainer(adapter, options, batch: batch).run()
///     Writer(adapter.model)(prompts)
///
/// It costs a hundredth of the memory of the gradients and averages, and a file of a hundredth of
/// the size; and thousands of adapters can share one base.
public final class Adapter {
  public let configuration: LoRAConfiguration

  /// Where its random numbers come from.
  public let seed: UInt64

  /// The model that is adapted, which is frozen: `parameters.unfreeze()` makes it learn again.
  public let base: Transformer

  /// The base with the adapter at work. Its `parameters` are those of the base.
  public let model: Transformer

  /// What is learned: `model.layers.0.self_attn.q_proj.lora_A.weight`, and so on.
  public let parameters: Parameters

  /// Sixteen hexadecimal digits that tell whether two bases have the same weights.
  public let baseFingerprint: String

  private let projections: [LoRAProjection]

  /// A new adapter, whose model answers as the base does, to the bit, until it has learned.
  ///
  /// - Parameters:
  ///   - base: any model; it is frozen. Several adapters may share it.
  ///   - configuration: must name at least one linear layer of the base.
  ///   - seed: of the initial values and of dropout.
  public init(_ base: Transformer, _ configuration: LoRAConfiguration, seed: UInt64) {
    let objection = configuration.objection(among: base.linears.map(\.name))
    require(objection == nil, "LoRA: \(objection ?? "")")
    self.base = base
    self.configuration = configuration
    self.seed = seed
    baseFingerprint = base.parameters.fingerprint
    base.parameters.freeze()
    let parameters = Parameters()
    let scope = Scope(parameters, seed: seed)
    var projections: [LoRAProjection] = []
    var model = base
    model.forEachLinear { linear in
      guard configuration.adapts(linear.name) else { return }
      let projection = LoRAProjection(
        linear.projection, rank: configuration.rank(of: linear.name),
        scale: configuration.scale(of: linear.name), dropout: configuration.dropout,
        scope / linear.name)
      projections.append(projection)
      linear.projection = projection
    }
    self.model = model
    self.parameters = parameters
    self.projections = projections
  }

  /// How many numbers are learned.
  public var parameterCount: Int { parameters.all.reduce(0) { $0 + $1.shape.count } }

  /// Whether the weights of the base include the adapter at present.
  public var isMerged: Bool { projections.first?.isMerged ?? false }

  /// Adds the adapter to the weights of the base, which must be dense: then `base`, and whatever
  /// shares its parameters, is the adapted model, and costs no more than it did. Where the sums of
  /// the products round, the logits differ a little from those of the adapter at work.
  ///
  /// The old weights are kept, which takes their memory.
  public func merge() {
    for projection in projections { projection.merge() }
  }

  /// Puts the weights of the base back as they were, to the bit.
  public func unmerge() {
    for projection in projections { projection.unmerge() }
  }
}

extension Transformer {
  /// The names and shapes `[out, in]` of the linear layers of the blocks and, if there is one, of the
  /// head.
  var linears: [(name: String, shape: Shape)] {
    var copy = self
    var linears: [(name: String, shape: Shape)] = []
    copy.forEachLinear { linears.append(($0.name, $0.projection.shape)) }
    return linears
  }
}
