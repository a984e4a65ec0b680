import Calibration
import Factorizations
import Tensors
import Transformer

/// **Redundancy pruning** of hidden units: units that say the same are merged into one.
///
/// Where the gate's rows are equal and those of `W_u` are multiples of each other, so are the units, for
/// every input: `h_i = c h_j`. Then unit `i` goes and unit `j` speaks for it,
/// `W_d[:, j] += c W_d[:, i]`, and the layer computes what it did. (The gate's rows must be equal and
/// not only multiples, since silu is not homogeneous.)
///
/// No data is needed, and nothing is lost but the rounding of the sums.
public struct DuplicateUnits: Equatable, Sendable {
  /// How far rows may differ from equality and from being multiples, relative to the largest element.
  public var tolerance: Double

  public init(tolerance: Double = 1e-6) { self.tolerance = tolerance }

  /// A model without duplicates, and how many each layer had.
  ///
  /// - Throws: `CompressionError` for a mixture, or a model that is factorised already.
  public func callAsFunction(
    _ model: Transformer
  ) throws(CompressionError) -> (model: Transformer, removed: [Int]) {
    let shape = try ModelShape(of: model)
    guard shape.mixture == nil else {
      throw CompressionError("hidden units are merged in dense models, not in mixtures of experts")
    }
    try shape.requireDense()
    let weights = model.weights
    var kept: [KeptUnits] = []
    for layer in shape.widths.indices {
      let scope = "model.layers.\(layer).mlp"
      kept.append(
        merged(
          gate: weights["\(scope).gate_proj.weight"]!.doubles,
          up: weights["\(scope).up_proj.weight"]!.doubles,
          down: weights["\(scope).down_proj.weight"]!.doubles))
    }
    let removed = zip(shape.widths, kept).map { $0 - $1.units.count }
    return (try model.keeping(kept), removed)
  }

  /// The units that stay and speak for the others.
  func merged(gate: DoubleMatrix, up: DoubleMatrix, down: DoubleMatrix) -> KeptUnits {
    var down = down
    var leaders: [Int] = []
    let sizes = gate.largestMagnitudes
    for unit in 0..<gate.rows {
      let match = leaders.lazy.compactMap { leader in
        factor(of: unit, over: leader, gate, up, limit: tolerance * sizes[leader])
          .map { (leader, $0) }
      }.first
      guard let (leader, factor) = match else {
        leaders.append(unit)
        continue
      }
      for row in 0..<down.rows { down[row, leader].addProduct(factor, down[row, unit]) }
    }
    return KeptUnits(units: leaders, down: down.columns(leaders))
  }

  /// `c` with `h_unit = c h_leader` for every input, nil if there is none.
  ///
  /// - Parameter limit: how far the gate's rows may differ.
  private func factor(
    of unit: Int, over leader: Int, _ gate: DoubleMatrix, _ up: DoubleMatrix, limit: Double
  ) -> Double? {
    let width = gate.columns
    for column in 0..<width where abs(gate[unit, column] - gate[leader, column]) > limit {
      return nil
    }
    var (across, square, largest) = (0.0, 0.0, 0.0)
    for column in 0..<width {
      across.addProduct(up[unit, column], up[leader, column])
      square.addProduct(up[leader, column], up[leader, column])
      largest = max(largest, abs(up[unit, column]))
    }
    let factor = square > 0 ? across / square : 0
    for column in 0..<width
    where abs(up[unit, column] - factor * up[leader, column]) > tolerance * largest {
      return nil
    }
    return factor
  }
}

extension DoubleMatrix {
  /// The largest magnitude in each row.
  fileprivate var largestMagnitudes: [Double] {
    (0..<rows).map { row in (0..<columns).reduce(0) { max($0, abs(self[row, $1])) } }
  }
}
