import Kernels

/// A matrix of 64-bit floats, row after row: what is factorised.
///
/// Weights and activations are 32-bit floats everywhere else. Here sums of squares over tens of
/// thousands of tokens are inverted, whose condition is the square of that of the activations: half
/// of the digits of a `Float` would be gone before anything is computed.
///
///     let a = DoubleMatrix([[2, 0], [1, 3]])
///     a.product(with: a.transposed).elements      // [4, 2, 2, 10]
public struct DoubleMatrix: Equatable, Sendable {
  public let rows, columns: Int

  /// All elements, in row-major order.
  public var elements: [Double]

  public init(rows: Int, columns: Int, _ elements: [Double]) {
    precondition(
      elements.count == rows * columns, "\(elements.count) elements for [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// Every element is zero.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, [Double](repeating: 0, count: rows * columns))
  }

  /// A matrix, row by row.
  public init(_ rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0, Array(rows.joined()))
  }

  /// The same numbers, widened, which is exact.
  public init(rows: Int, columns: Int, floats: [Float]) {
    self.init(rows: rows, columns: columns, floats.map(Double.init))
  }

  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The elements rounded to 32 bits, in row-major order.
  public var floats: [Float] { elements.map(Float.init) }

  /// The elements on the diagonal.
  public var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }

  /// The sum of all squares, one chain over the elements: the square of the Frobenius norm.
  public var sumOfSquares: Double {
    elements.reduce(0) { $0.addingProduct($1, $1) }
  }

  public var transposed: DoubleMatrix {
    var result = DoubleMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// The columns at `indices`, in that order.
  public func columns(_ indices: [Int]) -> DoubleMatrix {
    var result = DoubleMatrix(rows: rows, columns: indices.count)
    for row in 0..<rows {
      for (place, column) in indices.enumerated() { result[row, place] = self[row, column] }
    }
    return result
  }

  /// The rows at `indices`, in that order.
  public func rows(_ indices: [Int]) -> DoubleMatrix {
    DoubleMatrix(
      rows: indices.count, columns: columns,
      indices.flatMap { elements[$0 * columns..<($0 + 1) * columns] })
  }

  /// Every row times a number of its own.
  public func scaled(rowsBy factors: [Double]) -> DoubleMatrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result[row, column] *= factors[row] }
    }
    return result
  }

  /// Every column times a number of its own.
  public func scaled(columnsBy factors: [Double]) -> DoubleMatrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result[row, column] *= factors[column] }
    }
    return result
  }

  public static func - (a: DoubleMatrix, b: DoubleMatrix) -> DoubleMatrix {
    precondition(
      a.rows == b.rows && a.columns == b.columns,
      "[\(a.rows), \(a.columns)] − [\(b.rows), \(b.columns)]")
    return DoubleMatrix(
      rows: a.rows, columns: a.columns, zip(a.elements, b.elements).map { $0 - $1 })
  }
}
