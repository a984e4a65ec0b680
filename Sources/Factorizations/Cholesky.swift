import Kernels

/// A positive definite matrix as a lower triangle times its transpose, `A + δ I = L Lᵀ`: the half-price
/// elimination behind every least-squares problem of the compression chapters.
///
///     let cholesky = try Cholesky(DoubleMatrix([[4, 2], [2, 10]]))
///     cholesky.lower.elements                               // [2, 0, 1, 3]
///     cholesky.solve(rows: DoubleMatrix([[8, 22]])).elements   // [1, 2]: x A = (8, 22)
///
/// A Gram matrix of activations is often singular, by dead units or by fewer tokens than units, and
/// rounding can make it slightly worse. So a share of the mean of its diagonal is added, and if that
/// does not do, ten times as much, and so on; `damping` says how much it was.
public struct Cholesky: Sendable {
  /// `L`, with zeros above its diagonal.
  public let lower: DoubleMatrix

  /// What was added to the diagonal, as a share of the diagonal's mean.
  public let damping: Double

  /// How many times the damping had to be raised.
  public let raises: Int

  /// - Parameters:
  ///   - matrix: symmetric; the elements above the diagonal are not read.
  ///   - damping: the share to begin with. Zero is the matrix as it is.
  /// - Throws: `notFinite`, and `notPositiveDefinite` if even ten times the mean does not help.
  public init(_ matrix: DoubleMatrix, damping: Double = 0) throws(FactorizationError) {
    precondition(
      matrix.rows == matrix.columns, "[\(matrix.rows), \(matrix.columns)] is not square")
    precondition(damping >= 0, "a damping of \(damping) is negative")
    try matrix.requireFinite()
    let size = matrix.rows
    let mean = matrix.diagonal.reduce(0, +) / Double(max(1, size))
    var (share, raises) = (damping, 0)
    while true {
      var damped = matrix
      for index in 0..<size { damped[index, index] += share * mean }
      if let lower = lowerFactor(damped) {
        self.lower = lower
        self.damping = share
        self.raises = raises
        return
      }
      if share >= 10 { throw .notPositiveDefinite(size: size, damping: share) }
      share = share == 0 ? 1e-10 : share * 10
      raises += 1
    }
  }

  /// `L⁻¹`, lower triangular, too.
  public var inverseOfLower: DoubleMatrix {
    let size = lower.rows
    var inverse = DoubleMatrix(rows: size, columns: size)
    lower.elements.withUnsafeBufferPointer { l in
      inverse.elements.withUnsafeMutableBufferPointer { x in
        guard let l = l.baseAddress, let x = x.baseAddress else { return }
        for row in 0..<size {
          // L X = I, so X[i] = (I[i] − Σₖ L[i, k] X[k]) / L[i, i] over k < i.
          x[row * size + row] = 1
          for k in 0..<row {
            addScaled(x + k * size, by: -l[row * size + k], to: x + row * size, k + 1)
          }
          let scale = 1 / l[row * size + row]
          for column in 0...row { x[row * size + column] *= scale }
        }
      }
    }
    return inverse
  }

  /// `(A + δ I)⁻¹ = L⁻ᵀ L⁻¹`
  public var inverse: DoubleMatrix {
    let inverse = inverseOfLower
    return inverse.transposed.product(with: inverse)
  }

  /// Solves `X (A + δ I) = B` for `X`, where `B: [n, size]`: each row is a problem of its own.
  public func solve(rows b: DoubleMatrix) -> DoubleMatrix {
    let size = lower.rows
    precondition(b.columns == size, "rows of \(b.columns) for a matrix of \(size)")
    var solution = b
    lower.elements.withUnsafeBufferPointer { l in
      solution.elements.withUnsafeMutableBufferPointer { x in
        guard let l = l.baseAddress, let x = x.baseAddress else { return }
        parallel(over: b.rows, grain: max(1, (1 << 15) / max(1, size * size))) { rows in
          for row in rows { substitute(l, x + row * size, size) }
        }
      }
    }
    return solution
  }
}

/// Turns `b` into `x` with `L Lᵀ x = b`.
private func substitute(_ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ size: Int)
{
  for i in 0..<size {
    x[i] = (x[i] - dot(l + i * size, x, i)) / l[i * size + i]
  }
  for i in (0..<size).reversed() {
    x[i] /= l[i * size + i]
    addScaled(l + i * size, by: -x[i], to: x, i)
  }
}

/// `L` with `A = L Lᵀ`, or nil if `A` is not positive definite: row by row, so that all inner
/// products run along rows (Cholesky and Banachiewicz).
private func lowerFactor(_ matrix: DoubleMatrix) -> DoubleMatrix? {
  let size = matrix.rows
  var lower = DoubleMatrix(rows: size, columns: size)
  let isDefinite = lower.elements.withUnsafeMutableBufferPointer { l in
    guard let l = l.baseAddress else { return true }
    for i in 0..<size {
      let row = l + i * size
      for j in 0..<i {
        row[j] = (matrix[i, j] - dot(row, l + j * size, j)) / l[j * size + j]
      }
      let pivot = matrix[i, i] - dot(row, row, i)
      // What rounding leaves of a zero pivot is no pivot.
      guard pivot > 0x1p-46 * matrix[i, i] else { return false }
      row[i] = pivot.squareRoot()
    }
    return true
  }
  return isDefinite ? lower : nil
}
