import Kernels
import Tensors
import Testing
import Transformer

@testable import Experts

@Suite struct LoadTests {
  @Test func `balance and collapse`() {
    let even = Load([5, 5, 5, 5])
    #expect(even.maximumViolation == 0 && even.variation == 0 && even.dead == 0)
    #expect(even.shares == [0.25, 0.25, 0.25, 0.25])
    let collapsed = Load([20, 0, 0, 0])
    #expect(collapsed.maximumViolation == 3 && collapsed.dead == 3)
    #expect(abs(collapsed.variation - 3.0.squareRoot()) < 1e-12)
    #expect(Load([0, 0]).maximumViolation == 0)
    #expect(Load([100, 100, 9]).dead == 0 && Load([100, 100, 6]).dead == 1)
  }

  @Test func `entropy is between certainty and even odds`() {
    func entropy(_ logits: Tensor) -> Double {
      Routing(
        logits: logits, score: .softmax, experts: 4, slots: 1, choices: [0, 0], served: [0, -1],
        weights: Tensor([2, 1], repeating: 1)
      ).entropy!
    }
    #expect(abs(entropy(Tensor([2, 4], repeating: 3)) - 1) < 1e-6)
    #expect(entropy(Tensor([[200, 0, 0, 0], [0, 0, 200, 0]])) == 0)
    let half = entropy(Tensor([[200, 200, 0, 0], [0, 0, 200, 200]]))
    #expect(abs(half - 0.5) < 1e-6)
  }

  @Test func `the ledger sums a step over its pieces and knows the last pass`() {
    let layer = Sample.model(Sample.mixtral).mixtures[0]
    func pass(_ count: Int, step: Int?) {
      var passage = Passage(Sample.tokens(count), lengths: [count])
      passage.training = step.map { Passage.Training(step: $0) }
      _ = layer(Sample.tensor([count, 32], seed: 2), passage)
    }
    pass(10, step: 0)
    pass(7, step: 0)
    #expect(layer.ledger.load.reduce(0, +) == 34)
    pass(5, step: nil)
    #expect(layer.ledger.load.reduce(0, +) == 34)
    #expect(layer.ledger.latest?.tokens == 5)
    pass(3, step: 1)
    #expect(layer.ledger.load.reduce(0, +) == 6)
  }
}

@Suite struct SpecializationTests {
  private let labels = (0..<4000).map { Int32($0 % 5) }

  @Test func `a function of the label tells all, and chance nothing`() {
    let function = Specialization(experts: labels.map { ($0 * 3) % 5 }, labels: labels)
    #expect(abs(function.information - 1) < 1e-9 && function.shuffled < 0.01)
    var generator = Generator(seed: 2)
    let chance = (0..<4000).map { _ in Int32(generator.uniform(below: 8)) }
    let nothing = Specialization(experts: chance, labels: labels)
    #expect(nothing.information < 0.01 && nothing.shuffled > 0)
  }

  @Test func `half of what there is to know`() {
    // Four experts; the label tells which two of them.
    let experts = (0..<4000).map { Int32($0 % 4) }
    let half = Specialization(experts: experts, labels: experts.map { $0 / 2 })
    #expect(abs(half.information - 0.5) < 1e-9)
  }

  @Test func `one expert for all is no specialist`() {
    let one = Specialization(experts: labels.map { _ in 3 }, labels: labels)
    #expect(one.information == 0 && one.shuffled == 0)
  }
}
