import Calibration
import Foundation
import Safetensors

/// A matrix with zeros as it lies in a file: one bit for each weight, whether it is there, and the weights
/// that are.
///
/// At half density that is 17 bits a weight instead of 32. A list of places, 16 bits each, would take less
/// only if fewer than one weight in sixteen stayed.
///
/// | tensor | type | shape | |
/// |---|---|---|---|
/// | `NAME.mask` | U8 | `[rows, ⌈columns / 8⌉]` | bit `c % 8`, lowest first, of byte `c / 8` is column `c` |
/// | `NAME.values` | F32 | `[count]` | the weights whose bit is set, in row-major order |
struct SparseTensor: Equatable {
  let mask: SparsityMask

  /// The weights that stay.
  let values: [Float]

  /// The bits of the mask, rows padded to whole bytes with zeros.
  let bits: [UInt8]

  /// - Returns: nil if a weight that the mask says is gone is not zero.
  init?(_ weights: [Float], _ mask: SparsityMask) {
    self.mask = mask
    var values: [Float] = []
    var bits = [UInt8](repeating: 0, count: mask.rows * SparseTensor.bytes(mask.columns))
    for place in weights.indices {
      guard mask.keeps[place] else {
        if weights[place] != 0 { return nil }
        continue
      }
      values.append(weights[place])
      let (row, column) = (place / mask.columns, place % mask.columns)
      bits[row * SparseTensor.bytes(mask.columns) + column / 8] |= 1 << (column % 8)
    }
    self.values = values
    self.bits = bits
  }

  /// Reads the matrix called `name` from a directory, without trust.
  init(
    _ name: String, rows: Int, columns: Int, from directory: SafetensorsDirectory
  ) throws(CompressionError) {
    do {
      let width = SparseTensor.bytes(columns)
      let stored = try directory.tensor(named: "\(name).mask", shape: [rows, width])
      guard stored.dataType == .uint8 else {
        throw CompressionError("\(name).mask: expected bytes, found \(stored.dataType.rawValue)")
      }
      bits = try stored.bytes()
      var keeps = [Bool](repeating: false, count: rows * columns)
      for row in 0..<rows {
        for column in 0..<8 * width where bits[row * width + column / 8] >> (column % 8) & 1 == 1 {
          guard column < columns else {
            throw CompressionError(
              "\(name).mask: row \(row) has a bit beyond its \(columns) columns")
          }
          keeps[row * columns + column] = true
        }
      }
      mask = SparsityMask(rows: rows, columns: columns, keeps: keeps)
      values = try directory.tensor(named: "\(name).values", shape: [mask.count]).floats()
    } catch let error as CompressionError {
      throw error
    } catch {
      throw CompressionError("\(error)")
    }
  }

  /// All weights, zeros among them.
  var weights: [Float] {
    var next = 0
    return mask.keeps.map { stays in
      guard stays else { return 0 }
      next += 1
      return values[next - 1]
    }
  }

  /// How many bytes a row of bits takes.
  private static func bytes(_ columns: Int) -> Int { (columns + 7) / 8 }
}
