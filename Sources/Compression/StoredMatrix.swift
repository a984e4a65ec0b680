import Calibration
import Foundation
import Quantization
import Safetensors

/// A matrix as it lies in a file where it is not dense floats: with one bit for each weight that says
/// whether it is there, with the weights in eight bits, or both.
///
/// At half density that is 17 bits a weight instead of 32, or 5 in eight bits. A list of places, 16 bits
/// each, would take less only if fewer than one weight in sixteen stayed.
///
/// | tensor | type | shape | |
/// |---|---|---|---|
/// | `NAME.mask` | U8 | `[rows, ⌈columns / 8⌉]` | bit `c % 8`, lowest first, of byte `c / 8` is column `c` |
/// | `NAME.values` | F32 or I8 | `[count]`, `[rows, columns]` without a mask | the weights that are there, in row-major order |
/// | `NAME.scales` | F32 | `[rows]` | with I8, what a step is worth in each row |
struct StoredMatrix: Equatable {
  let rows, columns: Int

  /// Which weights are there; nil for all.
  let mask: SparsityMask?

  /// The weights that are there.
  let values: Values

  enum Values: Equatable {
    case floats([Float])
    case int8([Int8], scales: [Float])
  }

  /// - Returns: nil if a weight that the mask says is gone is not zero.
  init?(_ weights: [Float], rows: Int, columns: Int, _ mask: SparsityMask) {
    guard let kept = packed(weights, mask) else { return nil }
    (self.rows, self.columns) = (rows, columns)
    self.mask = mask
    values = .floats(kept)
  }

  /// - Returns: nil if a weight that the mask says is gone is not zero.
  init?(_ matrix: Int8Matrix, _ mask: SparsityMask?) {
    guard let kept = packed(matrix.values, mask) else { return nil }
    (rows, columns) = (matrix.rows, matrix.columns)
    self.mask = mask
    values = .int8(kept, scales: matrix.scales)
  }

  /// Reads the matrix called `name` from a directory, without trust.
  init(
    _ name: String, rows: Int, columns: Int, isSparse: Bool, isRounded: Bool,
    from directory: SafetensorsDirectory
  ) throws(CompressionError) {
    (self.rows, self.columns) = (rows, columns)
    do {
      mask = isSparse ? try StoredMatrix.mask(name, rows, columns, directory) : nil
      let stored = try directory.tensor(
        named: "\(name).values", shape: mask.map { [$0.count] } ?? [rows, columns])
      guard isRounded else {
        values = .floats(try stored.floats())
        return
      }
      guard stored.dataType == .int8 else {
        throw CompressionError(
          "\(name).values: expected whole numbers of 8 bits, found \(stored.dataType.rawValue)")
      }
      let codes = try stored.bytes().map { Int8(bitPattern: $0) }
      guard !codes.contains(-128) else {
        throw CompressionError("\(name).values: holds -128, and codes are from -127 to 127")
      }
      let scales = try directory.tensor(named: "\(name).scales", shape: [rows]).floats()
      guard scales.allSatisfy({ $0 >= 0 }) else {
        throw CompressionError("\(name).scales: a step is negative")
      }
      values = .int8(codes, scales: scales)
    } catch let error as CompressionError {
      throw error
    } catch {
      throw CompressionError("\(error)")
    }
  }

  private static func mask(
    _ name: String, _ rows: Int, _ columns: Int, _ directory: SafetensorsDirectory
  ) throws -> SparsityMask {
    let width = (columns + 7) / 8
    let stored = try directory.tensor(named: "\(name).mask", shape: [rows, width])
    guard stored.dataType == .uint8 else {
      throw CompressionError("\(name).mask: expected bytes, found \(stored.dataType.rawValue)")
    }
    let bits = try stored.bytes()
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
    return SparsityMask(rows: rows, columns: columns, keeps: keeps)
  }

  /// The bits of the mask, rows padded to whole bytes with zeros.
  var bits: [UInt8]? {
    mask.map { mask in
      let width = (columns + 7) / 8
      var bits = [UInt8](repeating: 0, count: rows * width)
      for place in mask.keeps.indices where mask.keeps[place] {
        bits[place / columns * width + place % columns / 8] |= 1 << (place % columns % 8)
      }
      return bits
    }
  }

  /// The codes and steps of all weights, zeros among them; nil if they are floats.
  var rounded: Int8Matrix? {
    guard case .int8(let codes, let scales) = values else { return nil }
    return Int8Matrix(
      rows: rows, columns: columns, values: unpacked(codes, mask, zero: 0), scales: scales)
  }

  /// All weights, zeros among them.
  var weights: [Float] {
    switch values {
    case .floats(let floats): unpacked(floats, mask, zero: 0)
    case .int8: rounded!.decoded().floats
    }
  }

  /// The names of the tensors that a matrix called `name` takes in a file.
  static func names(_ name: String, isSparse: Bool, isRounded: Bool) -> [String] {
    (isSparse ? ["\(name).mask"] : []) + ["\(name).values"] + (isRounded ? ["\(name).scales"] : [])
  }
}

/// The elements that stay; nil if one that does not is other than zero.
private func packed<Element: Numeric>(_ elements: [Element], _ mask: SparsityMask?) -> [Element]? {
  guard let mask else { return elements }
  var kept: [Element] = []
  for place in elements.indices {
    if mask.keeps[place] {
      kept.append(elements[place])
    } else if elements[place] != 0 {
      return nil
    }
  }
  return kept
}

private func unpacked<Element>(
  _ kept: [Element], _ mask: SparsityMask?, zero: Element
) -> [Element] {
  guard let mask else { return kept }
  var next = 0
  return mask.keeps.map { stays in
    guard stays else { return zero }
    next += 1
    return kept[next - 1]
  }
}
