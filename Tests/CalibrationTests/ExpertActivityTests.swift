import Experts
import Kernels
import Tensors
import Testing
import Transformer

@testable import Calibration

@Suite struct ExpertActivityTests {
  /// By hand, for the first layer: every expert on every token.
  private func byHand(_ model: Transformer) -> ExpertActivity {
    let mixture = model.mixtures[0]
    let count = mixture.experts.count
    var activity = ExpertActivity(
      tokens: Array(repeating: 0, count: count), contributions: Array(repeating: 0, count: count))
    let table = RotaryTable(headWidth: 8, positions: 64, base: 10_000)
    for text in Sample.texts {
      let (block, passage) = (model.blocks[0], Passage(text, lengths: [text.count]))
      var x = model.embedding.tensor.rows(text)
      x = x + block.attention(block.attentionNorm(x), passage, rotary: table)
      let inner = block.feedForwardNorm(x)
      let routing = mixture.router(inner, passage)
      for token in text.indices {
        for slot in 0..<routing.slots {
          let expert = Int(routing.choices[token * routing.slots + slot])
          let weight = routing.weights[token, slot]
          let row = inner.rows([Int32(token)])
          let answer =
            mixture.configuration.weighs == .input
            ? mixture.experts[expert](row.scaled(by: weight))
            : mixture.experts[expert](row).scaled(by: weight)
          activity.tokens[expert] += 1
          activity.contributions[expert] +=
            answer.floats.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
      }
    }
    return activity
  }

  @Test(arguments: [false, true])
  func `saliencies are those of REAP`(_ weighsInput: Bool) throws {
    let model = try Sample.mixture {
      $0.weighs = weighsInput ? .input : .output
      if weighsInput { $0.score = .sigmoid }
    }
    let activity = try #require(try Calibration(of: model, on: Sample.texts).experts[0])
    let expected = byHand(model)
    #expect(activity.tokens == expected.tokens)
    for (ours, theirs) in zip(activity.saliencies, expected.saliencies) {
      #expect(abs(ours - theirs) < 1e-5 * theirs)
    }
    #expect(Set(activity.saliencies).count == 4)
  }

  @Test func `an expert that no token visits is told`() throws {
    let model = try Sample.mixture()
    let text: [[Int32]] = [[5]]
    let calibration = try Calibration(of: model, on: text)
    let idle = try #require(calibration.experts[0]?.tokens.firstIndex(of: 0))
    #expect(calibration.experts[0]?.saliencies[idle] == 0)
    let error = #expect(throws: CompressionError.self) {
      try calibration.inputs(of: "model.layers.0.mlp.experts.\(idle).down_proj")
    }
    #expect(error?.description.contains("none of the 1 tokens") == true)
  }
}
