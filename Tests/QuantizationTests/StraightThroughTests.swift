import Tensors
import Testing
import Transformer

@testable import Quantization

private func fourBits(_ weight: Tensor) throws(QuantizationError) -> Tensor {
  try BlockMatrix(rounding: weight, to: .q40).decoded()
}

private func eightBits(_ weight: Tensor) throws(QuantizationError) -> Tensor {
  try Int8Matrix(rounding: weight).decoded()
}

@Suite struct StraightThroughTests {
  private let x = normal([5, 64], seed: 1)

  @Test func `it computes with the rounded weights`() throws {
    let weight = Parameters().add("w", normal([24, 64], seed: 2))
    try check(StraightThroughProjection(weight, rounding: fourBits), fourBits(weight.tensor))
    try check(StraightThroughProjection(weight, rounding: eightBits), eightBits(weight.tensor))
  }

  private func check(_ projection: any Projection, _ levels: Tensor) {
    let truth = x.projected(by: levels)
    #expect(bits(projection(x).floats) == bits(truth.floats))
    #expect(bits(projection.packed()(x).floats) == bits(truth.floats))
  }

  /// The gradients are those of a dense projection whose weights are the rounded ones.
  @Test func `gradients pass as if nothing were rounded`() throws {
    let goal = normal([5, 24], seed: 4)
    func square(_ y: Tensor) -> Tensor { ((y - goal) * (y - goal)).sum() }
    let (floats, rounded) = (Parameters(), Parameters())
    let weight = floats.add("w", normal([24, 64], seed: 2))
    let dense = rounded.add("w", try fourBits(weight.tensor))
    let projection: any Projection = try StraightThroughProjection(weight, rounding: fourBits)
    let ours = gradient(at: [x]) { square(projection($0[0])) }
    let theirs = gradient(at: [x]) { square(DenseProjection(dense)($0[0])) }
    #expect(ours.value == theirs.value)
    #expect(bits(ours.gradients[0].floats) == bits(theirs.gradients[0].floats))
    #expect(bits(weight.gradient.floats) == bits(dense.gradient.floats))
    #expect(weight.gradient.floats.contains { $0 != 0 })
    // And they are slopes: of the function at the rounded weights.
    let slope = gradientCheck(at: [x, dense.tensor.detached]) { square($0[0].projected(by: $0[1])) }
    #expect(slope < 1e-3)
  }

  @Test(arguments: [true, false]) func `a model learns what it will be rounded to`(
    _ isTied: Bool
  ) throws {
    var configuration = Configuration(
      vocabulary: 40, width: 64, layers: 2, heads: 4, feedForwardWidth: 96, context: 32)
    configuration.tiesEmbeddings = isTied
    let model = Transformer(configuration, seed: 5)
    let student = try model.learningRounded { _, weight throws(QuantizationError) in
      try fourBits(weight)
    }
    let passage = Passage([3, 1, 4, 1, 5, 9, 2, 6], lengths: [8])
    let targets: [Int32] = [1, 4, 1, 5, 9, 2, 6, 5]
    func loss(_ model: Transformer) -> Float {
      model(passage).surprisals(targets).sum().scalar / 8
    }
    func rounded() throws -> Transformer {
      try model.replacingWeights { _, weight throws(QuantizationError) in
        PackedProjection(try fourBits(weight))
      }
    }
    let before = loss(student)
    #expect(before == loss(try rounded()))
    let optimizer = AdamW(student.parameters, learningRate: 1e-3)
    for _ in 0..<30 {
      student.parameters.zeroGradients()
      valueAndGradient { student(passage).surprisals(targets).sum() }
      optimizer.step()
    }
    // The model shares its parameters with the student.
    #expect(loss(student) == loss(try rounded()))
    #expect(loss(student) < before / 2)
  }

  @Test func `what cannot be rounded is refused, and what diverges later is let through`() throws {
    let weight = Parameters().add("w", normal([4, 33], seed: 1))
    #expect(throws: QuantizationError(.width(33, .q40))) {
      try StraightThroughProjection(weight, rounding: fourBits)
    }
    let other = Parameters().add("w", normal([4, 64], seed: 1))
    let projection: any Projection = try StraightThroughProjection(other, rounding: fourBits)
    var floats = other.tensor.floats
    floats[7] = .nan
    other.set(Tensor([4, 64], floats))
    #expect(projection(x).floats[0].isNaN)
  }
}
