import Courses
import Curriculum
import Foundation
import Reinforcement
import SparsePretraining
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
  ///   - onStep: called after each step.
  public func make(
    in folder: URL, _ sparse: SparseBaseModel, on problems: [Problem],
    onStep: (Lap) -> Void = { _ in }
  ) throws {
    let adapter = course.adapter(ofRank: course.rank ?? 8, beside: sparse.model)
    let trainer = try ReinforcementTrainer(
      adapter.model, parameters: adapter.parameters, tokenizer: sparse.tokenizer,
      exercises: problems, judge: course.method.judge, course.reinforcement)
    try trainer.run { report, _ in
      onStep(Lap(report))
      return true
    }
    try adapter.write(to: folder)
  }

  /// The model that `make` left in `folder`, beside `sparse`.
  public static func model(in folder: URL, beside sparse: SparseBaseModel) throws -> Transformer {
    try Adapter(contentsOf: folder, for: sparse.model).model
  }
}
