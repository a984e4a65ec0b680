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
      experts: 8, expertsPerToken: 2, expertWidth: recipe.feedForwardWidth / 2)
    mixture.order = .selectThenScore
    mixture.seed = recipe.seed
    return mixture
  }

  /// The balancing loss at the strength that the Switch Transformer has, which none of our runs has
  /// tuned.
  public static let balance = Balance(loss: 0.01)
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
    var configuration = recipe.configuration(vocabulary: tokenizer.vocabularyCount)
    configuration.feedForwardWidth = mixture.expertWidth
    let model = try Transformer(
      configuration, mixture: mixture, names: .mixtral, seed: recipe.seed)
    try BaseModel.train(
      model, tokenizer, recipe, hooks: balance.hooks(for: model), onStep: onStep)
    return SparseBaseModel(tokenizer: tokenizer, model: model)
  }
}
