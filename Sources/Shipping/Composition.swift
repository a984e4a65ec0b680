import Calibration
import Compression
import Finishing
import Tensors
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

  /// The finished model with fewer units, as it is and repaired. Nothing is trained yet.
  ///
  /// - Returns: the stages, and how many tokens were looked at.
  public func narrowing(
    of finished: FinishedModel, _ effort: Effort
  ) throws -> (stages: [Stage], tokens: Int) {
    let calibration = try finished.calibration(of: finished.model, effort)
    var pruning = ActivationPruning(.contribution, .width(units))
    let narrow = try pruning(finished.model, calibration)
    pruning.repair = .leastSquares
    let repaired = try pruning(finished.model, calibration)
    let stages = try [
      ("nothing", finished.model), ("units gone", narrow), ("repaired", repaired),
    ].map { try Stage($0, $1, of: finished) }
    return (stages, calibration.tokens)
  }

  /// What follows when the model has been healed.
  ///
  /// - Parameters:
  ///   - healed: the healed model; it stays as it is.
  ///   - onStep: called after each step of training.
  /// - Returns: the stages, and how many tokens were looked at and learned.
  public func finishing(
    _ healed: Transformer, of finished: FinishedModel, _ effort: Effort, onStep: () -> Void = {}
  ) throws -> (stages: [Stage], tokens: Int) {
    require(
      try ModelShape(of: healed).widths.allSatisfy { $0 == units },
      "a model with other than \(units) units a layer is finished as one with so many")
    var stages = [try Stage("healed", healed, of: finished)]
    var tokens = 0
    var (model, masks) = (healed, SparsityMasks())
    if let zeros {
      let calibration = try finished.calibration(of: healed, effort)
      let sparse = try ZeroPruning(.sparseGPT, zeros)(healed, calibration)
      (model, masks) = (sparse.model, sparse.masks)
      stages.append(try Stage("zeros", model, masks, of: finished))
      tokens += calibration.tokens
      tokens += try finished.heal(model, effort, afterStep: masks.apply(to: model)) { _ in
        onStep()
      }
      stages.append(try Stage("healed again", model, masks, of: finished))
    }
    if isRounded {
      let rounded = CompressedCheckpoint(
        model, masks: masks, rounded: try model.eightBits(), ends: [finished.end])
      stages.append(Stage(name: "eight bits", checkpoint: rounded))
    }
    return (stages, tokens)
  }

  /// All stages, one after the other; the last is what is shipped.
  ///
  /// - Parameter onStep: called after each step of training.
  /// - Returns: the stages, and how many tokens were looked at and learned.
  public func stages(
    of finished: FinishedModel, _ effort: Effort, onStep: () -> Void = {}
  ) throws -> (stages: [Stage], tokens: Int) {
    let first = try narrowing(of: finished, effort)
    let model = try first.stages.last!.checkpoint.model.duplicate()
    let learned = try finished.heal(model, effort, onStep: { _ in onStep() })
    let last = try finishing(model, of: finished, effort, onStep: onStep)
    return (first.stages + last.stages, first.tokens + learned + last.tokens)
  }
}

extension Composition.Stage {
  /// A copy of `model` as it is now, since training goes on in place.
  fileprivate init(
    _ name: String, _ model: Transformer, _ masks: SparsityMasks = SparsityMasks(),
    of finished: FinishedModel
  ) throws {
    self.init(
      name: name,
      checkpoint: CompressedCheckpoint(try model.duplicate(), masks: masks, ends: [finished.end]))
  }
}
