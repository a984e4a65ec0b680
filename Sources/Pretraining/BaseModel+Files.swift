import Curriculum
import Foundation
import Safetensors
import Text
import Training
import Transformer

extension BaseModel {
  /// What the model wrote about one problem, on its way.
  public struct Specimen: Codable, Sendable {
    public let step: Int
    public let text: String
  }

  /// Trains the base model and leaves it in `folder`: a checkpoint, its tokenizer, the losses of
  /// all steps, and what it wrote about one held-out problem as it learned.
  ///
  /// - Parameter onStep: called after each step.
  public static func make(
    in folder: URL, _ recipe: Recipe, onStep: (Trainer.Report) -> Void
  ) throws {
    var losses: [Double] = []
    var specimens: [Specimen] = []
    let base = try pretrain(recipe) { report, base in
      losses.append(report.loss)
      if specimenSteps.contains(report.step) || report.step == recipe.steps {
        let text = base.solve([specimenProblem], sampling: .greedy)[0][0]
        specimens.append(Specimen(step: report.step, text: text))
      }
      onStep(report)
    }
    try Checkpoint(base.model, ends: [base.tokenizer.token(of: endOfText)!]).write(to: folder)
    try base.tokenizer.save(to: folder)
    try AtomicFile.write(JSONEncoder().encode(losses), to: folder.appending(path: "losses.json"))
    try AtomicFile.write(
      JSONEncoder().encode(specimens), to: folder.appending(path: "specimens.json"))
  }

  /// The steps after which the model is asked.
  private static let specimenSteps: Set = [10, 50, 100, 200, 500, 1000]

  /// What it is asked.
  public static let specimenProblem = Problem.all(split: .heldOut)[200]

  /// The base model that `make` left in `folder`.
  public init(contentsOf folder: URL) throws {
    model = try Checkpoint(contentsOf: folder).model
    guard let tokenizer = try loadTokenizer(from: folder) as? BytePairs else {
      throw CheckpointError(folder.path, "its tokenizer is not one of byte pairs")
    }
    self.tokenizer = tokenizer
  }

  /// The losses of all steps, in nats a token, and the specimens.
  public static func history(
    in folder: URL
  ) throws -> (losses: [Double], specimens: [Specimen]) {
    let decoder = JSONDecoder()
    return (
      try decoder.decode(
        [Double].self, from: Data(contentsOf: folder.appending(path: "losses.json"))),
      try decoder.decode(
        [Specimen].self, from: Data(contentsOf: folder.appending(path: "specimens.json")))
    )
  }
}
