import Kernels
import Tensors

/// A weight matrix `[rows, columns]` in blocks, byte for byte as it stands in a GGUF file.
///
///     let matrix = try BlockMatrix(rounding: weight, to: .q40)
///     matrix.bytes.count       // rows · columns / 32 · 18
///     matrix.decoded()         // the nearest weights that the format has, [rows, columns]
public struct BlockMatrix: Sendable, Equatable {
  public let format: BlockFormat
  public let rows: Int
  public let columns: Int

  /// Row after row, block after block.
  public let bytes: [UInt8]

  /// A matrix whose bytes are known, as from a file.
  ///
  /// - Throws: `width` if the columns are no multiple of a block.
  public init(
    _ format: BlockFormat, rows: Int, columns: Int, bytes: [UInt8]
  ) throws(QuantizationError) {
    guard columns % format.weightsPerBlock == 0 else {
      throw QuantizationError(.width(columns, format))
    }
    let expected = BlockMatrix.byteCount(format, rows * columns)
    require(
      bytes.count == expected,
      "[\(rows), \(columns)] in \(format.rawValue) takes \(expected) bytes, not \(bytes.count)")
    self.format = format
    self.rows = rows
    self.columns = columns
    self.bytes = bytes
  }

  /// Rounds every weight to the nearest that the format has, with the scales of the reference
  /// encoder. `weight` is `[rows, columns]`.
  ///
  /// - Throws: `width`, `notFinite`, `tooLarge`, or `noEncoder`.
  public init(rounding weight: Tensor, to format: BlockFormat) throws(QuantizationError) {
    let encode: (UnsafePointer<Float>, UnsafeMutablePointer<UInt8>) -> Bool
    switch format {
    case .q80: encode = Q8_0.encode
    case .q40: encode = Q4_0.encode
    case .q4K: throw QuantizationError(.noEncoder(format))
    }
    let (rows, columns) = (weight.shape.rows, weight.shape.width)
    guard columns % format.weightsPerBlock == 0 else {
      throw QuantizationError(.width(columns, format))
    }
    try requireFinite(weight)
    let blocks = columns / format.weightsPerBlock
    let row = blocks * format.bytesPerBlock
    var misfits = [Bool](repeating: false, count: rows)
    let bytes = weight.withFloats { weights in
      weights.withUnsafeBufferPointer { weights in
        misfits.withUnsafeMutableBufferPointer { misfits in
          [UInt8](unsafeUninitializedCapacity: rows * row) { bytes, count in
            parallel(over: rows, grain: max(1, (1 << 14) / max(1, columns))) { range in
              for i in range {
                for block in 0..<blocks {
                  let from = weights.baseAddress! + i * columns + block * format.weightsPerBlock
                  let to = bytes.baseAddress! + i * row + block * format.bytesPerBlock
                  if !encode(from, to) { misfits[i] = true }
                }
              }
            }
            count = rows * row
          }
        }
      }
    }
    if let row = misfits.firstIndex(of: true) {
      throw QuantizationError(.tooLarge(row: row, format))
    }
    try self.init(format, rows: rows, columns: columns, bytes: bytes)
  }

  /// The weights that the bytes stand for, `[rows, columns]`.
  public func decoded() -> Tensor {
    let blocks = bytes.count / format.bytesPerBlock
    let floats = [Float](unsafeUninitializedCapacity: rows * columns) { floats, count in
      bytes.withUnsafeBufferPointer { bytes in
        parallel(over: blocks, grain: (1 << 16) / format.weightsPerBlock) { range in
          for block in range {
            format.decode(
              bytes.baseAddress! + block * format.bytesPerBlock,
              into: floats.baseAddress! + block * format.weightsPerBlock)
          }
        }
      }
      count = rows * columns
    }
    return Tensor([rows, columns], floats)
  }

  /// The bytes that `weights` weights take, a whole number of blocks.
  public static func byteCount(_ format: BlockFormat, _ weights: Int) -> Int {
    weights / format.weightsPerBlock * format.bytesPerBlock
  }
}

/// - Throws: `notFinite`, for the first weight of the matrix that is no number or infinite.
func requireFinite(_ weight: Tensor) throws(QuantizationError) {
  let width = weight.shape.width
  let place = weight.withFloats { weights -> Int? in
    // In the usual case one pass of vector code: the bits of NaN and infinity reach 0x7F800000.
    var largest: UInt32 = 0
    for i in weights.indices { largest = max(largest, weights[i].bitPattern & 0x7FFF_FFFF) }
    return largest < 0x7F80_0000 ? nil : weights.indices.first { !weights[$0].isFinite }
  }
  if let place {
    throw QuantizationError(
      .notFinite(
        weight.withFloats { $0[place] }, row: place / width, column: place % width))
  }
}
