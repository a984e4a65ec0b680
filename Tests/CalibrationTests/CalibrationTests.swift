import Kernels
import Tensors
import Testing
import Transformer

@testable import Calibration

@Suite struct CalibrationTests {
  private let model = Transformer(Sample.configuration, seed: 1)

  @Test func `what each layer saw is what the block computes`() throws {
    let calibration = try Calibration(of: model, on: Sample.texts)
    #expect(calibration.tokens == Sample.texts.reduce(0) { $0 + $1.count })
    // By hand: the first block, piece by piece.
    let (block, expected) = (model.blocks[0], InputStatistics(width: 32))
    let hidden = InputStatistics(width: 48)
    for text in Sample.texts {
      let x = model.embedding.tensor.rows(text)
      let normed = block.attentionNorm(x)
      expected.add(normed)
      let table = RotaryTable(headWidth: 8, positions: 64, base: 10_000)
      let after = x + block.attention(normed, Passage(text, lengths: [text.count]), rotary: table)
      guard let layer = block.feedForward as? FeedForward else { continue }
      let inner = block.feedForwardNorm(after)
      hidden.add(layer.gate(inner).swiglu(layer.up(inner)))
    }
    #expect(calibration["model.layers.0.self_attn.q_proj"].gram == expected.gram)
    #expect(calibration["model.layers.0.mlp.down_proj"].gram == hidden.gram)
    #expect(calibration["model.layers.0.mlp.down_proj"].meanMagnitudes == hidden.meanMagnitudes)
  }

  @Test func `layers that see the same inputs share their statistics`() throws {
    let calibration = try Calibration(of: model, on: Sample.texts)
    let scope = "model.layers.1.self_attn"
    #expect(calibration["\(scope).q_proj"] === calibration["\(scope).v_proj"])
    #expect(calibration["\(scope).q_proj"] !== calibration["\(scope).o_proj"])
    #expect(
      calibration["model.layers.1.mlp.gate_proj"] === calibration["model.layers.1.mlp.up_proj"])
    for name in ["q_proj", "o_proj"] {
      #expect(calibration["\(scope).\(name)"].rows == calibration.tokens)
    }
  }

  @Test func `the head sees the hidden vectors`() throws {
    var configuration = Sample.configuration
    configuration.tiesEmbeddings = false
    let model = Transformer(configuration, seed: 1)
    let calibration = try Calibration(of: model, on: Sample.texts)
    let expected = InputStatistics(width: 32)
    for text in Sample.texts { expected.add(model.hidden(Passage(text, lengths: [text.count]))) }
    #expect(calibration["lm_head"].gram == expected.gram)
  }

  @Test func `a recording model computes the same bits`() {
    let text = Sample.texts[0]
    let inputs = InputStatistics(width: 32)
    var recording = model
    recording.blocks[0].attention.query.projection = RecordingProjection(
      model.blocks[0].attention.query.projection, inputs: inputs)
    let passage = Passage(text, lengths: [text.count])
    #expect(recording(passage).floats == model(passage).floats)
    #expect(inputs.rows == text.count)
  }

  @Test func `bad texts are refused with what is wrong and what to do`() {
    func message(_ texts: [[Int32]]) -> String {
      do {
        _ = try Calibration(of: model, on: texts)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(message([]).contains("no texts to calibrate with"))
    #expect(message([[1], []]).contains("text 1 of calibration has 0 tokens"))
    #expect(
      message([Array(repeating: 1, count: 65)]).contains("has 65 tokens; the model takes 1 to 64"))
    #expect(
      message([[3, 37]]).contains("holds the token 37") && message([[-1]]).contains("0..<37"))
  }

  @Test func `a model that is not dense is refused`() {
    var compressed = model
    compressed.forEachLinear {
      $0.projection = RecordingProjection($0.projection, inputs: nil)
    }
    let error = #expect(throws: CompressionError.self) {
      try Calibration(of: compressed, on: Sample.texts)
    }
    #expect(error?.description.contains("is compressed already") == true)
  }
}
