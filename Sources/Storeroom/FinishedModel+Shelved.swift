import Bookshelf
import Courses
import Finishing
import Foundation
import Notebook
import Pretraining
import Tuning

extension FinishedModel {
  /// The finished model: what the course in GRPO of chapter 5 left, its adapter merged with the base.
  public static func shelved() throws -> FinishedModel {
    let base = try BaseModel.shelved()
    var course = Course(.grpo, seed: Seed.current, learningRate: 1e-3, rank: 8)
    course.steps = Size.current.pick(tiny: 4, book: course.steps, large: 2 * course.steps)
    var amount = Amount()
    if Size.current == .tiny { (amount.texts, amount.validation, amount.heldOut) = (64, 16, 16) }
    let (_, adapterFolder) = try course.shelved(base)
    let folder = try workspace(
      "finished-model", key: "\(course) \(course.steps) \(amount)", madeBy: "Finishing",
      takes: "half a minute"
    ) { folder in
      let model = try BaseModel(contentsOf: base)
      let adapter = try Adapter(contentsOf: adapterFolder, for: model.model)
      adapter.merge()
      try make(
        in: folder, adapter.base, model.tokenizer, practised: course.material(model), amount)
    }
    return try FinishedModel(contentsOf: folder)
  }
}
