import Foundation
import Pretraining
import Safetensors
import SparsePretraining
import Text
import Training
import Transformer

/// A model with far more hidden units than its task needs: the base model of the book with feed-forward
/// layers four times as wide, trained on the same pages by the same optimiser, in fewer steps.
///
/// The base is about as wide as it has to be, so little can be taken from it. Published models are often
/// not, and what pruning does to them can only be seen on one that is not, either.
public struct WideModel {
  public let tokenizer: BytePairs
  public let model: Transformer

  /// How much of everything.
  public struct Recipe: Equatable, Sendable {
    /// How many times as wide as the base model's feed-forward layers these are.
    public var factor = 4

    /// What it shares with the base model's: the pages, and how they are read.
    public var reading: BaseModel.Recipe = {
      var reading = BaseModel.Recipe()
      (reading.steps, reading.rows) = (1200, 8)
      return reading
    }()

    public init() {}
  }

  /// Trains the model from nothing.
  ///
  /// - Parameter onStep: called after each step.
  public static func pretrain(
    _ recipe: Recipe, onStep: (Trainer.Report) -> Void = { _ in }
  ) throws -> WideModel {
    let tokenizer = BaseModel.tokenizer(seed: recipe.reading.seed)
    let model = Transformer(
      SparseBaseModel.configuration(
        recipe.reading, vocabulary: tokenizer.vocabularyCount,
        feedForwardWidth: recipe.factor * SparseBaseModel.feedForwardWidth(recipe.reading)),
      seed: recipe.reading.seed)
    try SparseBaseModel.train(model, tokenizer, recipe.reading, onStep: onStep)
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

  /// The losses of all steps, in nats a token.
  public static func losses(in folder: URL) throws -> [Double] {
    try JSONDecoder().decode(
      [Double].self, from: Data(contentsOf: folder.appending(path: "losses.json")))
  }
}
