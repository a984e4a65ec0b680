import Finishing
import Transformer

extension FinishedModel {
  /// A model of about a quarter of the weights, brought up from nothing.
  ///
  /// - Parameter taught: whether it learns what this model holds possible, at last in texts of the
  ///   student's own; or, in as many steps on this
  ///   model's texts, only which token did follow.
  /// - Returns: the model, and how many tokens it learned from.
  func schooled(
    taught: Bool, _ effort: Effort, onStep: () -> Void
  ) throws -> (model: Transformer, tokens: Int) {
    var school = Schooling(teacherShare: taught ? 1 : 0)
    school.steps = 8 * effort.healingSteps
    let practice = school.practice(steps: effort.healingSteps / 2, ownShare: taught ? 1 : 0)
    let student = school.student(of: self)
    let tokens = try [school, practice].map { phase in
      try phase.teach(student, by: self) { _ in onStep() }
    }
    return (student, tokens.reduce(0, +))
  }
}
