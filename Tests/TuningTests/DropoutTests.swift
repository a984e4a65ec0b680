import Kernels
import Tensors
import Testing
import Transformer

@testable import Tuning

@Suite struct DropoutTests {
  private let dropout = Dropout(rate: 0.25, stream: Generator(seed: 1))

  private func dropped(_ lengths: [Int], step: Int = 4, first: Int = 0) -> [Float] {
    let count = lengths.reduce(0, +)
    var passage = Passage((0..<count).map { _ in 0 }, lengths: lengths)
    passage.training = .init(step: step, firstSequence: first)
    return Passage.$beingLearned.withValue(passage) {
      dropout(Tensor([count, 16], repeating: 3)).floats
    }
  }

  @Test func `a share is lost, and the mean stays`() {
    let floats = dropped([400, 200])
    #expect(Set(floats) == [0, 4])
    let lost = Double(floats.count { $0 == 0 }) / Double(floats.count)
    // Five deviations of a share of a quarter of 9600 draws.
    #expect(abs(lost - 0.25) < 5 * (0.25 * 0.75 / 9600).squareRoot())
  }

  @Test func `nothing is lost where nothing is learned`() {
    let x = Tensor([2, 16], repeating: 3)
    #expect(dropout(x).floats == x.floats)
  }

  @Test func `a batch in pieces loses the same, other steps lose others`() {
    let whole = dropped([5, 9, 2])
    #expect(whole == dropped([5]) + dropped([9, 2], first: 1))
    #expect(whole != dropped([5, 9, 2], step: 5))
    #expect(dropped([5]) != dropped([5], first: 1))
  }

  @Test func `what is lost has no gradient`() {
    var passage = Passage([0, 0], lengths: [2])
    passage.training = .init(step: 0)
    let x = Tensor([2, 16], repeating: 3)
    Passage.$beingLearned.withValue(passage) {
      let y = dropout(x).floats
      let dx = gradient(at: [x]) { dropout($0[0]).sum() }.gradients[0].floats
      #expect(zip(y, dx).allSatisfy { ($0 == 0) == ($1 == 0) })
    }
  }
}
