import Tensors
import Testing
import Transformer

@testable import Quantization

@Suite struct ReplacingTests {
  private let configuration = Configuration(
    vocabulary: 50, width: 64, layers: 2, heads: 4, keyValueHeads: 2, feedForwardWidth: 96,
    context: 64)

  private func error(_ ours: Tensor, _ truth: Tensor) -> Float {
    let difference = ours - truth
    return ((difference * difference).sum().scalar / (truth * truth).sum().scalar).squareRoot()
  }

  @Test(arguments: [true, false])
  func `a model of few bits says nearly the same`(_ isTied: Bool) throws {
    var configuration = configuration
    configuration.tiesEmbeddings = isTied
    let model = Transformer(configuration, seed: 3)
    let passage = Passage([3, 1, 4, 1, 5, 9, 2, 6], lengths: [8])
    let truth = model(passage)
    var names: [String] = []
    let eight = try model.replacingWeights { name, weight throws(QuantizationError) in
      names.append(name)
      return BlockProjection(try BlockMatrix(rounding: weight, to: .q80))
    }
    let four = try model.replacingWeights { _, weight throws(QuantizationError) in
      BlockProjection(try BlockMatrix(rounding: weight, to: .q40))
    }
    #expect(names.count == 2 * 7 + 1)
    #expect(names.last == (isTied ? "model.embed_tokens.weight" : "lm_head.weight"))
    // The steps of weights are sixteen times finer; those of activations are the same.
    let (fine, coarse) = (error(eight(passage), truth), error(four(passage), truth))
    #expect(fine > 0 && fine * 5 < coarse && coarse < 1)
    // The original is as it was.
    #expect(bits(model(passage).floats) == bits(truth.floats))
    // Keeping every weight keeps every bit.
    let same = try model.replacingWeights { _, _ throws(QuantizationError) in nil }
    #expect(bits(same(passage).floats) == bits(truth.floats))
  }

  /// A decoder of few bits writes the same text in any company and on any number of threads.
  @Test func `writing depends on nothing but the prompt`() throws {
    let model = try Transformer(configuration, seed: 4).replacingWeights {
      _, weight throws(QuantizationError) in
      Int8Projection(try Int8Matrix(rounding: weight))
    }
    let prompts: [[Int32]] = (0..<6).map { i in (0...i).map { Int32(7 * i + $0) } }
    let alone = Writer(model, limit: 20, batch: 1)(prompts)
    let together = Writer(model, limit: 20, batch: 6)(prompts)
    #expect(alone == together)
  }

  @Test func `a failure names the weight`() throws {
    var configuration = configuration
    configuration.feedForwardWidth = 100
    let model = Transformer(configuration, seed: 1)
    let error = #expect(throws: QuantizationError.self) {
      try model.replacingWeights { _, weight throws(QuantizationError) in
        BlockProjection(try BlockMatrix(rounding: weight, to: .q40))
      }
    }
    #expect(
      error?.description
        == "model.layers.0.mlp.down_proj.weight: rows of 100 weights are no multiple of the 32 in a "
        + "block of Q4_0; keep this matrix in F16, or use int8 rows")
  }
}
