import Experts
import Files
import Foundation
import Pretraining
import Text
import Training
import Transformer

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
    let end = sparse.tokenizer.token(of: BaseModel.endOfText)!
    try Checkpoint(sparse.model, ends: [end]).write(to: folder, among: .mixtures)
    try sparse.tokenizer.save(to: folder)
    try AtomicFile.write(JSONEncoder().encode(losses), to: folder.appending(path: "losses.json"))
  }

  /// The model that `make` left in `folder`.
  public init(contentsOf folder: URL) throws {
    model = try Checkpoint(contentsOf: folder, among: .mixtures).model
    guard let tokenizer = try loadTokenizer(from: folder) as? BytePairs else {
      throw CheckpointError(folder.path, "its tokenizer is not one of byte pairs")
    }
    self.tokenizer = tokenizer
  }

  /// The losses of all steps, in nats a token, without the balancing loss.
  public static func losses(in folder: URL) throws -> [Double] {
    try JSONDecoder().decode(
      [Double].self, from: Data(contentsOf: folder.appending(path: "losses.json")))
  }
}
