import Calibration

/// How many weights of a matrix are to be zero, and where they may be.
public enum Sparsity: Hashable, Sendable {
  /// A share of all weights, from 0 to below 1, anywhere (**unstructured**).
  case share(Double)

  /// `zeros` of each `of` neighbours in a row: 2 of 4 is what hardware calls 2:4.
  case groups(zeros: Int, of: Int)

  /// 2:4
  public static let twoOfFour = Sparsity.groups(zeros: 2, of: 4)

  /// The share of weights that will be zero.
  public var share: Double {
    switch self {
    case .share(let share): share
    case .groups(let zeros, let size): Double(zeros) / Double(size)
    }
  }

  /// How many of `count` weights are zero: rounded down, but 0.29 of 100 are 29, though the product of
  /// the two is a little less.
  func zeros(among count: Int) -> Int { Int(share * Double(count) + 1e-9) }

  /// Refuses what no matrix with `columns` columns can have.
  func validate(columns: Int, of name: String) throws(CompressionError) {
    switch self {
    case .share(let share):
      guard share >= 0 && share < 1 else {
        throw CompressionError("a sparsity of \(share) is none; take one from 0 to below 1")
      }
    case .groups(let zeros, let size):
      guard size > 0 && zeros >= 0 && zeros < size else {
        throw CompressionError(
          "\(zeros) zeros in groups of \(size) leave no weight or are no number; 2 of 4 is usual")
      }
      guard columns % size == 0 else {
        throw CompressionError(
          "\(name): rows of \(columns) weights cannot be cut into groups of \(size); choose another "
            + "group or an unstructured sparsity")
      }
    }
  }
}
