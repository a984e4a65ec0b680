/// Why weights cannot be put into a format, on one line: which weights, what is wrong, what to do.
public struct QuantizationError: Error, Equatable, CustomStringConvertible, Sendable {
  /// The name of the weights, where they have one.
  public var name: String?

  public let problem: Problem

  public init(_ problem: Problem, name: String? = nil) {
    self.problem = problem
    self.name = name
  }

  public enum Problem: Equatable, Sendable {
    /// Rows are not a multiple of a block long.
    case width(Int, BlockFormat)
    /// A weight that is not a number, or infinite.
    case notFinite(Float, row: Int, column: Int)
    /// A scale that half precision cannot hold, in this row.
    case tooLarge(row: Int, BlockFormat)
    /// The format is read and not written.
    case noEncoder(BlockFormat)
    /// Other than two of each four neighbours are not zero, from this place on.
    case notTwoOfFour(row: Int, column: Int)
    /// A matrix of second moments of another size than the weights are wide.
    case moments(Int, width: Int)
    /// A matrix of second moments that is not positive definite, even with this damping.
    case notPositiveDefinite(damping: Double)
    /// No calibration data.
    case noCalibration
    /// A layer that has been compressed already.
    case compressed
  }

  public var description: String {
    (name.map { "\($0): " } ?? "") + problem.description
  }
}

extension QuantizationError.Problem: CustomStringConvertible {
  /// What is wrong; after the semicolon, what to do.
  public var description: String {
    switch self {
    case .width(let width, let format):
      "rows of \(width) weights are no multiple of the \(format.weightsPerBlock) in a block of "
        + "\(format.rawValue); keep this matrix in F16, or use int8 rows"
    case .notFinite(let value, let row, let column):
      "the weight in row \(row), column \(column) is \(value); "
        + "the training that made it has diverged, use an earlier checkpoint"
    case .tooLarge(let row, let format):
      "the weights of row \(row) are too large for the scale of \(format.rawValue); use int8 rows"
    case .noEncoder(let format):
      "\(format.rawValue) can be read and not written; write Q4_0"
    case .notTwoOfFour(let row, let column):
      "the four weights from row \(row), column \(column) on have more than two that are not zero; "
        + "prune to 2:4 first, or use the unstructured sparse format"
    case .moments(let size, let width):
      "second moments of \(size) inputs for weights of \(width); calibrate this layer itself"
    case .notPositiveDefinite(let damping):
      "the second moments are not positive definite with a damping of \(damping); raise it, or "
        + "calibrate with more tokens"
    case .noCalibration: "no tokens to calibrate with; give it some"
    case .compressed: "has been compressed already; start from the original"
    }
  }
}
