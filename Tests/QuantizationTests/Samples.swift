import Kernels
import Tensors
import Testing

@testable import Quantization

/// Normal deviates, the same in every run.
func normal(_ shape: Shape, seed: UInt64, deviation: Float = 1) -> Tensor {
  var generator = Generator(seed: seed)
  return Tensor(shape, normal: deviation, from: &generator)
}

func bits(_ x: [Float]) -> [UInt32] { x.map(\.bitPattern) }

/// Of each four neighbours two are set to zero, at random.
func twoOfFour(_ weight: Tensor) -> Tensor {
  var generator = Generator(seed: 8)
  var values = weight.floats
  for row in 0..<weight.shape.rows {
    for group in stride(from: 0, to: weight.shape.width, by: 4) {
      let first = generator.uniform(below: 4)
      let second = (first + 1 + generator.uniform(below: 3)) % 4
      for i in [first, second] where group + i < weight.shape.width {
        values[row * weight.shape.width + group + i] = 0
      }
    }
  }
  return Tensor(weight.shape, values)
}

/// About `share` of the weights are set to zero, at random.
func pruned(_ weight: Tensor, _ share: Float, seed: UInt64 = 5) -> Tensor {
  var generator = Generator(seed: seed)
  return Tensor(weight.shape, weight.floats.map { generator.uniform() < share ? 0 : $0 })
}
