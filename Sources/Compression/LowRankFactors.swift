import Calibration
import Factorizations
import Kernels

/// A matrix as a product of two narrow ones, `W ≈ widen · narrow` with `rank` in between.
public struct LowRankFactors: Equatable, Sendable {
  /// What the approximation is good at.
  public enum Method: Equatable, Sendable {
    /// The matrix itself: `‖W − W'‖²` is as small as it can be.
    case plain
    /// The matrix with its columns scaled by `(E |x_j|)^α`, so that columns that meet large inputs
    /// count for more (ASVD: Yuan et al. 2023, arXiv:2312.05821, with α = 0.5).
    case activationAware(Double)
    /// The outputs: `‖(W − W') X‖²` is as small as it can be (SVD-LLM: Wang et al. 2024,
    /// arXiv:2403.07378). With `H = S Sᵀ` it is the truncation of `W S`, and what it loses are the
    /// squares of the singular values that are dropped.
    case whitened
  }

  /// `[out, rank]`
  public let widen: DoubleMatrix

  /// `[rank, in]`
  public let narrow: DoubleMatrix

  /// All singular values of what was factorised: the matrix, or the matrix times the scaling.
  public let spectrum: [Double]

  /// The sum of the squares of those that were dropped.
  public let dropped: Double

  /// What was added to the diagonal of `H`, as a share of its mean.
  public let damping: Double

  public var rank: Int { narrow.rows }

  /// The product, `[out, in]`.
  public var product: DoubleMatrix { widen.product(with: narrow) }

  /// - Parameters:
  ///   - weight: `[out, in]`
  ///   - rank: from 1 to the smaller side.
  ///   - inputs: what is known of the inputs; the plain method need not know.
  ///   - name: for messages.
  /// - Throws: `CompressionError` for a rank that is none.
  public init(
    _ weight: DoubleMatrix, rank: Int, _ method: Method, _ inputs: InputStatistics? = nil,
    name: String = "the matrix"
  ) throws(CompressionError) {
    let limit = min(weight.rows, weight.columns)
    guard (1...max(1, limit)).contains(rank) else {
      throw CompressionError(
        "\(name): a matrix of [\(weight.rows), \(weight.columns)] has no rank \(rank); choose 1 to "
          + "\(limit)")
    }
    do {
      let scaling = try Scaling(method, inputs, columns: weight.columns)
      let svd = try SingularValues(scaling.applied(weight))
      let kept = Array(0..<rank)
      // √Σ on either side: without a scaling, both factors are then of one size, as an optimiser
      // likes it. With one they are not, which `FinishedModel.factorised` of `Shipping` puts right.
      let roots = kept.map { svd.values[$0].squareRoot() }
      widen = svd.left.columns(kept).scaled(columnsBy: roots)
      narrow = scaling.undone(svd.right.rows(kept).scaled(rowsBy: roots))
      spectrum = svd.values
      dropped = svd.tail(after: rank)
      damping = scaling.damping
    } catch let error as FactorizationError {
      throw CompressionError("\(name): \(error)")
    } catch let error as CompressionError {
      throw error
    } catch {
      fatalError("\(error)")
    }
  }
}

/// What a matrix is multiplied by from the right before it is cut off.
private struct Scaling {
  private let factors: [Double]?

  /// `S` and `S⁻¹`
  private let whitening: (forward: DoubleMatrix, back: DoubleMatrix)?
  let damping: Double

  init(_ method: LowRankFactors.Method, _ inputs: InputStatistics?, columns: Int) throws {
    if method == .plain {
      (factors, whitening, damping) = (nil, nil, 0)
      return
    }
    guard let inputs else {
      throw CompressionError("the \(method) method looks at activations; give it a calibration")
    }
    guard case .activationAware(let exponent) = method else {
      // As it is if that does: then the loss is the dropped values, to the last digits.
      let cholesky = try Cholesky(inputs.gram)
      whitening = (cholesky.lower, cholesky.inverseOfLower)
      (factors, damping) = (nil, cholesky.damping)
      return
    }
    let means = inputs.meanMagnitudes
    let mean = means.reduce(0, +) / Double(max(1, columns))
    // An input that is always zero would be divided by zero; it is as if it were very small.
    factors = means.map { power(max($0, 1e-6 * mean), exponent) }
    (whitening, damping) = (nil, 0)
  }

  func applied(_ weight: DoubleMatrix) -> DoubleMatrix {
    if let factors { return weight.scaled(columnsBy: factors) }
    return whitening.map { weight.product(with: $0.forward) } ?? weight
  }

  func undone(_ rows: DoubleMatrix) -> DoubleMatrix {
    if let factors { return rows.scaled(columnsBy: factors.map { 1 / $0 }) }
    return whitening.map { rows.product(with: $0.back) } ?? rows
  }
}
