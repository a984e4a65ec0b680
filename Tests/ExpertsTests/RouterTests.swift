import Tensors
import Testing
import Transformer

@testable import Experts

@Suite struct RouterTests {
  /// Away from ties, so that no step of a finite difference changes a choice.
  private let logits = Tensor([[0.1, 2, -1, 0.9], [3, 1, -0.5, 2], [-1, -2, 0.5, -3]])

  private func router(
    _ mixture: MixtureConfiguration, weight: Tensor? = nil
  ) -> Router {
    let scope = Scope(Parameters(), seed: 1)
    let router = Router(mixture, width: 4, layer: 0, names: MixtureNames(), scope)
    if let weight { router.weight?.set(weight) }
    return router
  }

  private func variants(k: Int) -> [MixtureConfiguration] {
    MixtureConfiguration.Score.allCases.flatMap { score in
      MixtureConfiguration.Order.allCases.flatMap { order in
        [false, true].map { renormalizes in
          var mixture = MixtureConfiguration(experts: 4, expertsPerToken: k, expertWidth: 8)
          mixture.score = score
          mixture.order = order
          mixture.renormalizes = renormalizes
          mixture.scale = 1.5
          return mixture
        }
      }
    }
  }

  /// With the unit matrix as its input, a router's logits are its weight's columns.
  private let units = Tensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])

  @Test(arguments: [1, 2, 3, 4])
  func `the gradient of every variant is the slope that is measured`(_ k: Int) throws {
    for mixture in variants(k: k) {
      guard (try? mixture.validate()) != nil else { continue }
      let router = router(mixture)
      let check = gradientCheck(at: [logits]) { inputs in
        let basis =
          mixture.order == .scoreThenSelect ? router.scored(inputs[0]) : inputs[0]
        return router.weights(basis, router.top(basis))
      }
      #expect(check < 2e-4, "\(mixture)")
    }
  }

  @Test func `what is refused has no gradient, and what has a gradient is not refused`() {
    for k in 1...4 {
      for mixture in variants(k: k) {
        let router = router(mixture)
        let slopes = gradient(at: [logits]) { inputs in
          let basis =
            mixture.order == .scoreThenSelect ? router.scored(inputs[0]) : inputs[0]
          return
            (router.weights(basis, router.top(basis))
            * Sample.tensor([3, k], seed: 4)).sum()
        }.gradients[0].floats
        let learns = slopes.contains { abs($0) > 1e-4 }
        let isAccepted = (try? mixture.validate()) != nil
        #expect(learns == isAccepted, "\(mixture)")
      }
    }
  }

  @Test func `softmax over the selected is softmax over all, renormalised`() {
    var before = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 8)
    before.renormalizes = true
    var after = before
    after.renormalizes = false
    after.order = .selectThenScore
    let (a, b) = (router(before), router(after))
    let left = a.weights(a.scored(logits), a.top(a.scored(logits))).floats
    let right = b.weights(logits, b.top(logits)).floats
    for (left, right) in zip(left, right) { #expect(abs(left - right) < 2e-7) }
  }

  @Test func `a bias selects and does not weigh`() {
    var mixture = MixtureConfiguration(experts: 4, expertsPerToken: 1, expertWidth: 8)
    mixture.score = .sigmoid
    let plain = router(mixture, weight: units)
    mixture.hasSelectionBias = true
    let biased = router(mixture, weight: units)
    let x = Tensor([[1, 2, 3, 4]])
    let passage = Passage([0], lengths: [1])
    #expect(plain(x, passage).choices == [3] && biased(x, passage).choices == [3])
    biased.selectionBias?.set(Tensor([9, 0, 0, 0]))
    let routing = biased(x, passage)
    #expect(routing.choices == [0])
    #expect(routing.weights.floats == [Tensor([1]).sigmoid().scalar])
  }

  @Test func `ties go to the lowest index`() {
    let mixture = MixtureConfiguration(experts: 4, expertsPerToken: 2, expertWidth: 8)
    let routing = router(mixture, weight: Tensor([4, 4], repeating: 0))(
      units, Passage([0, 1, 2, 3], lengths: [4]))
    #expect(routing.choices == [0, 1, 0, 1, 0, 1, 0, 1])
    #expect(routing.weights.floats.allSatisfy { $0 == 0.25 })
  }

  @Test func `a refusal says why`() throws {
    var mixture = MixtureConfiguration(experts: 4, expertsPerToken: 1, expertWidth: 8)
    mixture.renormalizes = true
    let error = #expect(throws: MixtureError.self) {
      try Transformer(Sample.decoder, mixture: mixture, seed: 1)
    }
    #expect(error?.description.contains("the router would get no gradient") == true)
    mixture.expertsPerToken = 5
    #expect(throws: MixtureError.self) { try mixture.validate() }
    mixture.expertsPerToken = 2
    try mixture.validate()
    mixture.scale = .nan
    #expect(throws: MixtureError.self) { try mixture.validate() }
  }
}
