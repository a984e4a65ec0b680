import Tensors
import Testing
import Transformer

@testable import Quantization

/// A layer whose inputs go together and differ in size, as activations do.
private struct Layer {
  let weight = normal([48, 64], seed: 1, deviation: 0.1)
  let inputs: Tensor

  /// `H = X Xᵀ`, row after row, and the mean magnitudes.
  let gram: [Double]
  let magnitudes: [Double]

  init() {
    let hidden = normal([400, 20], seed: 2)
    let mixed = hidden.projected(by: normal([64, 20], seed: 3)) + normal([400, 64], seed: 4)
    // Some channels are ten times as large as others.
    inputs = Tensor(
      mixed.shape, mixed.floats.enumerated().map { $0.element * ($0.offset % 64 % 9 == 0 ? 10 : 1) }
    )
    var gram = [Double](repeating: 0, count: 64 * 64)
    var magnitudes = [Double](repeating: 0, count: 64)
    for token in 0..<400 {
      let row = inputs.row(token).map(Double.init)
      for i in 0..<64 {
        magnitudes[i] += row[i].magnitude / 400
        for j in 0..<64 { gram[i * 64 + j] += row[i] * row[j] }
      }
    }
    self.gram = gram
    self.magnitudes = magnitudes
  }

  /// `U` with `(H + δ I)⁻¹ = Uᵀ U`, by way of a triangle from the last row to the first.
  var upper: [Double] {
    let n = 64
    var damped = gram
    let mean = (0..<n).reduce(0.0) { $0 + gram[$1 * n + $1] } / Double(n)
    for i in 0..<n { damped[i * n + i] += 0.01 * mean }
    // H = R Rᵀ with R upper triangular.
    var r = [Double](repeating: 0, count: n * n)
    for j in stride(from: n - 1, through: 0, by: -1) {
      for i in stride(from: j, through: 0, by: -1) {
        var sum = damped[i * n + j]
        for k in j + 1..<max(j + 1, n) { sum -= r[i * n + k] * r[j * n + k] }
        r[i * n + j] = i == j ? sum.squareRoot() : sum / r[j * n + j]
      }
    }
    // U = R⁻¹.
    var u = [Double](repeating: 0, count: n * n)
    for j in 0..<n {
      u[j * n + j] = 1 / r[j * n + j]
      for i in stride(from: j - 1, through: 0, by: -1) {
        var sum = 0.0
        for k in i + 1...j { sum -= r[i * n + k] * u[k * n + j] }
        u[i * n + j] = sum / r[i * n + i]
      }
    }
    return u
  }
}

@Suite struct CalibratedRoundingTests {
  private let layer = Layer()

  private func plain(_ weight: Tensor) throws(QuantizationError) -> Tensor {
    try BlockMatrix(rounding: weight, to: .q40).decoded()
  }

  @Test func `the loss is the distance of the outputs`() throws {
    let rounded = try plain(layer.weight)
    let distance = layer.inputs.projected(by: layer.weight) - layer.inputs.projected(by: rounded)
    let square = distance.floats.reduce(0.0) { $0 + Double($1) * Double($1) }
    let loss = layerLoss(layer.weight, rounded, layer.gram)
    #expect(abs(loss - square) < 1e-4 * square)
  }

  @Test func `compensation and scaling lose less than plain rounding`() throws {
    let none = layerLoss(layer.weight, try plain(layer.weight), layer.gram)
    let upper = layer.upper
    let compensated = try BlockMatrix(compensating: layer.weight, upper: upper, to: .q40)
    #expect(layerLoss(layer.weight, compensated.decoded(), layer.gram) < none)
    let scaling = try ActivationAwareScaling(
      [layer.weight], meanMagnitudes: layer.magnitudes, gram: layer.gram, rounding: plain)
    #expect(scaling.lossWithout == none)
    #expect(scaling.loss < none && scaling.exponent > 0)
    let eight = layerLoss(
      layer.weight, try Int8Matrix(rounding: layer.weight).decoded(), layer.gram)
    let finer = try Int8Matrix(compensating: layer.weight, upper: upper)
    #expect(layerLoss(layer.weight, finer.decoded(), layer.gram) < eight)
    let fine = try BlockMatrix(compensating: layer.weight, upper: upper, to: .q80)
    #expect(layerLoss(layer.weight, fine.decoded(), layer.gram) < eight)
  }

  /// Where inputs do not go together, nothing can make up for anything.
  @Test func `with independent inputs compensation is plain rounding`() throws {
    var identity = [Double](repeating: 0, count: 64 * 64)
    for i in 0..<64 { identity[65 * i] = 1 }
    let compensated = try Int8Matrix(compensating: layer.weight, upper: identity)
    let plain = try Int8Matrix(rounding: layer.weight)
    let differences = zip(compensated.values, plain.values).map { abs(Int($0) - Int($1)) }
    // Halves may fall to either side, since one divides in 64 bits and the other multiplies in 32.
    #expect(differences.max()! <= 1 && differences.count { $0 == 1 } < 5)
    for (ours, theirs) in zip(compensated.scales, plain.scales) {
      #expect((ours - theirs).magnitude <= 1e-6 * theirs)
    }
  }

  @Test func `what was pruned stays zero`() throws {
    let kept = pruned(layer.weight, 0.5).floats.map { $0 != 0 }
    let weight = Tensor(
      layer.weight.shape, zip(layer.weight.floats, kept).map { $1 ? $0 : 0 })
    let rows = try Int8Matrix(compensating: weight, upper: layer.upper, keeping: kept)
    #expect(zip(rows.values, kept).allSatisfy { $0 == 0 || $1 })
    let blocks = try BlockMatrix(
      compensating: weight, upper: layer.upper, keeping: kept, to: .q40
    ).decoded()
    #expect(zip(blocks.floats, kept).allSatisfy { $0 == 0 || $1 })
  }

  @Test func `refuses moments that do not fit`() {
    #expect(throws: QuantizationError(.moments(3, width: 64))) {
      try Int8Matrix(compensating: layer.weight, upper: Array(repeating: 1, count: 9))
    }
    #expect(throws: QuantizationError(.noCalibration)) {
      try ActivationAwareScaling(
        [layer.weight], meanMagnitudes: Array(repeating: 0, count: 64), gram: layer.gram,
        rounding: plain)
    }
  }
}

@Suite struct ChannelScalingTests {
  private let configuration = Configuration(
    vocabulary: 40, width: 64, layers: 2, heads: 4, feedForwardWidth: 96, context: 32)
  private let passage = Passage([3, 1, 4, 1, 5, 9, 2, 6], lengths: [8])

  private func int8(_ model: Transformer) throws -> Tensor {
    try model.replacingWeights { _, weight throws(QuantizationError) in
      Int8Projection(try Int8Matrix(rounding: weight))
    }(passage)
  }

  private func error(_ ours: Tensor, _ truth: Tensor) -> Float {
    let difference = ours - truth
    return ((difference * difference).sum().scalar / (truth * truth).sum().scalar).squareRoot()
  }

  /// Outliers that are none of the function: the floats are the same to the bit, eight bits are not,
  /// and smoothing makes good for it.
  @Test func `outliers hurt eight bits until they are smoothed`() throws {
    let model = Transformer(configuration, seed: 5)
    let truth = model(passage)
    let before = error(try int8(model), truth)
    // Powers of two: 1/64 makes a channel's activations 64 times as large.
    let scales = (0..<64).map { $0 % 21 == 3 ? Float(1) / 64 : 1 }
    for block in model.blocks {
      for site in ChannelSite.allCases { try block.scaleChannels(site, by: scales) }
    }
    #expect(bits(model(passage).floats) == bits(truth.floats))
    let hurt = error(try int8(model), truth)
    #expect(hurt > 3 * before)

    for block in model.blocks {
      for site in ChannelSite.allCases {
        let (gain, weights) = try block.channels(site)
        // A norm leaves every channel of about unit size, times its gain.
        let smooth = try smoothingScales(
          largest: gain.tensor.floats.map { 3 * $0.magnitude }, weights: weights.map(\.tensor))
        try block.scaleChannels(site, by: smooth)
      }
    }
    #expect(error(model(passage), truth) < 1e-5)
    #expect(error(try int8(model), truth) < hurt / 2)
  }

  @Test func `scales are those of the paper`() throws {
    let weight = Tensor([[0.5, -2], [-0.25, 1]])
    #expect(try smoothingScales(largest: [8, 2], weights: [weight]) == [4, 1])
    let hard = try smoothingScales(largest: [8, 2], weights: [weight], strength: 1)
    #expect(zip(hard, [8, 2]).allSatisfy { ($0 - $1).magnitude < 1e-5 })
    #expect(throws: QuantizationError(.noCalibration)) {
      try smoothingScales(largest: [1], weights: [weight])
    }
  }
}
