import Calibration
import Factorizations
import Tensors
import Transformer

/// The hidden units of a dense feed-forward layer: `y = W_d h` with `h = silu(W_g x) ⊙ W_u x`. Unit `i`
/// is row `i` of `W_g` and `W_u` and column `i` of `W_d`, three times the model's width.
struct HiddenUnits {
  /// `W_d`, `[width, units]`.
  let down: DoubleMatrix

  /// What is known of `h`.
  let statistics: InputStatistics

  var count: Int { down.columns }

  /// The Euclidean norm of each column of `W_d`: how loud each unit's word is.
  var outputNorms: [Double] {
    (0..<count).map { unit in
      (0..<down.rows).reduce(0.0) { $0.addingProduct(down[$1, unit], down[$1, unit]) }.squareRoot()
    }
  }

  /// Those of every layer.
  ///
  /// - Throws: `CompressionError` for a mixture, or a layer that is not dense.
  static func all(
    of model: Transformer, _ calibration: Calibration
  ) throws(CompressionError) -> [HiddenUnits] {
    let shape = try ModelShape(of: model)
    guard shape.mixture == nil else {
      throw CompressionError(
        "hidden units are removed from dense models; of a mixture of experts, remove experts")
    }
    try shape.requireDense()
    let weights = model.weights
    var all: [HiddenUnits] = []
    for layer in shape.widths.indices {
      let name = "model.layers.\(layer).mlp.down_proj"
      all.append(
        HiddenUnits(
          down: weights["\(name).weight"]!.doubles, statistics: try calibration.inputs(of: name)))
    }
    return all
  }
}

extension ModelShape {
  func requireDense() throws(CompressionError) {
    if let (name, rank) = ranks.min(by: { $0.key < $1.key }) {
      throw CompressionError(
        "\(name) is factorised already, with rank \(rank); remove units, heads and layers before "
          + "factorising")
    }
  }
}

/// What is left of the hidden units of one layer.
struct KeptUnits {
  /// The units that stay, in ascending order.
  let units: [Int]

  /// The new `W_d`, `[width, units]`.
  let down: DoubleMatrix

  /// What the output gains besides, `[width]`; nil for nothing.
  var bias: [Double]?
}

extension Transformer {
  /// A narrower model.
  ///
  /// - Parameter kept: for each layer the units that stay and what is done with them.
  func keeping(_ kept: [KeptUnits]) throws(CompressionError) -> Transformer {
    var shape = try ModelShape(of: self)
    var weights = weights
    shape.setWidths(kept.map(\.units.count))
    for (layer, kept) in kept.enumerated() {
      let scope = "model.layers.\(layer).mlp"
      for matrix in ["gate_proj", "up_proj"] {
        let name = "\(scope).\(matrix).weight"
        weights[name] = weights[name]!.rows(at: kept.units)
      }
      weights["\(scope).down_proj.weight"] = Tensor(kept.down)
      guard let bias = kept.bias else { continue }
      let name = "\(scope).down_proj.bias"
      let old = weights[name]?.floats ?? Array(repeating: 0, count: bias.count)
      weights[name] = Tensor(zip(old, bias).map { Float(Double($0) + $1) })
      shape.biasedLayers.insert(layer)
    }
    return try shape.make(weights)
  }
}
