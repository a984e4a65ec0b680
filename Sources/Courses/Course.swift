import Curriculum
import Foundation
import Kernels
import Pretraining
import Reinforcement
import Training
import Transformer
import Tuning

/// One way to teach the base model, once: the arms that chapters 4 and 5 compare.
///
/// Courses of one seed have the same problems, the same number of steps of the optimiser, and as many
/// texts at a step. They differ in where the texts come from and in what they count for.
///
///     let course = Course(.grpo, seed: 1, learningRate: 3e-3, rank: 8)
///     let graduate = try course.teach(base)
public struct Course: Codable, Hashable, Sendable, CustomStringConvertible {
  public let method: Method

  /// Decides the problems, their order, and all draws.
  public let seed: UInt64

  /// How many problems it has.
  public var problems = 512

  /// How many steps the optimiser takes, with so many texts at each.
  public var steps = 120
  public static let prompts = 16
  public static let groupSize = 8

  /// The peak learning rate.
  public var learningRate: Double

  /// The rank of the LoRA adapter that learns; nil if all weights do.
  public var rank: Int?

  /// The most tokens of a text.
  public static let limit = 320

  public init(_ method: Method, seed: UInt64, learningRate: Double, rank: Int? = nil) {
    self.method = method
    self.seed = seed
    self.learningRate = learningRate
    self.rank = rank
  }

  public var description: String {
    var words = ["\(method), \(problems) problems"]
    if let rank { words.append("rank \(rank)") }
    return (words + ["rate \(Float(learningRate))", "seed \(seed)"]).joined(separator: ", ")
  }

  /// The problems of the course.
  public func material(_ base: BaseModel) -> [Problem] {
    Material(base.tokenizer, count: problems, seed: seed).problems
  }

  /// Teaches `base`, whose weights change, or whose adapter does. Where there is nothing to imitate,
  /// since the base itself wrote nothing right, it stays as it is.
  ///
  /// - Parameter onStep: called after each step with the lap and the model as it is.
  /// - Returns: the model, and the adapter if there is one.
  public func teach(
    _ base: BaseModel, onStep: (Lap, Transformer) -> Void = { _, _ in }
  ) throws -> Graduate {
    let material = Material(base.tokenizer, count: problems, seed: seed)
    let examples = material.examples(method, base, seed: seed)
    let adapter = rank.map { self.adapter(ofRank: $0, beside: base.model) }
    let graduate = Graduate(model: adapter?.model ?? base.model, adapter: adapter)
    if method.isImitation {
      if examples.isEmpty { return graduate }
      try imitate(examples, graduate) { onStep(Lap($0), graduate.model) }
    } else {
      try reinforce(material, base, graduate) { onStep(Lap($0), graduate.model) }
    }
    return graduate
  }

  /// What stands beside `model` and learns in its place.
  public func adapter(ofRank rank: Int, beside model: Transformer) -> Adapter {
    Adapter(model, LoRAConfiguration(rank: rank, alpha: 2 * Double(rank)), seed: seed)
  }

  /// How a method that rewards goes about it.
  public var reinforcement: ReinforcementOptions {
    var options = ReinforcementOptions(
      steps: steps, learningRate: learningRate, limit: Self.limit)
    options.prompts = Self.prompts
    options.groupSize = Self.groupSize
    options.schedule = Self.schedule
    options.seed = seed
    options.tokensAtOnce = Self.tokensAtOnce
    if method == .raft { options.credit = .accepted(atLeast: 1) }
    return options
  }

  private func imitate(
    _ examples: [Example], _ graduate: Graduate, onStep: (Trainer.Report) -> Void
  ) throws {
    var options = Trainer.Options(steps: steps, learningRate: learningRate)
    options.schedule = Self.schedule
    options.weightDecay = 0
    options.measuresPredictions = true
    options.tokensAtOnce = Self.tokensAtOnce
    let epochs = Epochs(examples, size: Self.prompts * Self.groupSize, seed: seed)
    let trainer =
      graduate.adapter.map { Trainer($0, options, batch: epochs.batch) }
      ?? Trainer(graduate.model, options, batch: epochs.batch)
    try trainer.run { report in
      onStep(report)
      return true
    }
  }

  private func reinforce(
    _ material: Material, _ base: BaseModel, _ graduate: Graduate,
    onStep: (ReinforcementReport) -> Void
  ) throws {
    let trainer = try ReinforcementTrainer(
      graduate.model, parameters: graduate.adapter?.parameters, tokenizer: base.tokenizer,
      exercises: material.problems, judge: method.judge, reinforcement)
    try trainer.run { report, _ in
      onStep(report)
      return true
    }
  }

  /// A matter of memory alone.
  private static let tokensAtOnce = 1 << 12

  private static let schedule = Schedule.cosine(warmup: 5, floor: 0.1)
}

/// What a course leaves.
public struct Graduate {
  /// The taught model.
  public let model: Transformer

  /// What was learned, if it stands beside the base.
  public let adapter: Adapter?
}
