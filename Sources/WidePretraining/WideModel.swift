import Foundation
import Pretraining
import Safetensors
import Text
import Training
import Transformer

/// A model with far more hidden units than its task needs: the base model of the book with feed-forward
/// layers four times as wide, which has learned single steps of arithmetic and nothing else.
///
/// The base is about as wide as it has to be, so little can be taken from it. Published models often have
/// room to spare, and what pruning does to them can only be seen on one that has, too.
public struct WideModel {
  public let tokenizer: BytePairs
  public let model: Transformer

  /// How much of everything.
  public struct Recipe: Equatable, Sendable {
    public var layers = 4
    public var width = 128

    /// The inner width of the feed-forward layers: four times that of the base model's.
    public var feedForwardWidth = 1344
    public var steps = 500

    /// How many rows are read at a step, and how many tokens each has.
    public var rows = 8
    public var rowLength = 256
    public var context = 384
    public var learningRate = 3e-3
    public var seed: UInt64 = 1

    public init() {}
  }

  /// Trains the model from nothing.
  ///
  /// - Parameter onStep: called after each step.
  public static func pretrain(
    _ recipe: Recipe, onStep: (Trainer.Report) -> Void = { _ in }
  ) throws -> WideModel {
    let tokenizer = BaseModel.tokenizer(seed: recipe.seed)
    var configuration = Configuration(
      vocabulary: tokenizer.vocabularyCount, width: recipe.width, layers: recipe.layers,
      heads: recipe.width / 32, feedForwardWidth: recipe.feedForwardWidth, context: recipe.context)
    configuration.rotaryBase = 10_000
    let model = Transformer(configuration, seed: recipe.seed)
    let drill = Drill(tokenizer, seed: recipe.seed)
    var options = Trainer.Options(steps: recipe.steps, learningRate: recipe.learningRate)
    options.schedule = .cosine(warmup: 50, floor: 0)
    let trainer = Trainer(model, options) { step in
      (step * recipe.rows..<(step + 1) * recipe.rows).map {
        drill.row($0, length: recipe.rowLength)
      }
    }
    try trainer.run { report in
      onStep(report)
      return true
    }
    return WideModel(tokenizer: tokenizer, model: model)
  }

  /// Trains the model and leaves it in `folder`: a checkpoint, its tokenizer, and the losses of all
  /// steps.
  public static func make(
    in folder: URL, _ recipe: Recipe, onStep: (Trainer.Report) -> Void
  ) throws {
    var losses: [Double] = []
    let wide = try pretrain(recipe) { report in
      losses.append(report.loss)
      onStep(report)
    }
    let end = wide.tokenizer.token(of: BaseModel.endOfText)!
    try Checkpoint(wide.model, ends: [end]).write(to: folder)
    try wide.tokenizer.save(to: folder)
    try AtomicFile.write(JSONEncoder().encode(losses), to: folder.appending(path: "losses.json"))
  }

  /// The model that `make` left in `folder`.
  public init(contentsOf folder: URL) throws {
    let base = try BaseModel(contentsOf: folder)
    (model, tokenizer) = (base.model, base.tokenizer)
  }

  init(tokenizer: BytePairs, model: Transformer) {
    self.tokenizer = tokenizer
    self.model = model
  }

  /// The losses of all steps, in nats a result.
  public static func losses(in folder: URL) throws -> [Double] {
    try JSONDecoder().decode(
      [Double].self, from: Data(contentsOf: folder.appending(path: "losses.json")))
  }
}
