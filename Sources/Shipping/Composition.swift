import Calibration
import Compression
import Finishing
import Transformer

/// Techniques that go together, in the order in which they do: units first, since all that comes after
/// would be done for units that are gone; then zeros, whose choice looks at weights that are still
/// exact; then eight bits. What repairs comes right after what it repairs.
public struct Composition: Hashable, Sendable {
  /// How many hidden units each layer keeps.
  public var units: Int

  /// The zeros among the weights that are left; nil for none.
  public var zeros: Sparsity?

  /// Whether the weights end in eight bits.
  public var isRounded: Bool

  public init(units: Int, zeros: Sparsity? = nil, isRounded: Bool = true) {
    self.units = units
    self.zeros = zeros
    self.isRounded = isRounded
  }

  /// The finished model on its way.
  public struct Stage {
    /// What was done last.
    public let name: String

    /// The model as it could be written and run now.
    public let checkpoint: CompressedCheckpoint
  }

  /// All stages; the last is what is shipped.
  ///
  /// - Parameters:
  ///   - healed: the model as it is after its first healing, if that has been done; it stays as it is.
  ///   - onStep: called after each step of training.
  /// - Returns: the stages, and how many tokens were looked at and learned.
  public func stages(
    of finished: FinishedModel, healed: Transformer? = nil, _ effort: Effort,
    onStep: () -> Void = {}
  ) throws -> (stages: [Stage], tokens: Int) {
    var stages: [Stage] = []
    var tokens = 0
    func arrived(_ name: String, _ model: Transformer, _ masks: SparsityMasks = SparsityMasks())
      throws
    {
      // A copy, since healing goes on in place.
      let checkpoint = CompressedCheckpoint(
        try model.duplicate(), masks: masks, ends: [finished.end])
      stages.append(Stage(name: name, checkpoint: checkpoint))
    }
    func calibrated(_ model: Transformer) throws -> Calibration {
      let calibration = try finished.calibration(of: model, effort)
      tokens += calibration.tokens
      return calibration
    }
    func heal(_ model: Transformer, keeping masks: SparsityMasks = SparsityMasks()) throws {
      tokens += try finished.heal(model, effort, afterStep: masks.apply(to: model)) { _ in
        onStep()
      }
    }
    var pruning = ActivationPruning(.contribution, .width(units))
    let before = try calibrated(finished.model)
    try arrived("nothing", finished.model)
    try arrived("units gone", pruning(finished.model, before))
    pruning.repair = .leastSquares
    var model = try pruning(finished.model, before)
    try arrived("repaired", model)
    if let healed { model = healed } else { try heal(model) }
    try arrived("healed", model)
    var masks = SparsityMasks()
    if let zeros {
      let sparse = try ZeroPruning(.sparseGPT, zeros)(model, calibrated(model))
      (model, masks) = (sparse.model, sparse.masks)
      try arrived("zeros", model, masks)
      try heal(model, keeping: masks)
      try arrived("healed again", model, masks)
    }
    if isRounded {
      let rounded = CompressedCheckpoint(
        model, masks: masks, rounded: try model.eightBits(), ends: [finished.end])
      stages.append(Stage(name: "eight bits", checkpoint: rounded))
    }
    return (stages, tokens)
  }
}
