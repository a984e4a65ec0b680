import Finishing
import Transformer

extension FinishedModel {
  /// A smaller model, brought up from nothing; with a width of 64 it has about a quarter of the weights.
  ///
  /// - Parameters:
  ///   - taught: whether it learns what this model holds possible, at last in texts of the student's own;
  ///     or, in as many steps on this model's texts, only which token did follow.
  ///   - width: a multiple of the width of this model's heads.
  /// - Returns: the model, and how many tokens it learned from.
  func schooled(
    taught: Bool, width: Int, _ effort: Effort, onStep: () -> Void
  ) throws -> (model: Transformer, tokens: Int) {
    var school = Schooling(teacherShare: taught ? 1 : 0)
    school.width = width
    school.steps = 8 * effort.healingSteps
    let practice = school.practice(steps: effort.healingSteps / 2, ownShare: taught ? 1 : 0)
    let student = school.student(of: self)
    let tokens = try [school, practice].map { phase in
      try phase.teach(student, by: self) { _ in onStep() }
    }
    return (student, tokens.reduce(0, +))
  }
}
