import Calibration
import Factorizations

/// The least-squares repair: after some inputs of a layer are gone, what weights on the others come
/// closest to what the layer did?
///
///     W' = argmin ‖W X − W' X_K‖²  =  W H_{:K} (H_KK + λ I)⁻¹        with H = X Xᵀ
///
/// One formula, and the Gram matrix is all it needs of the data. It serves whenever inputs go: pruned
/// neurons, merged duplicates, removed heads. Without it, to remove an input is to assume that no other
/// could have said the same.
public struct LeastSquaresRepair: Equatable, Sendable {
  /// The new weights `[out, kept]`.
  public let weight: DoubleMatrix

  /// What is to be added to the outputs, `[out]`; zeros unless a bias was asked for.
  public let bias: [Double]

  /// What was added to the diagonal of `H_KK`, as a share of its mean.
  public let damping: Double

  /// Fits the weights of the kept inputs.
  ///
  /// - Parameters:
  ///   - weight: `[out, in]`, before.
  ///   - inputs: what is known of all inputs.
  ///   - kept: the inputs that stay.
  ///   - hasBias: whether a constant may stand for what is always the same: a row of ones among the
  ///     kept inputs.
  ///   - damping: the ridge `λ`, as a share of the mean of the diagonal.
  /// - Throws: `CompressionError` if the inputs have no energy at all.
  public init(
    _ weight: DoubleMatrix, _ inputs: InputStatistics, keeping kept: [Int], hasBias: Bool = false,
    damping: Double = 1e-4
  ) throws(CompressionError) {
    let gram = inputs.gram
    // H_{:K} and H_KK, with the sums of the inputs for the products with the row of ones.
    var across = gram.columns(kept)
    var within = across.rows(kept)
    if hasBias {
      let sums = inputs.means.map { $0 * Double(inputs.rows) }
      let keptSums = kept.map { sums[$0] }
      across = across.appending(column: sums)
      within = within.appending(column: keptSums)
        .appending(row: keptSums + [Double(inputs.rows)])
    }
    do {
      let cholesky = try Cholesky(within, damping: damping)
      let fitted = cholesky.solve(rows: weight.product(with: across))
      self.weight = fitted.columns(Array(kept.indices))
      bias =
        hasBias
        ? (0..<fitted.rows).map { fitted[$0, kept.count] } : Array(repeating: 0, count: weight.rows)
      self.damping = cholesky.damping
    } catch {
      throw CompressionError("the least-squares repair failed: \(error)")
    }
  }
}

extension DoubleMatrix {
  fileprivate func appending(column: [Double]) -> DoubleMatrix {
    DoubleMatrix(
      rows: rows, columns: columns + 1,
      (0..<rows).flatMap { elements[$0 * columns..<($0 + 1) * columns] + [column[$0]] })
  }

  fileprivate func appending(row: [Double]) -> DoubleMatrix {
    DoubleMatrix(rows: rows + 1, columns: columns, elements + row)
  }
}
