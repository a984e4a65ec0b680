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

  @Test func `the gradient of an input itself is one`() {
    #expect(gradient(at: [Tensor([3])]) { $0[0] }.gradients[0].scalar == 1)
    let parameters = Parameters()
    let scale = parameters.add("scale", Tensor([2]))
    valueAndGradient { scale.tensor }
    #expect(scale.gradient.scalar == 1)
  }

  @Test func `a parameter may outlive the others`() {
    let bias = Parameters().add("bias", Tensor([1, 2]))
    valueAndGradient { bias.tensor.sum() }
    #expect(bias.tensor.floats == [1, 2] && bias.gradient.floats == [1, 1])
  }

  /// Of sizes at which every kernel splits its work.
  @Test(arguments: [2, 3])
  func `the same bits at any thread count`(_ threads: Int) {
    func step() -> [Float] {
      var generator = Generator(seed: 8)
      let parameters = Parameters()
      let (rows, width) = (600, 200)
      let table = parameters.add("table", [rows, width], normal: 1, from: &generator)
      let weight = parameters.add("weight", [300, width], normal: 0.1, from: &generator)
      let gain = parameters.add("gain", Tensor([300], repeating: 1))
      let value = valueAndGradient {
        table.tensor.rows((0..<900).map { Int32($0 * 7 % rows) })
          .projected(by: weight.tensor).silu().normalized(gain: gain.tensor, epsilon: 1e-5)
          .crossEntropy((0..<900).map { Int32($0 % 300) })
      }
      return [value] + parameters.all.flatMap { $0.gradient.floats }
    }
    let expected = Parallel.$threads.withValue(1) { step() }
    #expect(Parallel.$threads.withValue(threads) { step() } == expected)
  }

  /// Branches that are one thread's work each, on up to three threads; some that are too long for that;
  /// and some that are always short enough.
  @Test(arguments: [[180, 180, 180], [200, 150, 190], [9, 700, 2], [0, 3, 5]])
  func `branches side by side have the bits of one after the other`(_ lengths: [Int]) {
    func step(_ threads: Int, sideBySide: Bool) -> [Float] {
      var generator = Generator(seed: 9)
      let parameters = Parameters()
      let table = parameters.add("table", [40, 24], normal: 1, from: &generator)
      let weights = lengths.indices.map {
        parameters.add("weight.\($0)", [24, 24], normal: 0.2, from: &generator)
      }
      let value = Parallel.$threads.withValue(threads) {
        valueAndGradient {
          let inputs = lengths.map { table.tensor.rows((0..<$0).map { Int32($0 * 7 % 40) }) }
          let branch = { (index: Int, x: Tensor) in
            x + x.projected(by: weights[index].tensor).silu().projected(by: weights[index].tensor)
          }
          let outputs =
            sideBySide
            ? Tensor.sideBySide(inputs, branch) : inputs.enumerated().map { branch($0, $1) }
          return outputs.map { ($0 * $0).sum() }.reduce(Tensor([0]).sum(), +)
        }
      }
      return [value] + parameters.all.flatMap { $0.gradient.floats }
    }
    let expected = step(1, sideBySide: false)
    #expect(expected.dropFirst().contains { $0 != 0 })
    for threads in 1...3 { #expect(step(threads, sideBySide: true) == expected) }
  }

  /// Every gradient is one chain over the rows of the batch, so a batch that does not fit into
  /// memory may be taken in pieces.
  @Test(arguments: [[100], [64, 36], [1, 99], [33, 33, 34]])
  func `a batch in pieces gives the same bits`(_ pieces: [Int]) {
    var generator = Generator(seed: 6)
    let rows = (0..<100).map { _ in Tensor([5], normal: 1, from: &generator).floats }
    func gradients(_ pieces: [Int]) -> [Float] {
      var generator = Generator(seed: 7)
      let parameters = Parameters()
      let table = parameters.add("table", [9, 5], normal: 1, from: &generator)
      let weight = parameters.add("weight", [7, 5], normal: 1, from: &generator)
      let bias = parameters.add("bias", Tensor([7], repeating: 0.1))
      let gain = parameters.add("gain", Tensor([7], repeating: 1))
      var start = 0
      for count in pieces {
        let range = start..<start + count
        valueAndGradient {
          let x = Tensor(Array(rows[range])) + table.tensor.rows(range.map { Int32($0 % 9) })
          let y = x.projected(by: weight.tensor).adding(row: bias.tensor)
            .normalized(gain: gain.tensor, epsilon: 1e-5)
          return y.surprisals(range.map { Int32($0 % 7) }).sum().scaled(by: 1 / 100)
        }
        start += count
      }
      return parameters.all.flatMap { $0.gradient.floats }
    }
    #expect(gradients(pieces) == gradients([100]))
  }
}
