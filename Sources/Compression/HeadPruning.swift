import Calibration
import Factorizations
import Tensors
import Transformer

/// Heads that add little to the output of attention are removed, together with the keys and values that
/// only they read, so the cache shrinks as well.
///
/// A **group** is a key and value head with the query heads that share it; without sharing, a head. Every
/// layer keeps as many groups, as caches and published families demand.
public struct HeadPruning: Equatable, Sendable {
  /// How many groups each layer keeps.
  public var groups: Int

  /// Whether the output projection is fitted anew to the heads that stay.
  public var repairs: Bool

  public init(keeping groups: Int, repairs: Bool = true) {
    self.groups = groups
    self.repairs = repairs
  }

  /// For each layer and group the root mean square of what it adds to the output: `√E ‖W_O a‖²` over its
  /// part `a` of what the heads made.
  public func scores(
    of model: Transformer, _ calibration: Calibration
  ) throws(CompressionError) -> [[Double]] {
    try ModelShape(of: model).requireDense()
    let group = HeadGroup(model.configuration)
    var scores: [[Double]] = []
    for layer in model.blocks.indices {
      let name = "model.layers.\(layer).self_attn.o_proj"
      let inputs = try calibration.inputs(of: name)
      let weight = model.weights["\(name).weight"]!.doubles
      scores.append(
        (0..<model.configuration.keyValueHeads).map { index in
          let columns = group.queryRows(index)
          let part = weight.columns(columns)
          let loss = layerLoss(
            part, DoubleMatrix(rows: part.rows, columns: part.columns),
            gram: inputs.gram.columns(columns).rows(columns))
          return (loss / Double(inputs.rows)).squareRoot()
        })
    }
    return scores
  }

  /// A model with fewer heads.
  ///
  /// - Throws: `CompressionError` for a number of groups that the model does not have, for queries that
  ///   are normalised across heads, or a model that is factorised already.
  public func callAsFunction(
    _ model: Transformer, _ calibration: Calibration
  ) throws(CompressionError) -> Transformer {
    var shape = try ModelShape(of: model)
    let old = shape.configuration
    guard (1...old.keyValueHeads).contains(groups) else {
      throw CompressionError(
        "attention has \(old.keyValueHeads) groups of heads and cannot keep \(groups) of them")
    }
    guard old.attention.norm != .projections else {
      throw CompressionError(
        "queries and keys are normalised across all heads, so that none can go without changing the "
          + "others; prune hidden units instead")
    }
    let group = HeadGroup(old)
    var weights = model.weights
    for (layer, scores) in try scores(of: model, calibration).enumerated() {
      let kept = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(groups)
        .sorted()
      let scope = "model.layers.\(layer).self_attn"
      let queries = kept.flatMap(group.queryRows)
      let shared = kept.flatMap(group.keyRows)
      for (matrix, rows) in [("q_proj", queries), ("k_proj", shared), ("v_proj", shared)] {
        let name = "\(scope).\(matrix)"
        weights["\(name).weight"] = weights["\(name).weight"]!.rows(at: rows)
        weights["\(name).bias"] = weights["\(name).bias"]?.elements(at: rows)
      }
      let name = "\(scope).o_proj"
      let output = weights["\(name).weight"]!.doubles
      weights["\(name).weight"] = Tensor(
        repairs
          ? try LeastSquaresRepair(output, calibration.inputs(of: name), keeping: queries).weight
          : output.columns(queries))
    }
    shape.configuration.keyValueHeads = groups
    shape.configuration.heads = groups * (old.heads / old.keyValueHeads)
    return try shape.make(weights)
  }
}

/// Which rows of the projections belong to a group.
private struct HeadGroup {
  let queryWidth, keyWidth: Int

  init(_ configuration: Configuration) {
    keyWidth = configuration.headWidth
    queryWidth = configuration.headWidth * configuration.heads / configuration.keyValueHeads
  }

  func queryRows(_ group: Int) -> [Int] { Array(group * queryWidth..<(group + 1) * queryWidth) }

  func keyRows(_ group: Int) -> [Int] { Array(group * keyWidth..<(group + 1) * keyWidth) }
}
