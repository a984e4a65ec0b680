import Calibration
import Tensors
import Transformer

/// Zero pruning in small steps, between which the weights that stay learn to do without those that went
/// (Zhu and Gupta 2017, arXiv:1710.01878).
///
/// The sparsity rises fast at first, where much is superfluous, and slowly at last:
///
///     s_t = s_f + (s_i − s_f) (1 − (t − t₀) / (n Δt))³
///
///     let pruning = try GradualPruning(.share(0.8), from: 20, every: 10, times: 20)
///     let pruner = try pruning.pruner(of: student)
///     Distiller(teacher, student, options, afterStep: pruner.afterStep)
public struct GradualPruning: Equatable, Sendable {
  /// The sparsity at the end, unstructured.
  public let final: Double

  /// The sparsity that the weights have at the beginning.
  public let initial: Double

  /// The step of the first change, how many steps there are between changes, and how many changes.
  public let start, interval, changes: Int

  /// - Throws: `CompressionError` for a sparsity or a schedule that is none.
  public init(
    to final: Double, initially initial: Double = 0, from start: Int, every interval: Int,
    times changes: Int
  ) throws(CompressionError) {
    guard initial >= 0 && initial <= final && final < 1 else {
      throw CompressionError(
        "a sparsity cannot rise from \(initial) to \(final); take numbers from 0 to below 1")
    }
    guard start >= 0 && interval > 0 && changes > 0 else {
      throw CompressionError(
        "\(changes) changes, \(interval) steps apart from step \(start) on, are no schedule")
    }
    self.final = final
    self.initial = initial
    self.start = start
    self.interval = interval
    self.changes = changes
  }

  /// The sparsity after `step` steps.
  public func sparsity(after step: Int) -> Double {
    if step <= start { return initial }
    let rest = 1 - Double(step - start) / Double(changes * interval)
    return rest > 0 ? final + (initial - final) * rest * rest * rest : final
  }

  /// Whether the zeros are chosen anew after `step` steps.
  public func changes(after step: Int) -> Bool {
    step >= start && (step - start) % interval == 0 && (step - start) / interval <= changes
  }

  /// What prunes `model` while it learns.
  ///
  /// - Throws: `CompressionError` if the model is not dense.
  public func pruner(of model: Transformer) throws(CompressionError) -> GradualPruner {
    GradualPruner(
      self, try model.denseLinears().filter { $0.name != "lm_head" }.map(\.weight))
  }
}

/// Prunes a model by magnitude while it learns.
public final class GradualPruner {
  private let schedule: GradualPruning
  private let weights: [Parameter]

  /// How many steps have been taken.
  public private(set) var steps = 0

  /// Where the zeros are at present.
  public private(set) var masks = SparsityMasks()

  fileprivate init(_ schedule: GradualPruning, _ weights: [Parameter]) {
    self.schedule = schedule
    self.weights = weights
  }

  /// To be called after each step of the optimiser: puts the zeros back, and chooses more of them when
  /// their time has come.
  public func afterStep() {
    steps += 1
    let isTime = schedule.changes(after: steps)
    let sparsity = Sparsity.share(schedule.sparsity(after: steps))
    for weight in weights {
      let floats = weight.tensor.floats
      if isTime {
        masks[weight.name] = SparsityMask(
          floats.map(\.magnitude), rows: weight.shape[0], columns: weight.shape[1], sparsity,
          comparing: .matrix)
      }
      guard let mask = masks[weight.name] else { continue }
      weight.set(Tensor(weight.shape, mask.applied(to: floats)))
    }
  }
}
