import Foundation
import Pretraining
import Scratch
import Testing
import Transformer

@testable import WidePretraining

@Suite struct WideModelTests {
  private static func base() throws -> BaseModel {
    var recipe = BaseModel.Recipe()
    (recipe.layers, recipe.width, recipe.steps, recipe.rows) = (2, 64, 2, 2)
    return try BaseModel.pretrain(recipe)
  }

  @Test func `it begins as the base but for its wide layers`() throws {
    let base = try Self.base()
    var untrained = WideModel.Recipe()
    untrained.steps = 0
    let wide = try WideModel.pretrain(from: base, untrained)
    #expect(
      wide.model.configuration.feedForwardWidth == 4 * base.model.configuration.feedForwardWidth)
    for (new, old) in zip(wide.model.parameters.all, base.model.parameters.all) {
      #expect(new.name == old.name)
      if new.name.contains(".mlp.") {
        #expect(new.shape.count == 4 * old.shape.count)
      } else {
        #expect(new.tensor.floats == old.tensor.floats)
      }
    }
  }

  @Test func `what make leaves is what was trained`() throws {
    let base = try Self.base()
    let before = base.model.parameters.all.map(\.tensor.floats)
    var recipe = WideModel.Recipe()
    (recipe.steps, recipe.rows, recipe.rowLength) = (4, 2, 64)
    try inTemporaryFolder { folder in
      var reported: [Double] = []
      try WideModel.make(in: folder, from: base, recipe) { reported.append($0.loss) }
      let read = try WideModel(contentsOf: folder)
      let again = try WideModel.pretrain(from: base, recipe)
      #expect(
        read.model.parameters.all.map(\.tensor.floats)
          == again.model.parameters.all.map(\.tensor.floats))
      #expect(try WideModel.losses(in: folder) == reported && reported.count == 4)
      #expect(read.tokenizer.encode("12*5=60") == base.tokenizer.encode("12*5=60"))
    }
    // The base is not touched.
    #expect(base.model.parameters.all.map(\.tensor.floats) == before)
  }
}
