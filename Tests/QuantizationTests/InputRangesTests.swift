import Tensors
import Testing
import Transformer

@testable import Quantization

@Suite struct InputRangesTests {
  @Test func `the largest inputs are those of the layer`() throws {
    let model = Transformer(
      Configuration(
        vocabulary: 40, width: 64, layers: 2, heads: 4, feedForwardWidth: 96, context: 32),
      seed: 5)
    let texts: [[Int32]] = [[3, 1, 4], [1, 5, 9, 2]]
    let ranges = model.inputRanges(on: texts)
    #expect(ranges.count == 2 * 7)
    let range = try #require(ranges["model.layers.0.self_attn.k_proj.weight"])
    // What the first norm makes of the embeddings.
    let inputs = texts.map { model.blocks[0].attentionNorm(model.embedding.tensor.rows($0)) }
    let magnitudes = inputs.map { $0.floats.map(\.magnitude) }
    for channel in 0..<64 {
      let largest = magnitudes.flatMap { row in
        stride(from: channel, to: row.count, by: 64).map { row[$0] }
      }.max()
      #expect(range.largest[channel] == largest)
    }
    let mean = magnitudes.joined().reduce(0.0) { $0 + Double($1) } / Double(7 * 64)
    #expect(abs(range.mean - mean) < 1e-9 * mean)
  }
}
