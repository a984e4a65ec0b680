import Curriculum
import Foundation
import Text
import Training
import Transformer

/// The base model of the book: a small decoder that has read the curriculum, and its tokenizer.
///
/// Later chapters fine-tune and compress it, so they must all mean the same bytes by it. It is
/// therefore made by this recipe and no other, once, and kept.
public struct BaseModel {
  public let tokenizer: BytePairs
  public let model: Transformer

  public init(tokenizer: BytePairs, model: Transformer) {
    self.tokenizer = tokenizer
    self.model = model
  }

  /// How much of everything.
  public struct Recipe: Equatable, Sendable {
    public var layers = 4
    public var width = 128
    public var steps = 2200

    /// How many rows of documents are read at a step, and how many tokens are learned of each.
    public var rows = 16
    public var rowLength = 256

    /// The longest text the model is meant for: longer than any that it reads here, since what it
    /// is taught later may make it think for longer.
    public var context = 384
    public var learningRate = 3e-3
    public var seed: UInt64 = 1

    public init() {}
  }

  /// The tokens that mark the parts of a text; they are never split.
  public static let endOfText = "<|endoftext|>"
  public static let markers = [endOfText, "<think>", "</think>", "<answer>", "</answer>"]

  /// A tokenizer that has learned its merges from the beginning of the curriculum.
  public static func tokenizer(seed: UInt64) -> BytePairs {
    let curriculum = Curriculum(seed: seed)
    let texts = (0..<4000).map { curriculum[$0] }
    return BytePairs.train(
      on: texts, vocabulary: 400, splitting: .llama3,
      addedTokens: markers.map { AddedToken($0) }, roles: Pipeline.Roles(end: endOfText))
  }
}

extension BaseModel {
  /// Trains the base model from nothing.
  ///
  /// - Parameters:
  ///   - stateFile: where to keep the state of the run, so that it can be interrupted.
  ///   - onStep: called after each step with its report and the model as it is.
  public static func pretrain(
    _ recipe: Recipe, stateFile: URL? = nil,
    onStep: (Trainer.Report, BaseModel) throws -> Void = { _, _ in }
  ) throws -> BaseModel {
    let tokenizer = tokenizer(seed: recipe.seed)
    let base = BaseModel(
      tokenizer: tokenizer,
      model: Transformer(
        recipe.configuration(vocabulary: tokenizer.vocabularyCount), seed: recipe.seed))
    try train(base.model, tokenizer, recipe, stateFile: stateFile) { try onStep($0, base) }
    return base
  }

  /// Trains `model` on the pages of `recipe`.
  ///
  /// - Parameters:
  ///   - hooks: what is learned besides.
  ///   - stateFile: where to keep the state of the run, so that it can be interrupted.
  ///   - onStep: called after each step with its report.
  public static func train(
    _ model: Transformer, _ tokenizer: BytePairs, _ recipe: Recipe, hooks: Trainer.Hooks? = nil,
    stateFile: URL? = nil, onStep: (Trainer.Report) throws -> Void
  ) throws {
    let corpus = Corpus(tokenizer, Curriculum(seed: recipe.seed))
    var options = Trainer.Options(steps: recipe.steps, learningRate: recipe.learningRate)
    options.schedule = .cosine(warmup: 100, floor: 0)
    options.stateFile = stateFile
    let trainer = Trainer(model, options, hooks: hooks) { step in
      (step * recipe.rows..<(step + 1) * recipe.rows).map {
        Example(corpus.row($0, length: recipe.rowLength + 1))
      }
    }
    var failure: (any Error)?
    try trainer.run { report in
      do {
        try onStep(report)
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
  }
}

extension BaseModel.Recipe {
  /// The inner width of the feed-forward layers.
  public var feedForwardWidth: Int { Configuration.feedForwardWidth(of: width) }

  /// The decoder.
  public func configuration(vocabulary: Int) -> Configuration {
    var configuration = Configuration(
      vocabulary: vocabulary, width: width, layers: layers, heads: width / 32, context: context)
    configuration.rotaryBase = 10_000
    return configuration
  }
}
