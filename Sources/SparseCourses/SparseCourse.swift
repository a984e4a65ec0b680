import Courses
import Foundation
import Pretraining
import SparsePretraining
import Transformer
import Tuning

/// A course for the base model's twin with experts: the problems, steps, texts and rewards of the dense
/// model's course, and an adapter of the same rank beside every matrix, those of the experts among them.
public struct SparseCourse: Hashable, Sendable, CustomStringConvertible {
  /// The course of the dense model.
  public let course: Course

  /// - Parameter course: one that teaches an adapter.
  public init(_ course: Course) {
    precondition(course.rank != nil, "a course with experts teaches an adapter")
    self.course = course
  }

  public var description: String { "\(course), with experts" }

  /// Teaches `sparse` and leaves the adapter in `folder`.
  ///
  /// - Parameter onStep: called after each step.
  public func make(
    in folder: URL, _ sparse: SparseBaseModel, onStep: (Lap) -> Void = { _ in }
  ) throws {
    let base = BaseModel(tokenizer: sparse.tokenizer, model: sparse.model)
    let graduate = try course.teach(base) { lap, _ in onStep(lap) }
    try graduate.adapter!.write(to: folder)
  }

  /// The model that `make` left in `folder`, beside `sparse`.
  public static func model(in folder: URL, beside sparse: SparseBaseModel) throws -> Transformer {
    try Adapter(contentsOf: folder, for: sparse.model).model
  }
}
