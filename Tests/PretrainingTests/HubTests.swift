import Foundation
import Testing
import Transformer
import TransformersOracle

@testable import Pretraining

@Suite struct PretrainingHubTests {
  @Test(.enabled(if: TransformersOracle.isAvailable))
  func `transformers reads the base model and writes the same`() throws {
    var recipe = BaseModel.Recipe()
    recipe.steps = 300
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try BaseModel.make(in: folder, recipe) { _ in }
    let base = try BaseModel(contentsOf: folder)
    let prompt = BaseModel.specimenProblem.prompt
    let answer = try TransformersOracle.ask(about: folder, .text(prompt), new: 60)

    let tokens = base.tokenizer.encode(prompt)
    #expect(answer.tokens == tokens)
    let logits = base.model(Passage(tokens, lengths: [tokens.count]))
    #expect(answer.difference(from: tokens.indices.map(logits.row)) < 2e-5)
    let written = Writer(base.model, sampling: .greedy, limit: 60)([tokens])[0].tokens
    #expect(written == answer.greedy)
    #expect(base.tokenizer.decode(written) == answer.text)
    #expect(Set(written).count > 5)
  }
}
