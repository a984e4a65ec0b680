import Calibration
import Distillation
import Kernels
import Tensors
import Testing
import Training
import Transformer

@testable import Compression

@Suite struct LowRankTests {
  private func untied() -> Transformer {
    var configuration = Sample.configuration
    configuration.tiesEmbeddings = false
    configuration.family = .qwen2
    return Sample.model(configuration)
  }

  @Test func `a factorised model computes with the products of its factors`() throws {
    let model = untied()
    let before = Sample.weights(model)
    let calibration = try Calibration(of: model, on: Sample.texts)
    let lowRank = LowRank(.whitened) { name, shape in
      name.contains(".0.") || name == "lm_head" ? Rank.breakEven(shape) : nil
    }
    let (factored, factors) = try lowRank(model, calibration)
    #expect(Sample.weights(model) == before)
    #expect(factors.count == 8)
    // A dense model with the products as weights.
    let dense = try model.duplicate()
    for (name, weight) in try dense.denseLinears() {
      if let factors = factors[name] { weight.set(Tensor(factors.product)) }
    }
    #expect(Sample.change(dense, factored) < 1e-9)
    #expect(Sample.change(model, factored) > 1e-6)
    let saved = factors.reduce(0) { sum, item in
      let (rank, sides) = (item.value.rank, item.value.widen.rows + item.value.narrow.columns)
      return sum + item.value.widen.rows * item.value.narrow.columns - rank * sides
    }
    #expect(factored.liveParameterCount == model.liveParameterCount - saved)
  }

  @Test func `what is known of the inputs helps the model, too`() throws {
    let model = Sample.model()
    let calibration = try Calibration(of: model, on: Sample.texts)
    let changes = try [.plain, .whitened].map {
      Sample.change(model, try LowRank($0, keeping: 0.6)(model, calibration).model)
    }
    #expect(changes[1] < changes[0], "\(changes)")
  }

  @Test func `it writes, and packed for writing gives the same bits`() throws {
    let model = untied()
    let factored = try LowRank(.plain, keeping: 0.7)(model).model
    let projection = try #require(
      factored.blocks[0].attention.query.projection as? FactoredProjection)
    var generator = Generator(seed: 1)
    let x = Tensor([5, 32], normal: 1, from: &generator)
    let packed: any Projection = projection.packed()
    let (expected, found) = (projection(x).floats, packed(x).floats)
    #expect(found == expected && packed.shape == [32, 32] && projection.shape == [32, 32])
    let written = Writer(factored, sampling: .greedy, limit: 6)([[4, 5]])[0].tokens
    #expect(written.count == 6)
  }

  @Test func `its factors learn`() throws {
    let teacher = Sample.model()
    let factored = try LowRank(.plain, keeping: 0.4)(teacher).model
    let before = Sample.change(teacher, factored)
    let dead = factored.parameters.all.filter { parameter in
      !factored.liveParameters.contains { $0 === parameter }
    }
    #expect(dead.count == 12)
    let distiller = try Distiller(
      teacher, factored, Distiller.Options(steps: 40, learningRate: 2e-3)
    ) { step in (0..<4).map { Example(Sample.tokens(40, seed: UInt64(700 + 4 * step + $0))) } }
    try distiller.run()
    #expect(Sample.change(teacher, factored) < 0.7 * before)
    #expect(dead.allSatisfy { $0.tensor.floats.allSatisfy { $0 == 0 } })
  }

  @Test func `what cannot be factorised is refused`() throws {
    let model = Sample.model()
    #expect(
      message { _ = try LowRank(.plain) { _, _ in 16 }(model) }
        .contains("choose at most 15, or leave it dense"))
    #expect(message { _ = try LowRank(.plain) { _, _ in 0 }(model) }.contains("no rank 0"))
    #expect(message { _ = try LowRank(.whitened, keeping: 0.5)(model) }.contains("calibration"))
    let factored = try LowRank(.plain, keeping: 0.5)(model).model
    #expect(
      message { _ = try LowRank(.plain, keeping: 0.5)(factored) }.contains("compressed already"))
    let mixture = try Sample.mixture()
    #expect(
      message { _ = try LowRank(.plain, keeping: 0.5)(mixture) }.contains("mixture of experts"))
  }
}
