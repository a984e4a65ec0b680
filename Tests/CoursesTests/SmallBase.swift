import Pretraining

/// A base model that has hardly begun to read: it can be taught, and knows nothing.
func smallBase() throws -> BaseModel {
  var recipe = BaseModel.Recipe()
  recipe.layers = 1
  recipe.width = 32
  recipe.steps = 3
  recipe.rows = 2
  return try BaseModel.pretrain(recipe)
}
