import Kernels
import Tensors
import Testing
import Transformer

@testable import Quantization

/// What a projection by small whole numbers should be, written down number by number.
private func expected(
  _ x: Tensor, _ outputs: Int, block: Int?, _ weight: (_ row: Int, _ column: Int) -> Int,
  _ scale: (_ row: Int, _ block: Int) -> Float
) -> Tensor {
  let width = x.shape.width
  let block = block ?? width
  var y: [Float] = []
  for token in 0..<x.shape.rows {
    let row = x.row(token)
    let parts = stride(from: 0, to: width, by: block).map { $0..<min(width, $0 + block) }
    let largest = parts.map { row[$0].map(\.magnitude).max()! }
    for output in 0..<outputs {
      var sum: Float = 0
      for (i, part) in parts.enumerated() {
        var products = 0
        for column in part where largest[i] > 0 {
          let steps = row[column] * (127 / largest[i])
          products += weight(output, column) * Int(steps.rounded(.toNearestOrEven))
        }
        let factor = scale(output, i) * (largest[i] / 127)
        sum =
          parts.count == 1 ? Float(products) * factor : sum.addingProduct(Float(products), factor)
      }
      y.append(sum)
    }
  }
  return Tensor([x.shape.rows, outputs], y)
}

private func expected(_ x: Tensor, _ matrix: Int8Matrix) -> Tensor {
  expected(x, matrix.rows, block: nil) {
    Int(matrix.values[$0 * matrix.columns + $1])
  } _: { row, _ in
    matrix.scales[row]
  }
}

private func expected(_ x: Tensor, _ matrix: BlockMatrix) -> Tensor {
  let size = matrix.format.bytesPerBlock
  let blocks = matrix.columns / 32
  return expected(x, matrix.rows, block: 32) { row, column in
    let base = (row * blocks + column / 32) * size + 2
    let i = column % 32
    if matrix.format == .q80 { return Int(Int8(bitPattern: matrix.bytes[base + i])) }
    let byte = matrix.bytes[base + i % 16]
    return Int(i < 16 ? byte & 15 : byte >> 4) - 8
  } _: { row, block in
    matrix.bytes.withUnsafeBufferPointer {
      scale(at: $0.baseAddress! + (row * blocks + block) * size)
    }
  }
}

/// Tokens, outputs, inputs: ragged ends of every kind, and work for several threads.
private let shapes = [
  (1, 16, 32), (1, 1, 32), (2, 17, 64), (3, 40, 96), (9, 31, 64), (15, 48, 160), (1, 700, 320),
  (70, 130, 256), (5, 2048, 512),
]

@Suite struct ProjectionTests {
  private func check(
    _ projection: any Projection, _ tokens: Int, _ truth: (Tensor) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let x = normal([tokens, projection.shape[1]], seed: 7)
    let y = truth(x)
    for threads in 1...3 {
      let result = Parallel.$threads.withValue(threads) { projection(x) }
      #expect(result.shape == y.shape, sourceLocation: sourceLocation)
      #expect(bits(result.floats) == bits(y.floats), sourceLocation: sourceLocation)
    }
    // A row alone has the bits of the row in company.
    for token in [0, tokens / 2, tokens - 1] {
      let alone = projection(Tensor([1, x.shape.width], x.row(token)))
      #expect(bits(alone.floats) == bits(y.row(token)), sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: shapes)
  func `int8 is what its definition says`(_ tokens: Int, _ outputs: Int, _ inputs: Int) throws {
    for inputs in [inputs, inputs - 3] {
      let matrix = try Int8Matrix(rounding: normal([outputs, inputs], seed: 2))
      check(Int8Projection(matrix), tokens) { expected($0, matrix) }
    }
  }

  @Test(arguments: shapes)
  func `blocks are what their definition says`(
    _ tokens: Int, _ outputs: Int, _ inputs: Int
  ) throws {
    for format in [BlockFormat.q80, .q40] {
      let matrix = try BlockMatrix(rounding: normal([outputs, inputs], seed: 2), to: format)
      check(BlockProjection(matrix), tokens) { expected($0, matrix) }
    }
  }

  @Test(arguments: shapes, [0, 0.3, 0.5, 0.9, 1] as [Float])
  func `sparse int8 is dense int8`(
    _ shape: (tokens: Int, outputs: Int, inputs: Int), _ share: Float
  ) throws {
    let weight = pruned(normal([shape.outputs, shape.inputs - 2], seed: 2), share)
    let matrix = try Int8Matrix(rounding: weight)
    check(SparseInt8Projection(matrix), shape.tokens) { expected($0, matrix) }
  }

  @Test(arguments: shapes)
  func `2 to 4 is dense int8`(_ tokens: Int, _ outputs: Int, _ inputs: Int) throws {
    for inputs in [inputs, inputs - 2] {
      let weight = twoOfFour(normal([outputs, inputs], seed: 2))
      let matrix = try Int8Matrix(rounding: weight)
      #expect(matrix.sparsity >= 0.45)
      check(try TwoOfFourProjection(matrix), tokens) { expected($0, matrix) }
    }
  }

  @Test func `2 to 4 refuses three of four`() throws {
    var values = twoOfFour(normal([20, 64], seed: 3)).floats
    for i in 0..<3 { values[17 * 64 + 8 + i] = 1 }
    let matrix = try Int8Matrix(rounding: Tensor([20, 64], values))
    #expect(throws: QuantizationError(.notTwoOfFour(row: 17, column: 8))) {
      try TwoOfFourProjection(matrix)
    }
  }

  /// In units of the product's own deviation.
  @Test func `errors are those of the formats`() throws {
    let weight = normal([64, 512], seed: 1, deviation: 0.05)
    let x = normal([20, 512], seed: 2)
    let truth = x.projected(by: weight).floats
    func error(_ projection: any Projection) -> Float {
      let y = projection(x).floats
      let square = zip(y, truth).reduce(0 as Float) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return (square / truth.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }
    #expect(error(Int8Projection(try Int8Matrix(rounding: weight))) < 0.015)
    #expect(error(BlockProjection(try BlockMatrix(rounding: weight, to: .q80))) < 0.01)
    let four = error(BlockProjection(try BlockMatrix(rounding: weight, to: .q40)))
    #expect(four > 0.03 && four < 0.12)
  }

  @Test func `Q4_K multiplies what it stands for`() throws {
    var generator = SystemlessGenerator(state: 4)
    var bytes = (0..<20 * 2 * 144).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    for block in 0..<40 { for i in [1, 3] { bytes[block * 144 + i] = 0x1C } }
    let matrix = try BlockMatrix(.q4K, rows: 20, columns: 512, bytes: bytes)
    let x = normal([3, 512], seed: 1)
    #expect(
      bits(BlockProjection(matrix)(x).floats) == bits(x.projected(by: matrix.decoded()).floats))
  }

  @Test func `zeros give zeros and what is no number stays none`() throws {
    let matrix = try Int8Matrix(rounding: normal([20, 64], seed: 2))
    let blocks = try BlockMatrix(rounding: normal([20, 64], seed: 2), to: .q40)
    for projection in [Int8Projection(matrix), BlockProjection(blocks)] as [any Projection] {
      #expect(projection(Tensor([1, 64], repeating: 0)).floats.allSatisfy { $0 == 0 })
      #expect(projection(Tensor([1, 64], repeating: 1e-38)).floats.allSatisfy { $0 == 0 })
      #expect(projection(Tensor([0, 64], [])).floats.isEmpty)
      for bad in [Float.nan, .infinity, -.infinity] {
        var values = normal([1, 64], seed: 3).floats
        values[40] = bad
        #expect(projection(Tensor([1, 64], values)).floats.allSatisfy { $0.isNaN })
      }
    }
  }
}
