import Calibration
import Factorizations
import Kernels

/// A matrix whose weights were zeroed one column after the other, where each column's error was passed on
/// to the columns after it (SparseGPT: Frantar and Alistarh 2023, arXiv:2301.00774).
///
/// With `U` from `H⁻¹ = Uᵀ U`, zeroing `w_j` costs `(w_j / U_jj)²` of layer loss if the later weights make
/// up for it as well as they can, which is
///
///     e = w_j / U_jj          w_{j..} ← w_{j..} − e U_{j, j..}
///
/// This is optimal brain surgery (Hassibi and Stork 1993) in one pass: since all rows go through the
/// columns in the same order, they share one `U`.
struct SparseGPT {
  /// The weights afterwards, `[out, in]`.
  private(set) var weight: DoubleMatrix
  private(set) var mask: SparsityMask

  /// The share of the mean diagonal that was added to `H`.
  let damping: Double

  /// - Parameters:
  ///   - gram: `H = X Xᵀ`, `[in, in]`.
  ///   - blockWidth: how many columns are compared with each other at a time.
  init(
    _ weight: DoubleMatrix, gram: DoubleMatrix, _ sparsity: Sparsity, blockWidth: Int,
    damping: Double
  ) throws(CompressionError) {
    let (rows, columns) = (weight.rows, weight.columns)
    self.weight = weight
    mask = SparsityMask(
      rows: rows, columns: columns, keeps: Array(repeating: true, count: rows * columns))
    var gram = gram
    // An input that is always zero has no say: its weights go, at no cost.
    for column in 0..<columns where gram[column, column] == 0 {
      gram[column, column] = 1
      for row in 0..<rows { self.weight[row, column] = 0 }
    }
    let factor: InverseFactor
    do {
      factor = try InverseFactor(gram, damping: damping)
    } catch {
      throw CompressionError("the weights cannot be compensated: \(error)")
    }
    self.damping = factor.damping
    var removed = 0
    for start in stride(from: 0, to: columns, by: blockWidth) {
      let block = start..<min(columns, start + blockWidth)
      if case .share = sparsity {
        // So many that the number of zeros is exact at the end of each block.
        let goal = sparsity.zeros(among: rows * block.upperBound)
        choose(goal - removed, in: block, factor.upper)
        removed = goal
      }
      sweep(block, factor.upper, sparsity)
    }
  }

  /// Marks the `count` weights of a block that cost least, whatever their row.
  private mutating func choose(_ count: Int, in block: Range<Int>, _ upper: DoubleMatrix) {
    let scores = (0..<weight.rows).flatMap { row in
      block.map { score(weight[row, $0], upper[$0, $0]) }
    }
    for place in lowest(count, of: scores, in: scores.indices) {
      let (row, column) = (place / block.count, block.lowerBound + place % block.count)
      mask.keeps[row * weight.columns + column] = false
    }
  }

  /// Goes through the columns of a block, row by row, which are independent of each other.
  private mutating func sweep(
    _ block: Range<Int>, _ upper: DoubleMatrix, _ sparsity: Sparsity
  ) {
    let (rows, columns) = (weight.rows, weight.columns)
    weight.elements.withUnsafeMutableBufferPointer { weights in
      mask.keeps.withUnsafeMutableBufferPointer { keeps in
        upper.elements.withUnsafeBufferPointer { upper in
          guard let weights = weights.baseAddress, let keeps = keeps.baseAddress,
            let upper = upper.baseAddress
          else { return }
          parallel(over: rows, grain: max(1, (1 << 15) / (block.count * columns))) { range in
            for row in range {
              let (own, kept) = (weights + row * columns, keeps + row * columns)
              for column in block {
                if case .groups(let zeros, let size) = sparsity, column % size == 0 {
                  // The group is judged by its weights as they are when it is reached.
                  let scores = (column..<column + size).map {
                    score(own[$0], upper[$0 * columns + $0])
                  }
                  for place in lowest(zeros, of: scores, in: scores.indices) {
                    kept[column + place] = false
                  }
                }
                if kept[column] { continue }
                let slopes = upper + column * columns
                let error = own[column] / slopes[column]
                for later in column + 1..<max(column + 1, columns) {
                  own[later].addProduct(-error, slopes[later])
                }
                own[column] = 0
              }
            }
          }
        }
      }
    }
  }
}

/// What zeroing a weight costs if the later ones make up for it.
private func score(_ weight: Double, _ diagonal: Double) -> Float {
  let error = weight / diagonal
  return Float(error * error)
}
