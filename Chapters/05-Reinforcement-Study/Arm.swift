import Bookshelf
import Courses
import Notebook
import Pretraining

/// A course as an arm of the study.
struct Arm: StudyArm {
  let course: Course

  /// What for: to choose a learning rate, to compare, or to compare to pass@64.
  enum Purpose: String, Encodable { case choice, comparison, manyAttempts }
  var purpose = Purpose.comparison

  var description: String { "\(course)" }

  func run(_ progress: ArmProgress) throws -> Outcome {
    let rigour: Courses.Outcome.Rigour =
      switch purpose {
      case .choice: .choice
      case .comparison: .study
      case .manyAttempts: .deepStudy
      }
    return try Outcome.of(course, baseIn: BaseModel.shelved(), rigour) { lap in
      progress.advance(to: Double(lap.step) / Double(course.steps), lap.summary)
    }.outcome
  }
}
