import Kernels
import Quantization
import Tensors
import Transformer

/// Projections of few bits, with edges of every kind.
let quantizationKernels = [(1, 40, 64), (3, 130, 256), (19, 33, 96), (70, 256, 512)].flatMap {
  tokens, outputs, inputs in
  ["int8", "Q8_0", "Q4_0", "2:4", "sparse"].map { format in
    HashedKernel(name: "quantized-\(format)-\(tokens)×\(outputs)×\(inputs)") {
      var generator = Generator(seed: 3)
      let weight = Tensor([outputs, inputs], normal: 1, from: &generator)
      let x = Tensor([tokens, inputs], normal: 1, from: &generator)
      // Two steps: 6.3.1 crashes on a call of the existential that another call returns.
      let projection = try! projection(weight, format)
      let y = projection(x)
      let result = Floats(tokens * outputs)
      for (i, value) in y.floats.enumerated() { result.base[i] = value }
      return result.hash
    }
  }
}

private func projection(_ weight: Tensor, _ format: String) throws -> any Projection {
  if let format = BlockFormat(rawValue: format) {
    return BlockProjection(try BlockMatrix(rounding: weight, to: format))
  }
  if format == "int8" { return Int8Projection(try Int8Matrix(rounding: weight)) }
  let halves = weight.floats.enumerated().map { $0.offset % 4 < 2 ? $0.element : 0 }
  let matrix = try Int8Matrix(rounding: Tensor(weight.shape, halves))
  return format == "2:4" ? try TwoOfFourProjection(matrix) : SparseInt8Projection(matrix)
}
