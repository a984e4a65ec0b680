import Calibration
import Tensors
import Transformer

extension Transformer {
  /// The same function with wider feed-forward layers: units that are zero are added to each until there
  /// is a multiple of `multiple` of them.
  ///
  ///     let padded = try model.paddedUnits(to: 32)      // 336 units become 352
  ///
  /// A unit whose row of `W_u` is zero is `silu(0) · 0 = 0`, and its column of `W_d` is zero besides. So it
  /// adds nothing, to the bit, and `W_d` gets rows of a length that formats with blocks can hold.
  ///
  /// - Throws: `CompressionError` for a mixture, or a model that is factorised or quantised already.
  public func paddedUnits(to multiple: Int) throws(CompressionError) -> Transformer {
    require(multiple > 0, "hidden units cannot be padded to a multiple of \(multiple)")
    var shape = try ModelShape(of: self)
    guard shape.mixture == nil else {
      throw CompressionError("hidden units are padded in dense models, not in mixtures of experts")
    }
    try shape.requireDense()
    var weights = weights
    for (layer, width) in shape.widths.enumerated() {
      let missing = (multiple - width % multiple) % multiple
      let scope = "model.layers.\(layer).mlp"
      for matrix in ["gate_proj", "up_proj"] {
        let name = "\(scope).\(matrix).weight"
        weights[name] = weights[name]!.withZeroRows(missing)
      }
      let name = "\(scope).down_proj.weight"
      weights[name] = weights[name]!.withZeroColumns(missing)
    }
    shape.setWidths(shape.widths.map { ($0 + multiple - 1) / multiple * multiple })
    return try shape.make(weights)
  }
}

extension Tensor {
  /// This matrix with `count` rows of zeros after its own.
  fileprivate func withZeroRows(_ count: Int) -> Tensor {
    let zeros = repeatElement(Float(0), count: count * shape.width)
    return Tensor([shape.rows + count, shape.width], floats + zeros)
  }

  /// This matrix with `count` columns of zeros after its own.
  fileprivate func withZeroColumns(_ count: Int) -> Tensor {
    let zeros = repeatElement(Float(0), count: count)
    return Tensor(
      [shape.rows, shape.width + count], (0..<shape.rows).flatMap { row($0) + zeros })
  }
}
