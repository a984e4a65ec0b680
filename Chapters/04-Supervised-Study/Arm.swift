import Bookshelf
import Courses
import Notebook
import Pretraining

/// A course as an arm of the study.
struct Arm: StudyArm {
  let course: Course

  /// Whether it serves to choose a learning rate.
  var isChoice = false

  var description: String { "\(course)" }

  func run(_ progress: ArmProgress) throws -> Outcome {
    try Outcome.of(course, baseIn: BaseModel.shelved(), isChoice ? .choice : .sweep) { lap in
      progress.advance(to: Double(lap.step) / Double(course.steps), lap.summary)
    }.outcome
  }
}
