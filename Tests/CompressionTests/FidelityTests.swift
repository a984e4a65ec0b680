import Testing
import Training
import Transformer

@testable import Compression

@Suite struct FidelityTests {
  private let model = Sample.model()
  private let examples = Sample.texts.map { Example($0, given: 3) }

  @Test func `a model is as near to itself as can be`() {
    let fidelity = Fidelity(of: model, to: model, on: examples)
    #expect(fidelity.tokens == examples.reduce(0) { $0 + $1.learned })
    #expect(fidelity.divergence == 0 && fidelity.agreement == 1)
    #expect(fidelity.lossDifference == 0 && fidelity.interval == 0...0)
  }

  @Test func `the losses are those of a trainer`() throws {
    let trainer = Trainer(model, Trainer.Options(steps: 1, learningRate: 1)) { _ in [] }
    let loss = try #require(trainer.loss(on: examples))
    let fidelity = Fidelity(of: model, to: model, on: examples)
    #expect(abs(fidelity.loss - loss) < 1e-12)
  }

  @Test func `another model is further away, and its difference lies in the interval`() throws {
    let sparse = try ZeroPruning(.magnitude, .share(0.5))(model).model
    let sparser = try ZeroPruning(.magnitude, .share(0.9))(model).model
    let (near, far) = (
      Fidelity(of: sparse, to: model, on: examples), Fidelity(of: sparser, to: model, on: examples)
    )
    #expect(near.divergence > 0 && far.divergence > near.divergence)
    #expect(near.agreement < 1 && far.agreement < near.agreement)
    #expect(near.interval.contains(near.lossDifference))
    #expect(near.interval.lowerBound < near.interval.upperBound)
    // Pair by pair the noise of the texts cancels.
    let surprisals = sparse.surprisals(of: examples)
    let mean = surprisals.reduce(0, +) / Double(surprisals.count)
    #expect(abs(mean - near.loss) < 1e-12)
  }

  @Test func `examples without anything to learn are passed over`() {
    let some = examples + [Example([5]), Example([1, 2], given: 2)]
    #expect(
      Fidelity(of: model, to: model, on: some) == Fidelity(of: model, to: model, on: examples))
    #expect(model.surprisals(of: [Example([5])]).isEmpty)
  }
}
