import Calibration
import Compression
import Factorizations
import Finishing
import Tensors
import Transformer

extension FinishedModel {
  /// This model with a product of two narrow matrices in the place of each matrix of its blocks.
  ///
  /// The products are those of `LowRankFactors.Method.whitened`. But the factors that this method gives
  /// are bad to learn with: the more tokens were looked at, the larger is the one and the smaller the
  /// other, and an optimiser moves the weights of both by the same steps. So each product is taken
  /// apart again, plainly, which changes nothing but the factors, and gives both the same size.
  ///
  /// - Parameters:
  ///   - calibration: of this very model.
  ///   - share: the share of its weights that each matrix keeps.
  public func factorised(_ calibration: Calibration, keeping share: Double) throws -> Transformer {
    let low = try model.duplicate()
    for (name, weight) in try low.denseLinears() {
      let dense = DoubleMatrix(
        rows: weight.shape[0], columns: weight.shape[1], floats: weight.tensor.floats)
      let factors = try LowRankFactors(
        dense, rank: max(1, Rank.keeping(share, of: weight.shape)), .whitened,
        calibration.inputs(of: name), name: name)
      weight.set(Tensor(weight.shape, factors.product.floats))
    }
    return try LowRank(.plain, keeping: share)(low).model
  }

  /// The same, healed.
  ///
  /// - Returns: the model, and how many tokens were looked at and learned.
  func factorised(
    keeping share: Double, _ effort: Effort, onStep: () -> Void
  ) throws -> (model: Transformer, tokens: Int) {
    let calibration = try calibration(of: model, effort)
    let student = try factorised(calibration, keeping: share)
    let learned = try heal(
      student, effort, learningRate: 3e-4, onStep: { _ in onStep() })
    return (student, calibration.tokens + learned)
  }
}
