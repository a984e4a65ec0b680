import Curriculum
import Experts
import Foundation
import Pretraining
import Testing
import Transformer

@testable import SparsePretraining

@Suite struct SparseBaseModelTests {
  private static let recipe: BaseModel.Recipe = {
    var recipe = BaseModel.Recipe()
    (recipe.layers, recipe.width, recipe.steps, recipe.rows) = (2, 64, 6, 2)
    return recipe
  }()

  @Test func `it does the work of the dense model`() throws {
    var untrained = BaseModel.Recipe()
    untrained.steps = 0
    let sparse = try SparseBaseModel.pretrain(untrained).model
    let dense = try BaseModel.pretrain(untrained).model
    let routers = 4 * 8 * 128
    #expect(sparse.activeParameterCount - routers == dense.parameterCount)
    #expect(sparse.parameterCount - routers == dense.parameterCount + 4 * 3 * 3 * 128 * 336)
    #expect(
      sparse.activeForwardOperations(position: 100) - 2 * routers
        == dense.configuration.forwardOperations(position: 100))
    // Outside of the layers in question both begin with the same weights.
    let known = Dictionary(
      uniqueKeysWithValues: dense.parameters.all.map { ($0.name, $0.tensor.floats) })
    let others = sparse.parameters.all.filter { !$0.name.contains("block_sparse_moe") }
    #expect(others.count == dense.parameters.all.count { !$0.name.contains(".mlp.") })
    for parameter in others { #expect(parameter.tensor.floats == known[parameter.name]) }
  }

  @Test func `what make leaves is what was trained`() throws {
    let recipe = Self.recipe
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var reported: [Double] = []
    try SparseBaseModel.make(in: folder, recipe) { reported.append($0.loss) }
    let read = try SparseBaseModel(contentsOf: folder)
    let again = try SparseBaseModel.pretrain(recipe)
    #expect(
      read.model.parameters.all.map(\.tensor.floats)
        == again.model.parameters.all.map(\.tensor.floats))
    #expect(read.model.configuration == again.model.configuration)
    #expect(try SparseBaseModel.losses(in: folder) == reported && reported.count == 6)
    #expect(read.tokenizer.encode("12*5=60") == again.tokenizer.encode("12*5=60"))
    let prompt = read.tokenizer.encode(BaseModel.specimenProblem.prompt)
    let passage = Passage(prompt, lengths: [prompt.count])
    #expect(read.model(passage).floats == again.model(passage).floats)
    #expect(read.model.mixtures.map(\.configuration.order) == [.selectThenScore, .selectThenScore])
  }
}
