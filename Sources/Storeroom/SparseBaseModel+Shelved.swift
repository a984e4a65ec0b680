import Bookshelf
import Foundation
import Notebook
import Pretraining
import SparsePretraining

extension SparseBaseModel {
  /// The folder of the base model's twin with experts, which chapter 3 trains and which is trained if
  /// it is missing.
  public static func shelved() throws -> URL {
    let recipe = BaseModel.Recipe.current
    return try workspace(
      "sparse-base-model", key: "\(recipe)", madeBy: "SparsePretraining", takes: "three minutes"
    ) { folder in
      try progress("pretraining, with experts", total: recipe.steps) { bar in
        try make(in: folder, recipe) { bar.advance("loss \(Float($0.loss))") }
      }
    }
  }
}
