import Curriculum
import Files
import Foundation
import Text
import Training
import Transformer

extension BaseModel {
  /// Trains the base model and leaves it in `folder`: a checkpoint, its tokenizer, the losses of
  /// all steps, and what it could do as it learned.
  ///
  /// - Parameter onStep: called after each step.
  public static func make(
    in folder: URL, _ recipe: Recipe, onStep: (Trainer.Report) -> Void
  ) throws {
    var losses: [Double] = []
    var milestones: [Milestone] = []
    let base = try pretrain(recipe) { report, base in
      losses.append(report.loss)
      if isMilestone(report.step, of: recipe) {
        milestones.append(base.milestone(at: report.step))
      }
      onStep(report)
    }
    try Checkpoint(base.model, ends: [base.tokenizer.token(of: endOfText)!]).write(to: folder)
    try base.tokenizer.save(to: folder)
    try AtomicFile.write(JSONEncoder().encode(losses), to: folder.appending(path: "losses.json"))
    try AtomicFile.write(
      JSONEncoder().encode(milestones), to: folder.appending(path: "milestones.json"))
  }

  /// The base model that `make` left in `folder`.
  public init(contentsOf folder: URL) throws {
    model = try Checkpoint(contentsOf: folder).model
    guard let tokenizer = try loadTokenizer(from: folder) as? BytePairs else {
      throw CheckpointError(folder.path, "its tokenizer is not one of byte pairs")
    }
    self.tokenizer = tokenizer
  }

  /// The losses of all steps, in nats a token, and the milestones.
  public static func history(
    in folder: URL
  ) throws -> (losses: [Double], milestones: [Milestone]) {
    let decoder = JSONDecoder()
    return (
      try decoder.decode(
        [Double].self, from: Data(contentsOf: folder.appending(path: "losses.json"))),
      try decoder.decode(
        [Milestone].self, from: Data(contentsOf: folder.appending(path: "milestones.json")))
    )
  }
}
