import Kernels
import Tensors

/// Weights rounded one column after the other, where the later columns make up for the error of each
/// (GPTQ: Frantar et al. 2022, arXiv:2210.17323).
///
/// What a layer loses is not how far its weights move but how far its outputs do,
/// `tr((W - Q) H (W - Q)ᵀ)` with `H = X Xᵀ` of its inputs. With `U` from `H⁻¹ = Uᵀ U`, upper
/// triangular, the weights of the later columns do best to move by
///
///     e = (w_j - q_j) / U_jj          w_{j..} ← w_{j..} - e U_{j, j..}
///
/// All rows go through the columns in the same order, so they share one `U`.
struct GPTQ {
  /// The codes, `[rows, columns]`.
  let codes: [Int8]

  /// The scale of each group of each row.
  let scales: [Float]

  /// - Parameters:
  ///   - weight: `[rows, columns]`.
  ///   - upper: `U`, `[columns, columns]`, row after row.
  ///   - kept: which weights may be other than zero; nil for all. The others' errors are made up for
  ///     as well, so a pruned matrix is rounded in the same pass.
  ///   - groupWidth: how many neighbours share a scale.
  ///   - scale: the scale for a group as its weights are when their turn comes.
  ///   - levels: the least and the largest code.
  init(
    _ weight: Tensor, upper: [Double], keeping kept: [Bool]?, groupWidth: Int,
    levels: ClosedRange<Int>, scale: (UnsafeBufferPointer<Double>) -> Float
  ) throws(QuantizationError) {
    let (rows, columns) = (weight.shape.rows, weight.shape.width)
    guard upper.count == columns * columns else {
      throw QuantizationError(
        .moments(Int(Double(upper.count).squareRoot()), width: columns))
    }
    require(
      kept.map { $0.count == rows * columns } ?? true,
      "a mask of \(kept?.count ?? 0) for weights \(weight.shape)")
    try requireFinite(weight)
    let groups = (columns + groupWidth - 1) / groupWidth
    var scales = [Float](repeating: 0, count: rows * groups)
    var codes = [Int8](repeating: 0, count: rows * columns)
    var weights = weight.floats.map(Double.init)
    weights.withUnsafeMutableBufferPointer { weights in
      codes.withUnsafeMutableBufferPointer { codes in
        scales.withUnsafeMutableBufferPointer { scales in
          upper.withUnsafeBufferPointer { upper in
            parallel(over: rows, grain: max(1, (1 << 15) / max(1, columns * columns))) { range in
              for row in range {
                let own = UnsafeMutableBufferPointer(
                  rebasing: weights[row * columns..<(row + 1) * columns])
                for column in 0..<columns {
                  let group = row * groups + column / groupWidth
                  if column % groupWidth == 0 {
                    let end = min(columns, column + groupWidth)
                    scales[group] = scale(UnsafeBufferPointer(rebasing: own[column..<end]))
                  }
                  let step = Double(scales[group])
                  var code = 0
                  if step != 0, kept.map({ $0[row * columns + column] }) ?? true {
                    let steps = (own[column] / step).rounded(.toNearestOrAwayFromZero)
                    code = Int(
                      max(Double(levels.lowerBound), min(Double(levels.upperBound), steps)))
                  }
                  codes[row * columns + column] = Int8(code)
                  let slopes = UnsafeBufferPointer(
                    rebasing: upper[column * columns..<(column + 1) * columns])
                  let error = (own[column] - Double(code) * step) / slopes[column]
                  for later in column + 1..<max(column + 1, columns) {
                    own[later].addProduct(-error, slopes[later])
                  }
                }
              }
            }
          }
        }
      }
    }
    self.codes = codes
    self.scales = scales
  }
}

extension Int8Matrix {
  /// Rounds weights `[rows, columns]` so that the outputs of their layer change little: later columns
  /// make up for the error of earlier ones (GPTQ). The scales are those of plain rounding.
  ///
  /// - Parameters:
  ///   - upper: `U`, `[columns, columns]`, upper triangular, with `H⁻¹ = Uᵀ U` for the inputs'
  ///     `H = X Xᵀ`.
  ///   - kept: which weights may be other than zero; nil for all.
  /// - Throws: `moments`, `notFinite`.
  public init(
    compensating weight: Tensor, upper: [Double], keeping kept: [Bool]? = nil
  ) throws(QuantizationError) {
    // The scale of a row is known before its weights move.
    let columns = weight.shape.width
    let compensated = try GPTQ(
      weight, upper: upper, keeping: kept, groupWidth: max(1, columns), levels: -127...127
    ) { group in
      Float(group.reduce(0) { max($0, $1.magnitude) }) / 127
    }
    self.init(
      rows: weight.shape.rows, columns: columns, values: compensated.codes,
      scales: compensated.scales)
  }
}

extension BlockMatrix {
  /// Rounds weights `[rows, columns]` so that the outputs of their layer change little: later columns
  /// make up for the error of earlier ones (GPTQ). The scale of a block is that of its weights as they
  /// are when its turn comes.
  ///
  /// - Parameters: as of `Int8Matrix.init(compensating:upper:keeping:)`.
  /// - Throws: `width`, `moments`, `notFinite`, `tooLarge`, `noEncoder`.
  public init(
    compensating weight: Tensor, upper: [Double], keeping kept: [Bool]? = nil,
    to format: BlockFormat
  ) throws(QuantizationError) {
    let (rows, columns) = (weight.shape.rows, weight.shape.width)
    guard format != .q4K else { throw QuantizationError(.noEncoder(format)) }
    guard columns % format.weightsPerBlock == 0 else {
      throw QuantizationError(.width(columns, format))
    }
    let isFour = format == .q40
    let compensated = try GPTQ(
      weight, upper: upper, keeping: kept, groupWidth: 32, levels: isFour ? -8...7 : -127...127
    ) { group in
      let extreme = group.reduce(0) { $1.magnitude > $0.magnitude ? $1 : $0 }
      // As it will be read, in half precision.
      return halved(Float(isFour ? extreme / -8 : extreme.magnitude / 127))
    }
    var bytes = [UInt8](repeating: 0, count: BlockMatrix.byteCount(format, rows * columns))
    let size = format.bytesPerBlock
    for (block, scale) in compensated.scales.enumerated() {
      let codes = compensated.codes[32 * block..<32 * (block + 1)]
      let fits = bytes.withUnsafeMutableBufferPointer {
        storeScale(scale, at: $0.baseAddress! + block * size)
      }
      guard fits else {
        throw QuantizationError(.tooLarge(row: 32 * block / max(1, columns), format))
      }
      for i in 0..<(isFour ? 16 : 32) {
        let code = codes[codes.startIndex + i]
        bytes[block * size + 2 + i] =
          isFour
          ? UInt8(code + 8) | UInt8(codes[codes.startIndex + i + 16] + 8) << 4
          : UInt8(bitPattern: code)
      }
    }
    try self.init(format, rows: rows, columns: columns, bytes: bytes)
  }
}
