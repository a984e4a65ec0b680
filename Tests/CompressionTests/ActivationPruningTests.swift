import Calibration
import Experts
import Factorizations
import Tensors
import Testing
import Transformer

@testable import Compression

@Suite struct ActivationPruningTests {
  private let model = Sample.model()

  private func calibration() throws -> Calibration { try Calibration(of: model, on: Sample.texts) }

  @Test func `scores are what they are called`() throws {
    let calibration = try calibration()
    let statistics = calibration["model.layers.1.mlp.down_proj"]
    func scores(_ score: ActivationPruning.Score) throws -> [Double] {
      try ActivationPruning(score, .width(1)).scores(of: model, calibration)[1]
    }
    #expect(try scores(.magnitude) == statistics.meanMagnitudes)
    let layer = try #require(model.blocks[1].feedForward as? FeedForward)
    let down = try #require(layer.down.projection as? DenseProjection).weight.tensor
    let norm = (0..<32).reduce(0.0) { $0 + Double(down[$1, 7] * down[$1, 7]) }.squareRoot()
    let expected = statistics.meanSquares[7].squareRoot() * norm
    #expect(abs(try scores(.contribution)[7] - expected) < 1e-6 * expected)
    let spread = max(abs(statistics.means[7]), statistics.variances[7].squareRoot())
    #expect(try scores(.meanAndDeviation)[7] == spread)
  }

  @Test func `what is drawn is another for each layer and the same each time`() throws {
    let calibration = try calibration()
    let pruning = ActivationPruning(.random, .width(1))
    let scores = try pruning.scores(of: model, calibration)
    #expect(try pruning.scores(of: model, calibration) == scores)
    #expect(scores[0] != scores[1] && Set(scores[0]).count == 48)
  }

  @Test(arguments: ActivationPruning.Repair.allCases)
  func `the shapes really shrink`(_ repair: ActivationPruning.Repair) throws {
    let before = Sample.weights(model)
    let pruning = ActivationPruning(.contribution, .threshold(0.9), repair: repair)
    let narrow = try pruning(model, try calibration())
    #expect(Sample.weights(model) == before)
    let shape = try ModelShape(of: narrow)
    #expect(Set(shape.widths).count > 1 && shape.widths.allSatisfy { $0 < 48 && $0 > 0 })
    let removed = shape.widths.reduce(0) { $0 + 48 - $1 } * 3 * 32
    let biases = repair == .none || repair == .leastSquares ? 0 : 3 * 32
    #expect(narrow.liveParameterCount == model.liveParameterCount - removed + biases)
    #expect(Sample.change(model, narrow) < 0.5)
  }

  @Test func `repairs lose less than none, and the better the more they may do`() throws {
    let calibration = try calibration()
    let layers = try HiddenUnits.all(of: model, calibration)
    let losses = try ActivationPruning.Repair.allCases.map { repair in
      try layers.reduce(0.0) { sum, units in
        sum + loss(try repair.kept(Array(stride(from: 0, to: 48, by: 2)), of: units), units)
      }
    }
    // None, mean folding, least squares, least squares with bias.
    #expect(losses[1] < losses[0] && losses[2] < losses[0], "\(losses)")
    #expect(losses[3] < losses[2] && losses[3] < losses[1], "\(losses)")
  }

  /// `E ‖W h − W' h_K − b‖²`
  private func loss(_ left: KeptUnits, _ units: HiddenUnits) -> Double {
    var difference = units.down
    for (place, unit) in left.units.enumerated() {
      for row in 0..<difference.rows { difference[row, unit] -= left.down[row, place] }
    }
    let statistics = units.statistics
    let energy =
      layerLoss(
        difference, DoubleMatrix(rows: difference.rows, columns: difference.columns),
        gram: statistics.gram) / Double(statistics.rows)
    guard let bias = left.bias else { return energy }
    return (0..<difference.rows).reduce(energy) { sum, row in
      let mean = (0..<difference.columns).reduce(0.0) {
        $0 + difference[row, $1] * statistics.means[$1]
      }
      return sum - 2 * bias[row] * mean + bias[row] * bias[row]
    }
  }

  @Test func `a unit that says nothing costs nothing`() throws {
    let model = try model.duplicate()
    let name = "model.layers.0.mlp.up_proj.weight"
    let up = try #require(model.parameters.all.first { $0.name == name })
    var floats = up.tensor.floats
    for column in 0..<32 { floats[5 * 32 + column] = 0 }
    up.set(Tensor(up.shape, floats))
    let calibration = try Calibration(of: model, on: Sample.texts)
    for score in ActivationPruning.Score.allCases where score != .random {
      let narrow = try ActivationPruning(score, .absoluteThreshold(1e-12))(model, calibration)
      #expect(try ModelShape(of: narrow).widths == [47, 48, 48])
      #expect(Sample.change(model, narrow) < 1e-12)
    }
  }

  @Test func `equal widths give an ordinary model`() throws {
    let narrow = try ActivationPruning(.contribution, .width(20), repair: .leastSquares)(
      model, try calibration())
    #expect(narrow.configuration.feedForwardWidth == 20)
    #expect(try ModelShape(of: narrow).isOrdinary)
    #expect(narrow.blocks.allSatisfy { $0.feedForward is FeedForward })
  }

  @Test func `what cannot be pruned is refused`() throws {
    let calibration = try calibration()
    #expect(
      message { _ = try ActivationPruning(.magnitude, .threshold(1e9))(model, calibration) }
        .contains("choose a smaller threshold"))
    for width in [0, 49] {
      #expect(
        message { _ = try ActivationPruning(.magnitude, .width(width))(model, calibration) }
          .contains("cannot keep \(width)"))
    }
    let mixture = try Sample.mixture()
    let other = try Calibration(of: mixture, on: Sample.texts)
    #expect(
      message { _ = try ActivationPruning(.magnitude, .width(4))(mixture, other) }
        .contains("remove experts"))
    let factored = try LowRank(.plain, keeping: 0.5)(model).model
    #expect(
      message { _ = try ActivationPruning(.magnitude, .width(4))(factored, calibration) }
        .contains("factorised already"))
  }
}
