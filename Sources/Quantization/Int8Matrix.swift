import Kernels
import Tensors

/// A weight matrix `[rows, columns]` of whole numbers from -127 to 127, each row with a scale,
/// `w = s · q`: the usual format of eight bits, symmetric and one scale for each output.
///
/// A zero stays a zero, so a pruned matrix stays pruned.
public struct Int8Matrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int

  /// The whole numbers q, row after row.
  public let values: [Int8]

  /// The scale of each row.
  public let scales: [Float]

  public init(rows: Int, columns: Int, values: [Int8], scales: [Float]) {
    require(
      values.count == rows * columns && scales.count == rows,
      "[\(rows), \(columns)] takes \(rows * columns) values and \(rows) scales, "
        + "not \(values.count) and \(scales.count)")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.scales = scales
  }

  /// Rounds every weight of `[rows, columns]` to the nearest step of its row, halves away from zero;
  /// a step is a 127th of the row's largest magnitude.
  ///
  /// - Throws: `notFinite`.
  public init(rounding weight: Tensor) throws(QuantizationError) {
    try requireFinite(weight)
    let (rows, columns) = (weight.shape.rows, weight.shape.width)
    let scales = Int8Matrix.scales(of: weight)
    let values = weight.withFloats { weights in
      weights.withUnsafeBufferPointer { weights in
        [Int8](unsafeUninitializedCapacity: rows * columns) { values, count in
          parallel(over: rows, grain: max(1, (1 << 14) / max(1, columns))) { range in
            for row in range {
              let inverse = reciprocal(of: scales[row])
              for i in row * columns..<(row + 1) * columns {
                values[i] = wholeSteps(weights[i] * inverse)
              }
            }
          }
          count = rows * columns
        }
      }
    }
    self.init(rows: rows, columns: columns, values: values, scales: scales)
  }

  /// The scale of each row of `weight`: a 127th of its largest magnitude.
  static func scales(of weight: Tensor) -> [Float] {
    let columns = weight.shape.width
    return weight.withFloats { weights in
      (0..<weight.shape.rows).map { row in
        var largest: Float = 0
        for i in row * columns..<(row + 1) * columns {
          largest = max(largest, weights[i].magnitude)
        }
        return largest / 127
      }
    }
  }

  /// The weights that the numbers stand for, `[rows, columns]`.
  public func decoded() -> Tensor {
    let floats = [Float](unsafeUninitializedCapacity: values.count) { floats, count in
      for row in 0..<rows {
        for i in row * columns..<(row + 1) * columns {
          floats[i] = scales[row] * Float(values[i])
        }
      }
      count = values.count
    }
    return Tensor([rows, columns], floats)
  }

  /// The share of the numbers that are zero.
  public var sparsity: Double {
    Double(values.count { $0 == 0 }) / Double(max(1, values.count))
  }
}

/// The nearest whole number from -127 to 127, halves away from zero.
@inline(__always) func wholeSteps(_ steps: Float) -> Int8 {
  let magnitude = min(steps.magnitude, 127)
  let whole = Int32(magnitude)
  let rounded = magnitude - Float(whole) >= 0.5 ? whole + 1 : whole
  return Int8(truncatingIfNeeded: steps < 0 ? -rounded : rounded)
}
