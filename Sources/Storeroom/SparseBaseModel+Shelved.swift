import Foundation
import Notebook
import Pretraining
import SparsePretraining

extension SparseBaseModel {
  /// The folder of the base model's twin with experts, which chapter 3 trains and which is trained if
  /// it is missing.
  public static func shelved() throws -> URL {
    var recipe = BaseModel.Recipe()
    recipe.seed = Seed.current
    recipe.steps = Size.current.pick(tiny: 60, book: recipe.steps, large: 4 * recipe.steps)
    return try workspace(
      "sparse-base-model", key: "\(recipe)", madeBy: "SparsePretraining", takes: "three minutes"
    ) { folder in
      try progress("pretraining, with experts", total: recipe.steps) { bar in
        try make(in: folder, recipe) { bar.advance("loss \(Float($0.loss))") }
      }
    }
  }
}
