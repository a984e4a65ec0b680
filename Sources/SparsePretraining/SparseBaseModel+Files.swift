import Experts
import Foundation
import Pretraining
import Training

extension SparseBaseModel {
  /// Trains the model and leaves it in `folder`: a checkpoint of the family of Mixtral, its
  /// tokenizer, and the losses of all steps.
  ///
  /// - Parameter onStep: called after each step.
  public static func make(
    in folder: URL, _ recipe: BaseModel.Recipe, onStep: (Trainer.Report) -> Void
  ) throws {
    var losses: [Double] = []
    let sparse = try pretrain(recipe) { report in
      losses.append(report.loss)
      onStep(report)
    }
    try BaseModel(tokenizer: sparse.tokenizer, model: sparse.model)
      .write(to: folder, among: .mixtures)
    try Losses.write(losses, to: folder)
  }

  /// The model that `make` left in `folder`.
  public init(contentsOf folder: URL) throws {
    let base = try BaseModel(contentsOf: folder, among: .mixtures)
    (tokenizer, model) = (base.tokenizer, base.model)
  }

  /// The losses of all steps, in nats a token, without the balancing loss.
  public static func losses(in folder: URL) throws -> [Double] { try Losses.read(in: folder) }
}
