import Kernels
import Testing

@testable import Tensors

@Suite struct OptimizerTests {
  private func parameters() -> Parameters {
    var generator = Generator(seed: 5)
    let parameters = Parameters()
    parameters.add("matrix", [3, 4], normal: 1, from: &generator)
    parameters.add("bias", [5], normal: 1, from: &generator)
    parameters.add("other", [2, 2], normal: 1, from: &generator)
    return parameters
  }

  /// The equations of the doc comment in 64 bits.
  @Test func `AdamW follows its equations and decays matrices only`() {
    let parameters = parameters()
    let optimizer = AdamW(
      parameters, learningRate: 0.05, betas: (0.8, 0.95), epsilon: 1e-8, weightDecay: 0.3)
    var expected = parameters.all.map { $0.tensor.floats.map(Double.init) }
    var first = expected.map { $0.map { _ in 0.0 } }
    var second = first
    for step in 1...5 {
      parameters.zeroGradients()
      valueAndGradient {
        let losses = parameters.all.map { ($0.tensor * $0.tensor * $0.tensor).sum() }
        return losses[0] + losses[1] + losses[2]
      }
      for (index, parameter) in parameters.all.enumerated() {
        for (i, gradient) in parameter.gradient.floats.map(Double.init).enumerated() {
          first[index][i] = 0.8 * first[index][i] + 0.2 * gradient
          second[index][i] = 0.95 * second[index][i] + 0.05 * gradient * gradient
          let m = first[index][i] / (1 - power(0.8, Double(step)))
          let v = second[index][i] / (1 - power(0.95, Double(step)))
          if index != 1 { expected[index][i] *= 1 - 0.05 * 0.3 }
          expected[index][i] -= 0.05 * m / (v.squareRoot() + 1e-8)
        }
      }
      optimizer.step()
    }
    for (parameter, values) in zip(parameters.all, expected) {
      for (ours, exact) in zip(parameter.tensor.floats, values) {
        #expect(abs(Double(ours) - exact) < 1e-5, "\(parameter.name)")
      }
    }
    #expect(optimizer.steps == 5)
  }

  @Test func `gradient descent steps against the gradient`() {
    let parameters = parameters()
    let before = parameters.all[1].tensor.floats
    valueAndGradient { parameters.all[1].tensor.sum() }
    GradientDescent(parameters, learningRate: 0.5).step()
    #expect(parameters.all[1].tensor.floats == before.map { $0 - 0.5 })
  }

  @Test func `parameters keep their values while others are added`() {
    let parameters = Parameters()
    for index in 0..<40 {
      parameters.add("p\(index)", Tensor([3, index + 1], repeating: Float(index)))
    }
    for (index, parameter) in parameters.all.enumerated() {
      #expect(parameter.tensor.floats.allSatisfy { $0 == Float(index) })
      #expect(parameter.shape == [3, index + 1])
    }
  }
}
