import Tensors
import Testing
import Transformer

@testable import Experts

/// What differs while training, and the controls.
@Suite struct SelectionTests {
  private func router(_ mixture: MixtureConfiguration) -> Router {
    Router(mixture, width: 32, layer: 3, names: MixtureNames(), Scope(Parameters(), seed: 1))
  }

  private let x = Sample.tensor([40, 32], seed: 8)

  private func passage(step: Int?, firstSequence: Int = 0) -> Passage {
    var passage = Passage(Sample.tokens(40), lengths: [30, 10])
    passage.training = step.map { Passage.Training(step: $0, firstSequence: firstSequence) }
    return passage
  }

  @Test func `capacity serves first choices first, and earlier tokens before later ones`() {
    var mixture = MixtureConfiguration(experts: 3, expertsPerToken: 2, expertWidth: 8)
    mixture.capacity = 1
    // Eight choices for three experts: room for ⌈8 / 3⌉ = 3 each.
    let choices: [Int32] = [0, 1, 0, 1, 0, 2, 1, 0, 1, 0]
    mixture.capacity = 0.8
    #expect(router(mixture).withinCapacity(choices) == [0, 1, 0, -1, 0, 2, 1, -1, 1, -1])
  }

  @Test func `capacity is for training, and enough of it drops nothing`() {
    var mixture = Sample.mixtral
    mixture.capacity = 0.5
    let limited = router(mixture)
    #expect(limited(x, passage(step: nil)).droppedFraction == 0)
    #expect(limited(x, passage(step: 0)).droppedFraction >= 0.5)
    mixture.capacity = Double(mixture.experts)
    #expect(router(mixture)(x, passage(step: 0)).droppedFraction == 0)
  }

  @Test func `a token whose choices are all dropped gets nothing`() {
    var mixture = MixtureConfiguration(experts: 2, expertsPerToken: 1, expertWidth: 8)
    mixture.capacity = 0.01
    let layer = MixtureOfExperts(
      Sample.decoder, mixture, layer: 0, Scope(Parameters(), seed: 1))
    let y = layer(x, passage(step: 0))
    let served = layer.ledger.latest!.served
    #expect(served.count { $0 >= 0 } == 2)
    for token in 0..<40 where served[token] < 0 {
      #expect(y.row(token).allSatisfy { $0 == 0 })
    }
  }

  @Test func `noise is keyed by step, sequence and position`() {
    var mixture = Sample.mixtral
    mixture.noise = 1
    let router = router(mixture)
    func logits(_ passage: Passage) -> Tensor { router(x, passage).logits! }
    #expect(logits(passage(step: nil)).floats == x.projected(by: router.weight!.tensor).floats)
    #expect(logits(passage(step: 4)).floats == logits(passage(step: 4)).floats)
    #expect(logits(passage(step: 4)).floats != logits(passage(step: 5)).floats)
    // The second sequence alone, as the piece of a batch.
    var second = Passage(Array(Sample.tokens(40)[30...]), lengths: [10])
    second.training = Passage.Training(step: 4, firstSequence: 1)
    let alone = router(x.rows((30..<40).map(Int32.init)), second).logits!
    let together = logits(passage(step: 4))
    for row in 0..<10 { #expect(alone.row(row) == together.row(30 + row)) }
  }

  @Test func `a hash knows the token alone`() {
    let choices = router(Sample.hash)(x, passage(step: nil)).choices
    let tokens = Sample.tokens(40)
    for (i, a) in tokens.enumerated() {
      #expect(choices[2 * i] != choices[2 * i + 1])
      for (j, b) in tokens.enumerated() where a == b {
        #expect(choices[2 * i..<2 * i + 2] == choices[2 * j..<2 * j + 2])
      }
    }
    #expect(router(Sample.hash)(x, passage(step: 7)).choices == choices)
    #expect(Set(choices).count == 5)
  }

  @Test func `chance draws anew in each step`() {
    let router = router(Sample.random)
    let first = router(x, passage(step: 1)).choices
    #expect(router(x, passage(step: 1)).choices == first)
    #expect(router(x, passage(step: 2)).choices != first)
    #expect(router(x, passage(step: nil)).choices == router(x, passage(step: nil)).choices)
    #expect(router(x, passage(step: 1)).weights.floats.allSatisfy { $0 == 0.5 })
  }

  @Test func `experts that choose are evenly busy, and look ahead`() {
    let router = router(Sample.expertChoice)
    let routing = router(x, passage(step: 0))
    #expect(routing.load == [16, 16, 16, 16, 16])
    // Not causal: what follows decides whether an earlier token is taken.
    var prefix = Passage(Array(Sample.tokens(40)[..<20]), lengths: [20])
    prefix.training = Passage.Training(step: 0)
    let short = router(x.rows((0..<20).map(Int32.init)), prefix)
    #expect(short.choices != Array(routing.choices[..<100]))
  }
}
