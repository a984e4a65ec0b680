import Courses
import Curriculum
import Foundation
import Reinforcement
import SparsePretraining
import Training
import Transformer
import Tuning

/// A course in GRPO for the base model's twin with experts: the problems, steps, texts and rewards of the
/// dense model's course, and an adapter of the same rank beside every matrix, those of the experts among
/// them.
public struct SparseCourse: Hashable, Sendable, CustomStringConvertible {
  /// The course of the dense model.
  public let course: Course

  public init(_ course: Course) { self.course = course }

  public var description: String { "\(course), with experts" }

  /// Teaches `sparse` and leaves the adapter in `folder`.
  ///
  /// - Parameters:
  ///   - problems: those of the dense model's course.
  ///   - onStep: called after each step with the share of right answers in it.
  public func make(
    in folder: URL, _ sparse: SparseBaseModel, on problems: [Problem],
    onStep: (_ right: Double) -> Void = { _ in }
  ) throws {
    let rank = course.rank ?? 8
    let adapter = Adapter(
      sparse.model, LoRAConfiguration(rank: rank, alpha: 2 * Double(rank)), seed: course.seed)
    var options = ReinforcementOptions(
      steps: course.steps, learningRate: course.learningRate, limit: Course.limit)
    options.prompts = Course.prompts
    options.groupSize = Course.groupSize
    options.schedule = .cosine(warmup: 5, floor: 0.1)
    options.seed = course.seed
    options.tokensAtOnce = 1 << 12
    let trainer = try ReinforcementTrainer(
      adapter.model, parameters: adapter.parameters, tokenizer: sparse.tokenizer,
      exercises: problems, judge: Judge([(EquationReward(), 1), (FormatReward(), 0.1)]), options)
    try trainer.run { report, _ in
      onStep(report["rewards/equation/mean"] ?? 0)
      return true
    }
    try adapter.write(to: folder)
  }

  /// The model that `make` left in `folder`, beside `sparse`.
  public static func model(in folder: URL, beside sparse: SparseBaseModel) throws -> Transformer {
    try Adapter(contentsOf: folder, for: sparse.model).model
  }
}
