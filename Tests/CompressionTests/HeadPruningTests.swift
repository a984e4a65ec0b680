import Calibration
import Factorizations
import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct HeadPruningTests {
  @Test func `scores are the sizes of what groups add`() throws {
    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let scores = try HeadPruning(keeping: 1).scores(of: model, calibration)
    #expect(scores.count == 3 && scores.allSatisfy { $0.count == 2 })
    // By hand for one group, from the Gram matrix: E ‖W a‖² is the trace of W H Wᵀ.
    let name = "model.layers.2.self_attn.o_proj"
    let weight = try #require(model.parameters.all.first { $0.name == "\(name).weight" }).tensor
    var sum = 0.0
    for row in 0..<32 {
      for i in 16..<32 {
        for j in 16..<32 {
          sum += Double(weight[row, i] * weight[row, j]) * calibration[name].gram[i, j]
        }
      }
    }
    let expected = (sum / Double(calibration.tokens)).squareRoot()
    #expect(abs(scores[2][1] - expected) < 1e-6 * expected)
  }

  @Test(arguments: [Configuration.Family.llama, .qwen2])
  func `heads that say nothing cost nothing`(_ family: Configuration.Family) throws {
    var configuration = Sample.configuration
    configuration.family = family
    let model = Sample.model(configuration)
    for layer in 0..<3 {
      let name = "model.layers.\(layer).self_attn.o_proj.weight"
      let output = try #require(model.parameters.all.first { $0.name == name })
      let silent = layer == 1 ? 16..<32 : 0..<16
      output.set(
        Tensor(
          output.shape,
          output.tensor.floats.enumerated().map { silent.contains($0 % 32) ? 0 : $1 }))
    }
    let calibration = try Calibration(of: model, on: Sample.texts)
    for repairs in [false, true] {
      let narrow = try HeadPruning(keeping: 1, repairs: repairs)(model, calibration)
      #expect(narrow.configuration.heads == 2 && narrow.configuration.keyValueHeads == 1)
      #expect(narrow.configuration.headWidth == 8)
      #expect(Sample.change(model, narrow) < 1e-6)
      #expect(try ModelShape(of: narrow).isOrdinary)
    }
  }

  @Test func `the cache shrinks, and the model still writes`() throws {
    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let narrow = try HeadPruning(keeping: 1)(model, calibration)
    func bytes(_ model: Transformer) -> Int {
      KeyValueCache(model.configuration, slots: 1, capacity: 64).bytes
    }
    #expect(2 * bytes(narrow) == bytes(model))
    let written = Writer(narrow, sampling: .greedy, limit: 5)([[1, 2, 3]])[0].tokens
    var tokens: [Int32] = [1, 2, 3]
    for _ in 0..<5 {
      let logits = narrow(Passage(tokens, lengths: [tokens.count])).row(tokens.count - 1)
      tokens.append(Int32(logits.firstIndex(of: logits.max()!)!))
    }
    #expect(written == Array(tokens[3...]))
  }

  @Test func `repair loses less`() throws {
    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let plain = try HeadPruning(keeping: 1, repairs: false)(model, calibration)
    let repaired = try HeadPruning(keeping: 1)(model, calibration)
    #expect(Sample.change(model, repaired) < Sample.change(model, plain))
  }

  @Test func `what cannot be pruned is refused`() throws {
    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    for groups in [0, 3] {
      #expect(
        message { _ = try HeadPruning(keeping: groups)(model, calibration) }
          .contains("cannot keep \(groups)"))
    }
    var configuration = Sample.configuration
    configuration.attention.norm = .projections
    let normed = Sample.model(configuration)
    let other = try Calibration(of: normed, on: Sample.texts)
    #expect(
      message { _ = try HeadPruning(keeping: 1)(normed, other) }.contains("across all heads"))
  }
}
