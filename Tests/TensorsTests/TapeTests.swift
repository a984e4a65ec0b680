import Kernels
import Testing

@testable import Tensors

@Suite(.serialized) struct TapeTests {
  private func parameters() -> Parameters {
    var generator = Generator(seed: 3)
    let parameters = Parameters()
    parameters.add("a", [8, 5], normal: 1, from: &generator)
    parameters.add("b", [5, 8], normal: 1, from: &generator)
    parameters.add("gain", Tensor([5], repeating: 1))
    return parameters
  }

  private func loss(_ parameters: Parameters, _ x: Tensor) -> Tensor {
    let hidden = x.projected(by: parameters.all[0].tensor).silu()
    let y = x + hidden.projected(by: parameters.all[1].tensor)
    return y.normalized(gain: parameters.all[2].tensor, epsilon: 1e-5).crossEntropy([1, 4, 0])
  }

  private var input: Tensor {
    var generator = Generator(seed: 4)
    return Tensor([3, 5], normal: 1, from: &generator)
  }

  @Test func `a tensor used twice receives twice`() {
    let (value, gradients) = gradient(at: [Tensor([3])]) { ($0[0] * $0[0] + $0[0]).sum() }
    #expect(value == 12)
    #expect(gradients[0].scalar == 7)
  }

  @Test func `a shared gradient is not overwritten`() {
    // a + a and the outer sum hand the same storage to three readers.
    let gradients = gradient(at: [Tensor([1, 2]), Tensor([5, 7])]) { x in
      let y = x[0] + x[1]
      return (y + x[0] + (y + x[1]).scaled(by: 3)).sum()
    }.gradients
    #expect(gradients[0].floats == [5, 5])
    #expect(gradients[1].floats == [7, 7])
  }

  @Test func `nothing records outside of valueAndGradient`() {
    let parameters = parameters()
    let y = loss(parameters, input)
    #expect(!y.wantsGradient)
    #expect(parameters.all.allSatisfy { $0.gradient.floats.allSatisfy { $0 == 0 } })
  }

  @Test func `gradients accumulate until they are forgotten`() {
    let parameters = parameters()
    valueAndGradient { loss(parameters, input) }
    let once = parameters.all[0].gradient.floats
    valueAndGradient { loss(parameters, input) }
    let twice = parameters.all[0].gradient.floats
    #expect(zip(once, twice).allSatisfy { abs(2 * $0 - $1) <= 1e-6 })
    #expect(once.contains { $0 != 0 })
    parameters.zeroGradients()
    #expect(parameters.gradientNorm == 0)
  }

  @Test func `constants get no gradient`() {
    let (_, gradients) = gradient(at: [Tensor([2])]) { ($0[0].detached * Tensor([3])).sum() }
    #expect(gradients[0].scalar == 0)
  }

  @Test func `an error on the way leaves no tape behind`() {
    struct Failure: Error {}
    let parameters = parameters()
    #expect(throws: Failure.self) {
      try valueAndGradient {
        _ = loss(parameters, input)
        throw Failure()
      }
    }
    #expect(Tape.current == nil)
    #expect(parameters.gradientNorm == 0)
  }

  @Test func `every block comes back after a step`() {
    weak var escaped: Storage?
    do {
      let parameters = parameters()
      valueAndGradient {
        let y = loss(parameters, input)
        escaped = y.storage
        return y
      }
    }
    #expect(escaped == nil, "a pullback or the tape still holds the loss")
  }

  @Test(arguments: [1, 2])
  func `the same bits at any thread count`(_ threads: Int) {
    func step() -> [Float] {
      let parameters = parameters()
      let value = valueAndGradient { loss(parameters, input) }
      return [value] + parameters.all.flatMap { $0.gradient.floats }
    }
    let expected = Parallel.$threads.withValue(1) { step() }
    #expect(Parallel.$threads.withValue(threads) { step() } == expected)
  }
}
