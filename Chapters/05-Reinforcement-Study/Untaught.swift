import Bookshelf
import Courses
import Notebook
import Pretraining
import Transformer

/// The base model at one temperature, as an arm of the study: what can be had without teaching.
struct Untaught: StudyArm {
  let temperature: Float
  let seed: UInt64

  var description: String { "base at temperature \(temperature), problems of seed \(seed)" }

  func run(_ progress: ArmProgress) throws -> [Exam: Marks] {
    let base = try BaseModel(contentsOf: BaseModel.shelved())
    let course = Course(.grpo, seed: seed, learningRate: 0)
    return Courses.Outcome.marks(
      base.model, base.tokenizer, practised: course.material(base), .deepStudy,
      sampling: Sampling(temperature: temperature))
  }
}
