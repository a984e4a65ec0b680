import Curriculum
import Experts
import Pretraining
import Text
import Training
import Transformer

/// The base model of the book with experts in the place of its feed-forward layers: the same
/// tokenizer, the same pages in the same order, the same optimiser, and the same work for a token.
///
/// Each layer has eight experts of half the dense layer's inner width, and a token visits two of
/// them, as in Mixtral. So a token meets as many weights as in the dense model, and the routers'
/// besides, of a model that has almost three times as many.
public struct SparseBaseModel {
  public let tokenizer: BytePairs
  public let model: Transformer

  /// What stands in the place of the feed-forward layers of the model that `recipe` makes.
  public static func mixture(_ recipe: BaseModel.Recipe) -> MixtureConfiguration {
    var mixture = MixtureConfiguration(
      experts: 8, expertsPerToken: 2, expertWidth: feedForwardWidth(recipe) / 2)
    mixture.order = .selectThenScore
    mixture.seed = recipe.seed
    return mixture
  }

  /// The balancing loss at the strength that the Switch Transformer has, which none of our runs has
  /// tuned.
  public static let balance = Balance(loss: 0.01)

  /// The inner width of the dense layers.
  static func feedForwardWidth(_ recipe: BaseModel.Recipe) -> Int { recipe.width * 8 / 3 / 8 * 8 }

  /// The decoder of `recipe` with feed-forward layers of inner width `inner`.
  static func configuration(
    _ recipe: BaseModel.Recipe, vocabulary: Int, feedForwardWidth inner: Int
  ) -> Configuration {
    var configuration = Configuration(
      vocabulary: vocabulary, width: recipe.width, layers: recipe.layers,
      heads: recipe.width / 32, feedForwardWidth: inner, context: recipe.context)
    configuration.rotaryBase = 10_000
    return configuration
  }
}

extension SparseBaseModel {
  /// Trains the model from nothing.
  ///
  /// - Parameter onStep: called after each step.
  public static func pretrain(
    _ recipe: BaseModel.Recipe, onStep: (Trainer.Report) -> Void = { _ in }
  ) throws -> SparseBaseModel {
    let tokenizer = BaseModel.tokenizer(seed: recipe.seed)
    let mixture = mixture(recipe)
    let model = try Transformer(
      configuration(
        recipe, vocabulary: tokenizer.vocabularyCount, feedForwardWidth: mixture.expertWidth),
      mixture: mixture, names: .mixtral, seed: recipe.seed)
    try train(model, tokenizer, recipe, hooks: balance.hooks(for: model), onStep: onStep)
    return SparseBaseModel(tokenizer: tokenizer, model: model)
  }

  /// Trains `model` on the pages of `recipe` just as the dense base model is trained; a test holds
  /// a dense one against it.
  static func train(
    _ model: Transformer, _ tokenizer: BytePairs, _ recipe: BaseModel.Recipe,
    hooks: Trainer.Hooks? = nil, onStep: (Trainer.Report) -> Void
  ) throws {
    let pages = Pages(tokenizer, seed: recipe.seed)
    var options = Trainer.Options(steps: recipe.steps, learningRate: recipe.learningRate)
    options.schedule = .cosine(warmup: 100, floor: 0)
    let trainer = Trainer(model, options, hooks: hooks) { step in
      (step * recipe.rows..<(step + 1) * recipe.rows).map {
        Example(pages.row($0, length: recipe.rowLength + 1))
      }
    }
    try trainer.run { report in
      onStep(report)
      return true
    }
  }
}
