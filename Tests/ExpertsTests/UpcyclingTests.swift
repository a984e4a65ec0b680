import Tensors
import Testing
import Transformer

@testable import Experts

@Suite struct UpcyclingTests {
  private func dense() -> Transformer {
    let model = Transformer(Sample.decoder, seed: 3)
    for (index, parameter) in model.parameters.all.enumerated() {
      let noise = Sample.tensor(parameter.shape, seed: UInt64(index), deviation: 0.2)
      parameter.set(parameter.tensor + noise)
    }
    return model
  }

  private func mixture(k: Int) -> MixtureConfiguration {
    var mixture = MixtureConfiguration(
      experts: 6, expertsPerToken: k, expertWidth: Sample.decoder.feedForwardWidth)
    mixture.renormalizes = true
    return mixture
  }

  private let passage = Passage(Sample.tokens(80), lengths: [50, 30])

  @Test(arguments: [2, 4])
  func `with equal weights the output is the dense model's, to the bit`(_ k: Int) throws {
    let dense = dense()
    let sparse = try dense.upcycled(to: mixture(k: k), seed: 1)
    for layer in sparse.mixtures {
      layer.router.weight!.set(Tensor(layer.router.weight!.shape, repeating: 0))
    }
    #expect(sparse(passage).floats == dense(passage).floats)
  }

  @Test(arguments: [2, 3, 5], [1, 2])
  func `with any weights that add up to one it is so but for rounding`(
    _ k: Int, _ interval: Int
  ) throws {
    let dense = dense()
    var mixture = mixture(k: k)
    mixture.interval = interval
    let sparse = try dense.upcycled(to: mixture, seed: 1)
    #expect(sparse.mixtures.count == (interval == 1 ? 3 : 1))
    let (a, b) = (sparse(passage).floats, dense(passage).floats)
    let scale = b.map(abs).max()!
    // Weights and sums are rounded k times for each layer, by half a unit of 2⁻²³ each.
    for (a, b) in zip(a, b) { #expect(abs(a - b) <= 16 * 0x1p-23 * scale) }
  }

  @Test func `what cannot begin as the dense model is refused`() throws {
    let dense = dense()
    var narrow = mixture(k: 2)
    narrow.expertWidth = 8
    #expect(throws: MixtureError.self) { try dense.upcycled(to: narrow, seed: 1) }
    var shared = mixture(k: 2)
    shared.shared = .init(width: 48)
    #expect(throws: MixtureError.self) { try dense.upcycled(to: shared, seed: 1) }
    let sparse = try dense.upcycled(to: mixture(k: 2), seed: 1)
    #expect(throws: MixtureError.self) { try sparse.upcycled(to: mixture(k: 2), seed: 1) }
  }
}
