import Compression
import Finishing
import Transformer

extension FinishedModel {
  /// The model without one of its layers, healed. It is an ordinary model.
  ///
  /// - Returns: the model, and how many tokens were learned.
  public func shallowed(
    without layer: Int, _ effort: Effort, onStep: () -> Void = {}
  ) throws -> (model: Transformer, tokens: Int) {
    let shallow = try model.removingBlocks([layer])
    let learned = try heal(shallow, effort, onStep: { _ in onStep() })
    return (shallow, learned)
  }
}
