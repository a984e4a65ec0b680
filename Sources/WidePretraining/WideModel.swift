import Foundation
import Pretraining
import Text
import Training
import Transformer

/// A model with far more hidden units than its task needs: the base model of the book, whose feed-forward
/// layers are replaced by new ones, four times as wide, and which has then practised single steps of
/// arithmetic and nothing else.
///
/// The base is about as wide as it has to be, so little can be taken from it. Published models often have
/// room to spare, and what pruning does to them can only be seen on one that has, too.
public struct WideModel {
  public let tokenizer: BytePairs
  public let model: Transformer

  /// How much of everything.
  public struct Recipe: Equatable, Sendable {
    /// How many times as wide as those of the base the new layers are.
    public var factor = 4
    public var steps = 400

    /// How many rows are read at a step, and how many tokens each has.
    public var rows = 4
    public var rowLength = 256
    public var learningRate = 2e-3
    public var seed: UInt64 = 1

    public init() {}
  }

  /// Trains the model: the new layers from nothing, and everything else from where `base` is.
  ///
  /// - Parameter onStep: called after each step.
  public static func pretrain(
    from base: BaseModel, _ recipe: Recipe, onStep: (Trainer.Report) -> Void = { _ in }
  ) throws -> WideModel {
    var configuration = base.model.configuration
    configuration.feedForwardWidth *= recipe.factor
    let model = Transformer(configuration, seed: recipe.seed)
    for (new, old) in zip(model.parameters.all, base.model.parameters.all)
    where !new.name.contains(".mlp.") {
      new.set(old.tensor)
    }
    let drill = Drill(base.tokenizer, seed: recipe.seed)
    var options = Trainer.Options(steps: recipe.steps, learningRate: recipe.learningRate)
    options.schedule = .cosine(warmup: 20, floor: 0)
    let trainer = Trainer(model, options) { step in
      (step * recipe.rows..<(step + 1) * recipe.rows).map {
        drill.row($0, length: recipe.rowLength)
      }
    }
    try trainer.run { report in
      onStep(report)
      return true
    }
    return WideModel(tokenizer: base.tokenizer, model: model)
  }

  /// Trains the model and leaves it in `folder`: a checkpoint, its tokenizer, and the losses of all
  /// steps.
  public static func make(
    in folder: URL, from base: BaseModel, _ recipe: Recipe, onStep: (Trainer.Report) -> Void
  ) throws {
    var losses: [Double] = []
    let wide = try pretrain(from: base, recipe) { report in
      losses.append(report.loss)
      onStep(report)
    }
    try BaseModel(tokenizer: wide.tokenizer, model: wide.model).write(to: folder)
    try Losses.write(losses, to: folder)
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
  public static func losses(in folder: URL) throws -> [Double] { try Losses.read(in: folder) }
}
