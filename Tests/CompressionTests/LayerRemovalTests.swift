import Calibration
import Experts
import Kernels
import Tensors
import Testing
import Training
import Transformer

@testable import Compression

@Suite struct LayerRemovalTests {
  /// The model with a second block that adds nothing.
  private func model() throws -> Transformer {
    let model = Sample.model()
    for name in ["self_attn.o_proj", "mlp.down_proj"] {
      let parameter = try #require(
        model.parameters.all.first { $0.name == "model.layers.1.\(name).weight" })
      parameter.set(Tensor(parameter.shape, repeating: 0))
    }
    return model
  }

  private let examples = Sample.texts.map { Example($0) }

  @Test func `a block that adds nothing has no influence, by either measure`() throws {
    let model = try model()
    let influences = model.blockInfluences(on: Sample.texts)
    #expect(abs(influences[1]) < 1e-12 && influences[0] > 1e-3 && influences[2] > 1e-3)
    let surprisals = model.surprisals(of: examples)
    let loss = surprisals.reduce(0, +) / Double(surprisals.count)
    let losses = model.lossesWithoutBlock(on: examples)
    #expect(losses[1] == loss && losses[0] != loss && losses[2] != loss)
  }

  @Test func `removing it changes no bit`() throws {
    let model = try model()
    let shallow = try model.removingBlocks([1])
    #expect(shallow.configuration.layers == 2 && shallow.blocks.count == 2)
    #expect(Sample.logits(shallow) == Sample.logits(model))
    #expect(try ModelShape(of: shallow).isOrdinary)
  }

  @Test func `influences are one minus the mean cosine`() throws {
    let model = Sample.model()
    let text = Sample.texts[0]
    let table = RotaryTable(headWidth: 8, positions: 64, base: 10_000)
    let x = model.embedding.tensor.rows(text)
    let y = model.blocks[0](x, Passage(text, lengths: [text.count]), rotary: table)
    var sum = 0.0
    for row in text.indices {
      let (a, b) = (x.row(row).map(Double.init), y.row(row).map(Double.init))
      let across = zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 }
      let sizes = [a, b].map { $0.reduce(0.0) { $0 + $1 * $1 }.squareRoot() }
      sum += 1 - across / (sizes[0] * sizes[1])
    }
    let expected = sum / Double(text.count)
    #expect(abs(model.blockInfluences(on: [text])[0] - expected) < 1e-9)
  }

  @Test func `what layers do differently moves with them`() throws {
    var configuration = Sample.configuration
    configuration.attention.unrotatedLayers = [0, 2]
    configuration.attention.chunk = 16
    let model = Sample.model(configuration)
    var shorter = model
    shorter.blocks.remove(at: 1)
    let shallow = try model.removingBlocks([1])
    #expect(shallow.configuration.attention.unrotatedLayers == [0, 1])
    #expect(Sample.logits(shallow) == Sample.logits(shorter))
  }

  @Test func `layers of any kind can go`() throws {
    let mixture = try Sample.mixture { $0.interval = 2 }
    var shorter = mixture
    shorter.blocks.remove(at: 0)
    let shallow = try mixture.removingBlocks([0])
    #expect(shallow.mixtures.count == 1 && shallow.blocks[0].feedForward is MixtureOfExperts)
    #expect(Sample.logits(shallow) == Sample.logits(shorter))
    let dense = try mixture.removingBlocks([1])
    #expect(dense.mixtures.isEmpty && dense.configuration.layers == 2)

    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let pruning = ActivationPruning(.contribution, .threshold(0.9), repair: .meanFolding)
    let narrow = try pruning(model, calibration)
    let factored = try LowRank(.plain) { name, _ in name.contains(".1.mlp.") ? nil : 5 }(narrow)
      .model
    shorter = factored
    shorter.blocks.remove(at: 0)
    #expect(Sample.logits(try factored.removingBlocks([0])) == Sample.logits(shorter))
  }

  @Test func `what cannot be removed is refused`() {
    let model = Sample.model()
    #expect(message { _ = try model.removingBlocks([3]) }.contains("no layer 3"))
    #expect(message { _ = try model.removingBlocks([0, 1, 2]) }.contains("keep one"))
  }
}
