import Tensors
import Testing

@Suite struct ParametersTests {
  @Test func `frozen parameters stay as they are and pass the gradient on`() {
    let (frozen, learned) = (Parameters(), Parameters())
    let weight = frozen.add("weight", Tensor([[1, 2], [3, 4]]))
    let input = learned.add("input", Tensor([[5, 6]]))
    #expect(!frozen.isFrozen)
    frozen.freeze()
    #expect(frozen.isFrozen)
    learned.zeroGradients()
    valueAndGradient { input.tensor.projected(by: weight.tensor).sum() }
    #expect(input.gradient.floats == [4, 6])
    valueAndGradient { weight.tensorForSecondUse.sum() + input.tensor.sum() }
    #expect(input.gradient.floats == [5, 7])
    frozen.unfreeze()
    #expect(weight.gradient.floats == [0, 0, 0, 0] && frozen.gradientNorm == 0)
    valueAndGradient { input.tensor.projected(by: weight.tensor).sum() }
    #expect(weight.gradient.floats == [5, 6, 5, 6])
  }

  @Test func `a step of frozen parameters is a mistake`() async {
    await #expect(processExitsWith: .failure) {
      let parameters = Parameters()
      parameters.add("weight", Tensor([1, 2]))
      let optimizer = AdamW(parameters, learningRate: 0.1)
      parameters.freeze()
      optimizer.step()
    }
  }
}
