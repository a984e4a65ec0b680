/// The upper triangle `U` with `(A + δ I)⁻¹ = Uᵀ U`, in whose rows an error in one column is
/// passed on to the columns after it: what SparseGPT and GPTQ walk along.
///
/// Row `j` of `U`, divided by its diagonal, says by how much the weights of the later columns have to
/// move to make up best for moving weight `j` by one, the earlier columns being done.
///
/// It is the inverse of the upper triangle `R` with `A + δ I = R Rᵀ`, which is a Cholesky
/// factorisation from the last row to the first; so `A⁻¹` itself, which would lose digits, is never
/// formed.
public struct InverseFactor: Sendable {
  /// `U`, with zeros below its diagonal.
  public let upper: DoubleMatrix

  /// What was added to the diagonal, as a share of its mean, and how often it had to be raised.
  public let damping: Double
  public let raises: Int

  /// - Parameters:
  ///   - matrix: symmetric; the Gram matrix of a layer's inputs.
  ///   - damping: as in `Cholesky`.
  public init(_ matrix: DoubleMatrix, damping: Double = 0.01) throws(FactorizationError) {
    let cholesky = try Cholesky(matrix.turned, damping: damping)
    upper = cholesky.inverseOfLower.turned
    self.damping = cholesky.damping
    raises = cholesky.raises
  }
}

extension DoubleMatrix {
  /// Rows and columns in reverse order.
  fileprivate var turned: DoubleMatrix {
    DoubleMatrix(rows: rows, columns: columns, elements.reversed())
  }
}
