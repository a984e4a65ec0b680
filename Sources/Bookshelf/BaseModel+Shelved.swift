import Foundation
import Notebook
import Pretraining

extension BaseModel {
  /// The folder of the base model that chapter 2 trains, which is trained if it is missing.
  public static func shelved() throws -> URL {
    let recipe = Recipe.current
    return try workspace(
      "base-model", key: "\(recipe)", madeBy: "Pretraining", takes: "two minutes"
    ) { folder in
      try progress("pretraining", total: recipe.steps) { bar in
        try make(in: folder, recipe) { bar.advance("loss \(Float($0.loss))") }
      }
    }
  }
}

extension BaseModel.Recipe {
  /// What `SIZE` and `SEED` ask for.
  public static var current: BaseModel.Recipe {
    var recipe = BaseModel.Recipe()
    recipe.seed = Seed.current
    recipe.steps = Size.current.pick(tiny: 60, book: recipe.steps, large: 4 * recipe.steps)
    return recipe
  }
}
