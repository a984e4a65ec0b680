import Compression
import Finishing
import Transformer

extension FinishedModel {
  /// The model with `width` hidden units in each layer: those that contribute most, whose weights are
  /// fitted anew to what all of them said, and then healed. It is an ordinary model, without biases.
  ///
  /// - Returns: the model, and how many tokens were looked at and learned.
  func narrowed(
    to width: Int, _ effort: Effort, onStep: () -> Void
  ) throws -> (model: Transformer, tokens: Int) {
    let calibration = try calibration(of: model, effort)
    let pruning = ActivationPruning(.contribution, .width(width), repair: .leastSquares)
    let narrow = try pruning(model, calibration)
    let learned = try heal(
      narrow, effort, onStep: { _ in onStep() })
    return (narrow, calibration.tokens + learned)
  }
}
