import Compression
import Finishing
import Transformer

extension FinishedModel {
  /// The model without the layer whose absence surprises it least on validation texts, healed.
  ///
  /// - Returns: the model, and how many tokens were looked at and learned.
  func shallowed(
    _ effort: Effort, onStep: (_ of: Int) -> Void
  ) throws -> (model: Transformer, tokens: Int) {
    let losses = model.lossesWithoutBlock(on: validation)
    let layer = losses.indices.min { losses[$0] < losses[$1] }!
    let shallow = try model.removingBlocks([layer])
    let learned = try heal(shallow, effort, onStep: { _ in onStep(effort.healingSteps) })
    let looked = validation.reduce(0) { $0 + $1.learned }
    return (shallow, looked + learned)
  }
}
