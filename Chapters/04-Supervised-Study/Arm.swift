import Bookshelf
import Courses
import Notebook
import Pretraining

/// A course as an arm of the study.
struct Arm: StudyArm {
  let course: Course

  var description: String { "\(course)" }

  func run(_ progress: ArmProgress) throws -> Outcome {
    try Outcome.of(course, baseIn: BaseModel.shelved(), .sweep) { lap in
      progress.advance(to: Double(lap.step) / Double(course.steps), lap.summary)
    }.outcome
  }
}
