import Calibration
import Factorizations
import Tensors
import Transformer

/// **Zero pruning**: the weights that matter least become zero, and the shapes stay.
///
///     let pruning = ZeroPruning(.sparseGPT, .twoOfFour)
///     let sparse = try pruning(model, calibration)
///     sparse.masks.density      // 0.5
///
/// What matters least is a matter of what is looked at: the weight alone, the weight and the size of its
/// input, or the weight and all inputs together.
public struct ZeroPruning: Equatable, Sendable {
  public enum Criterion: String, Sendable, CaseIterable {
    /// `|W_ij|`, compared over the whole matrix (Han et al. 2015, arXiv:1506.02626).
    case magnitude
    /// `|W_ij| ‖X_j‖₂`, compared within each row (Wanda: Sun et al. 2023, arXiv:2306.11695).
    case wanda
    /// `(W_ij / U_jj)²` in blocks of columns, and the weights that stay make up for those that go
    /// (SparseGPT: Frantar and Alistarh 2023, arXiv:2301.00774).
    case sparseGPT
  }

  public var criterion: Criterion
  public var sparsity: Sparsity

  /// How many columns SparseGPT compares at a time.
  public var blockWidth = 128

  /// What SparseGPT adds to the diagonal of `H`, as a share of its mean.
  public var damping = 0.01

  public init(_ criterion: Criterion, _ sparsity: Sparsity) {
    self.criterion = criterion
    self.sparsity = sparsity
  }

  /// One matrix with zeros.
  ///
  /// - Parameters:
  ///   - weight: `[out, in]`.
  ///   - inputs: what is known of its inputs; magnitudes need not know.
  ///   - name: for messages.
  /// - Throws: `CompressionError` for a sparsity that the matrix cannot have.
  public func pruned(
    _ weight: DoubleMatrix, _ inputs: InputStatistics?, name: String = "the matrix"
  ) throws(CompressionError) -> PrunedMatrix {
    let (rows, columns) = (weight.rows, weight.columns)
    try sparsity.validate(columns: columns, of: name)
    func scored(
      _ competition: SparsityMask.Competition, _ score: (Int, Double) -> Double
    ) -> PrunedMatrix {
      let scores = weight.elements.enumerated().map { Float(score($0 % columns, abs($1))) }
      let mask = SparsityMask(
        scores, rows: rows, columns: columns, sparsity, comparing: competition)
      var zeroed = weight
      for place in mask.keeps.indices where !mask.keeps[place] { zeroed.elements[place] = 0 }
      return PrunedMatrix(weight: zeroed, mask: mask, damping: 0)
    }
    if criterion == .magnitude { return scored(.matrix) { $1 } }
    guard let inputs else {
      throw CompressionError("\(criterion) looks at activations; give it a calibration")
    }
    if criterion == .wanda {
      let norms = inputs.norms
      return scored(.row) { norms[$0] * $1 }
    }
    guard blockWidth > 0, !sparsity.isGrouped || blockWidth % sparsity.groupSize == 0 else {
      throw CompressionError(
        "blocks of \(blockWidth) columns are not whole groups of \(sparsity.groupSize)")
    }
    let result = try SparseGPT(
      weight, gram: inputs.gram, sparsity, blockWidth: blockWidth, damping: damping)
    return PrunedMatrix(weight: result.weight, mask: result.mask, damping: result.damping)
  }

  /// A model whose blocks' matrices have zeros. Embedding and head stay as they are: every weight of
  /// theirs belongs to one token.
  ///
  /// - Parameter calibration: of this very model; magnitudes need none.
  /// - Throws: `CompressionError` for a sparsity that is none or does not fit a layer, or a model that
  ///   is factorised or quantised already.
  public func callAsFunction(
    _ model: Transformer, _ calibration: Calibration? = nil
  ) throws(CompressionError) -> SparseModel {
    let sparse = try model.duplicate()
    var masks = SparsityMasks()
    var damping = 0.0
    for (name, weight) in try sparse.denseLinears() where name != "lm_head" {
      let inputs: InputStatistics? =
        if criterion == .magnitude { nil } else { try calibration?.inputs(of: name) }
      let result = try pruned(weight.tensor.doubles, inputs, name: name)
      weight.set(Tensor(result.weight))
      masks[weight.name] = result.mask
      damping = max(damping, result.damping)
    }
    return SparseModel(model: sparse, masks: masks, damping: damping)
  }
}

/// A matrix with zeros.
public struct PrunedMatrix: Equatable, Sendable {
  /// `[out, in]`
  public let weight: DoubleMatrix
  public let mask: SparsityMask

  /// The share of the mean diagonal that SparseGPT added to `H`.
  public let damping: Double
}

/// A model with zeros, and where they are.
public struct SparseModel {
  public let model: Transformer
  public let masks: SparsityMasks

  /// The largest share of a mean diagonal that SparseGPT added; more than asked for if a factorisation
  /// failed at first.
  public let damping: Double
}

extension Sparsity {
  fileprivate var isGrouped: Bool { if case .groups = self { true } else { false } }

  fileprivate var groupSize: Int { if case .groups(_, let size) = self { size } else { 1 } }
}
