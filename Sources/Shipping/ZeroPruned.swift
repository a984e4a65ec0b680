import Compression
import Finishing
import Transformer

extension FinishedModel {
  /// This model with zeros, chosen by SparseGPT, and healed.
  ///
  /// - Returns: the model, where its zeros are, and how many tokens were looked at and learned.
  public func zeroPruned(
    _ sparsity: Sparsity, _ effort: Effort, onStep: () -> Void = {}
  ) throws -> (sparse: SparseModel, tokens: Int) {
    let calibration = try calibration(of: model, effort)
    let sparse = try ZeroPruning(.sparseGPT, sparsity)(model, calibration)
    let learned = try heal(
      sparse.model, effort, learningRate: 3e-4, afterStep: sparse.masks.apply(to: sparse.model)
    ) { _ in onStep() }
    return (sparse, calibration.tokens + learned)
  }

  /// A model with zeros as it is shipped: what is left in eight bits, and a bit for each place.
  func checkpoint(_ sparse: SparseModel) throws -> CompressedCheckpoint {
    CompressedCheckpoint(
      sparse.model, masks: sparse.masks, rounded: try sparse.model.eightBits(), ends: [end])
  }
}
