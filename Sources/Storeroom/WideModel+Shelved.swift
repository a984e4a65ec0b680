import Bookshelf
import Foundation
import Notebook
import Pretraining
import WidePretraining

extension WideModel {
  /// The folder of the deliberately wide model of chapter 8, which is trained if it is missing.
  public static func shelved() throws -> URL {
    var recipe = Recipe()
    recipe.seed = Seed.current
    let steps = recipe.steps
    recipe.steps = Size.current.pick(tiny: 60, book: steps, large: 4 * steps)
    let base = try BaseModel.shelved()
    return try workspace(
      "wide-model", key: "\(recipe) \(base.lastPathComponent)", madeBy: "WidePretraining",
      takes: "a minute"
    ) { folder in
      try progress("pretraining, wide", total: recipe.steps) { bar in
        try make(in: folder, from: BaseModel(contentsOf: base), recipe) {
          bar.advance("loss \(Float($0.loss))")
        }
      }
    }
  }
}
