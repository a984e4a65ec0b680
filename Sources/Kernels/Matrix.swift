/// A borrowed view of a matrix of floats: rows laid out one after the other, `stride` floats
/// apart, and perhaps read as its transpose.
///
/// The view does not own its memory and must not outlive it. A transpose costs nothing: it is the
/// same memory with rows and columns exchanged, and the matrix product sorts it out as it packs.
///
///     let w = Matrix(weights, rows: 256, columns: 64)  // [256, 64]
///     w.transposed                                     // [64, 256], the same floats
public struct Matrix {
  /// The element at row 0, column 0.
  public let base: UnsafeMutablePointer<Float>
  /// The rows of this view: of a transpose, the stored columns.
  public let rows: Int
  /// The columns of this view: of a transpose, the stored rows.
  public let columns: Int
  /// How many floats lie between the starts of two stored rows.
  public let stride: Int
  /// Whether the stored rows are this view's columns.
  public let isTransposed: Bool

  /// A view of `rows` rows of `columns` floats that start `stride` floats apart; without a stride
  /// they touch.
  public init(
    _ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil
  ) {
    let stride = stride ?? columns
    precondition(
      rows >= 0 && columns >= 0 && stride >= columns,
      "a matrix of \(rows) rows and \(columns) columns cannot have a stride of \(stride)")
    self.init(base, rows, columns, stride, isTransposed: false)
  }

  /// A view of floats that will only be read: an operand of a product, never its result.
  public init(_ base: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.init(UnsafeMutablePointer(mutating: base), rows: rows, columns: columns, stride: stride)
  }

  private init(
    _ base: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, _ stride: Int,
    isTransposed: Bool
  ) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.isTransposed = isTransposed
  }

  /// The same floats with rows and columns exchanged.
  public var transposed: Matrix {
    Matrix(base, columns, rows, stride, isTransposed: !isTransposed)
  }

  /// The part of this matrix in the given rows and columns.
  public subscript(rows: Range<Int>, columns: Range<Int>) -> Matrix {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= self.rows
        && columns.lowerBound >= 0 && columns.upperBound <= self.columns,
      "rows \(rows) and columns \(columns) do not lie within [\(self.rows), \(self.columns)]")
    return Matrix(
      address(rows.lowerBound, columns.lowerBound), rows.count, columns.count, stride,
      isTransposed: isTransposed)
  }

  /// One element, without a check of the indices.
  public subscript(row: Int, column: Int) -> Float {
    get { address(row, column).pointee }
    nonmutating set { address(row, column).pointee = newValue }
  }

  @inline(__always) func address(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
    base + (isTransposed ? column * stride + row : row * stride + column)
  }
}
