import Courses
import Curriculum
import Foundation
import Pretraining
import Testing
import Transformer
import TransformersOracle
import Tuning

@Suite struct CoursesHubTests {
  @Test(.enabled(if: TransformersOracle.isAvailable))
  func `peft reads what was learned beside the base and writes the same`() throws {
    var recipe = BaseModel.Recipe()
    (recipe.layers, recipe.width, recipe.steps) = (2, 64, 300)
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")
    let (home, learned) = (folder.appending(path: "base"), folder.appending(path: "adapter"))
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try BaseModel.make(in: home, recipe) { _ in }

    let base = try BaseModel(contentsOf: home)
    var course = Course(.grpo, seed: 1, learningRate: 1e-2, rank: 8)
    course.steps = 6
    let graduate = try course.teach(base)
    try #require(graduate.adapter).write(to: learned, baseName: home.path)

    let prompt = BaseModel.specimenProblem.prompt
    let tokens = base.tokenizer.encode(prompt)
    func rows(_ model: Transformer) -> [[Float]] {
      let logits = model(Passage(tokens, lengths: [tokens.count]))
      return tokens.indices.map(logits.row)
    }
    let answer = try TransformersOracle.ask(
      about: home, adapter: learned, .text(prompt), new: 100)
    #expect(answer.tokens == tokens)
    #expect(answer.difference(from: rows(graduate.model)) < 1e-5)
    // Without the adapter it is another model.
    #expect(answer.difference(from: rows(base.model)) > 1e-2)
    let written = Writer(graduate.model, sampling: .greedy, limit: 100)([tokens])[0].tokens
    #expect(written == answer.greedy)
    #expect(base.tokenizer.decode(written) == answer.text)
    #expect(Set(written).count > 5)
  }
}
