/// Why a matrix cannot be factorised, on one line.
public enum FactorizationError: Error, Equatable, CustomStringConvertible {
  /// The matrix is not positive definite, even with this damping on its diagonal.
  case notPositiveDefinite(size: Int, damping: Double)

  /// An element is infinite or not a number.
  case notFinite(row: Int, column: Int)

  public var description: String {
    switch self {
    case .notPositiveDefinite(let size, let damping):
      "a matrix of \(size) rows is not positive definite even with \(damping) of its mean diagonal "
        + "added; were its rows computed from data?"
    case .notFinite(let row, let column):
      "the element in row \(row) and column \(column) is not a finite number"
    }
  }
}

extension DoubleMatrix {
  func requireFinite() throws(FactorizationError) {
    if let place = elements.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(row: place / columns, column: place % columns)
    }
  }
}
