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
    try base.write(to: folder)
    try Losses.write(losses, to: folder)
    try AtomicFile.write(
      JSONEncoder().encode(milestones), to: folder.appending(path: milestoneFile))
  }

  /// Writes the checkpoint and the tokenizer into `folder`, which is made if it does not exist.
  ///
  /// - Parameter architectures: the families that the checkpoint may be of.
  public func write(to folder: URL, among architectures: [any Architecture] = .dense) throws {
    try Checkpoint(model, ends: [tokenizer.end!]).write(to: folder, among: architectures)
    try tokenizer.save(to: folder)
  }

  /// The model and the tokenizer in `folder`.
  public init(contentsOf folder: URL, among architectures: [any Architecture] = .dense) throws {
    model = try Checkpoint(contentsOf: folder, among: architectures).model
    guard let tokenizer = try loadTokenizer(from: folder) as? BytePairs else {
      throw CheckpointError(folder.path, "its tokenizer is not one of byte pairs")
    }
    self.tokenizer = tokenizer
  }

  /// The losses of all steps, in nats a token, and the milestones.
  public static func history(
    in folder: URL
  ) throws -> (losses: [Double], milestones: [Milestone]) {
    let milestones = try JSONDecoder().decode(
      [Milestone].self, from: Data(contentsOf: folder.appending(path: milestoneFile)))
    return (try Losses.read(in: folder), milestones)
  }

  private static let milestoneFile = "milestones.json"
}
