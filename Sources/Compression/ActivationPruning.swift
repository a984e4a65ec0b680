import Calibration
import Factorizations
import Kernels
import Transformer

/// **Activation pruning**: hidden units that hardly activate are removed, and the matrices really shrink.
///
///     let pruning = ActivationPruning(.contribution, .threshold(0.4), repair: .leastSquares)
///     let narrow = try pruning(model, calibration)
///
/// The plain rule removes units whose mean activation is small. A unit that is always at 5 can be
/// replaced by a constant, though, and one that is at 0 on average may swing widely; and how much either
/// matters depends on the weights that read it. The scores say which of this is looked at.
public struct ActivationPruning: Equatable, Sendable {
  public enum Score: String, Sendable, CaseIterable {
    /// `E |h|`: how strongly the unit activates.
    case magnitude
    /// The larger of `|E h|` and the standard deviation of `h`: a unit is silent only if both are
    /// small.
    case meanAndDeviation
    /// `√E h² ‖W_d[:, i]‖₂`: the root mean square of what the unit adds to the output.
    case contribution
    /// `σ(h) ‖W_d[:, i]‖₂`: the same of what it adds beyond a constant, for repairs with a bias.
    case variation
    /// A number drawn for each unit, the same whenever it is asked for: the control.
    case random
  }

  public enum Selection: Equatable, Sendable {
    /// Units with a score below `λ` times the layer's mean score go; each layer keeps a width of its
    /// own.
    case threshold(Double)
    /// Units with a score below this go, whatever the scores of others.
    case absoluteThreshold(Double)
    /// So many units with the highest scores stay in each layer, which leaves a model of the family.
    case width(Int)
  }

  public enum Repair: String, Sendable, CaseIterable {
    /// Nothing: what the units said is gone.
    case none
    /// A bias says what they said on average: `b += W_d[:, S] E[h_S]`.
    case meanFolding
    /// The weights of the units that stay are fitted anew.
    case leastSquares
    /// The same, and a bias besides.
    case leastSquaresWithBias
  }

  public var score: Score
  public var selection: Selection
  public var repair: Repair

  public init(_ score: Score, _ selection: Selection, repair: Repair = .none) {
    self.score = score
    self.selection = selection
    self.repair = repair
  }

  /// The score of each unit of each layer.
  ///
  /// - Throws: `CompressionError` for a mixture, or a layer that is not dense.
  public func scores(
    of model: Transformer, _ calibration: Calibration
  ) throws(CompressionError) -> [[Double]] {
    try HiddenUnits.all(of: model, calibration).enumerated().map { scores($1, layer: $0) }
  }

  private func scores(_ units: HiddenUnits, layer: Int) -> [Double] {
    let statistics = units.statistics
    switch score {
    case .magnitude: return statistics.meanMagnitudes
    case .meanAndDeviation:
      return zip(statistics.means, statistics.variances).map { max(abs($0), $1.squareRoot()) }
    case .contribution:
      return zip(statistics.meanSquares, units.outputNorms).map { $0.squareRoot() * $1 }
    case .variation:
      return zip(statistics.variances, units.outputNorms).map { $0.squareRoot() * $1 }
    case .random:
      var generator = Generator(seed: 0xdead).stream(UInt64(layer))
      return (0..<units.count).map { _ in Double(generator.uniform()) }
    }
  }

  /// A narrower model.
  ///
  /// - Parameter calibration: of this very model, on texts of the validation set.
  /// - Throws: `CompressionError` for a threshold or width that leaves a layer nothing, a mixture, or a
  ///   model that is factorised already.
  public func callAsFunction(
    _ model: Transformer, _ calibration: Calibration
  ) throws(CompressionError) -> Transformer {
    var kept: [KeptUnits] = []
    for (layer, units) in try HiddenUnits.all(of: model, calibration).enumerated() {
      let chosen = try selected(scores(units, layer: layer), layer: layer)
      kept.append(try repair.kept(chosen, of: units))
    }
    return try model.keeping(kept)
  }

  private func selected(_ scores: [Double], layer: Int) throws(CompressionError) -> [Int] {
    func above(_ threshold: Double) throws(CompressionError) -> [Int] {
      let kept = scores.indices.filter { scores[$0] >= threshold }
      guard !kept.isEmpty else {
        throw CompressionError(
          "layer \(layer): no unit's score reaches \(threshold); the largest is "
            + "\(scores.max() ?? 0); choose a smaller threshold")
      }
      return kept
    }
    switch selection {
    case .threshold(let threshold):
      let mean = scores.reduce(0, +) / Double(max(1, scores.count))
      return try above(threshold * mean)
    case .absoluteThreshold(let threshold): return try above(threshold)
    case .width(let width):
      guard (1...scores.count).contains(width) else {
        throw CompressionError(
          "layer \(layer) has \(scores.count) units and cannot keep \(width) of them")
      }
      return scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(width).sorted()
    }
  }
}

extension ActivationPruning.Repair {
  /// What the units that stay have to say when the others are gone.
  func kept(_ chosen: [Int], of units: HiddenUnits) throws(CompressionError) -> KeptUnits {
    switch self {
    case .none: return KeptUnits(units: chosen, down: units.down.columns(chosen))
    case .meanFolding:
      let means = units.statistics.means
      let stays = Set(chosen)
      let gone = (0..<units.count).filter { !stays.contains($0) }
      let bias = (0..<units.down.rows).map { row in
        gone.reduce(0.0) { $0.addingProduct(units.down[row, $1], means[$1]) }
      }
      return KeptUnits(units: chosen, down: units.down.columns(chosen), bias: bias)
    case .leastSquares, .leastSquaresWithBias:
      let hasBias = self == .leastSquaresWithBias
      let repair = try LeastSquaresRepair(
        units.down, units.statistics, keeping: chosen, hasBias: hasBias)
      return KeptUnits(units: chosen, down: repair.weight, bias: hasBias ? repair.bias : nil)
    }
  }
}
