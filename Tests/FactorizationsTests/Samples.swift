import CLAPACK
import Factorizations
import Kernels

/// Normally distributed elements.
func random(_ rows: Int, _ columns: Int, seed: UInt64 = 1) -> DoubleMatrix {
  var generator = Generator(seed: seed).stream(UInt64(rows), UInt64(columns))
  return DoubleMatrix(
    rows: rows, columns: columns, (0..<rows * columns).map { _ in Double(generator.normal()) })
}

/// A Gram matrix of correlated rows.
func gram(_ size: Int, seed: UInt64 = 1) -> DoubleMatrix {
  let mixing = random(size, size, seed: seed)
  return mixing.product(with: mixing.transposed)
}

/// The product by its definition.
func naiveProduct(_ a: DoubleMatrix, _ b: DoubleMatrix) -> DoubleMatrix {
  var c = DoubleMatrix(rows: a.rows, columns: b.columns)
  for i in 0..<a.rows {
    for j in 0..<b.columns {
      for k in 0..<a.columns { c[i, j].addProduct(a[i, k], b[k, j]) }
    }
  }
  return c
}

func identity(_ size: Int) -> DoubleMatrix {
  var matrix = DoubleMatrix(rows: size, columns: size)
  for index in 0..<size { matrix[index, index] = 1 }
  return matrix
}

/// The largest difference of two elements.
func distance(_ a: DoubleMatrix, _ b: DoubleMatrix) -> Double {
  (a - b).elements.map(abs).max() ?? 0
}

/// What LAPACK answers.
enum LAPACK {
  /// The lower Cholesky factor.
  static func cholesky(_ matrix: DoubleMatrix) -> DoubleMatrix? {
    // Column-major and symmetric: its upper triangle is our lower one.
    var elements = matrix.elements
    var size = Int32(matrix.rows)
    var stride = size
    var info: Int32 = 0
    dpotrf_("U", &size, &elements, &stride, &info)
    guard info == 0 else { return nil }
    var lower = DoubleMatrix(rows: matrix.rows, columns: matrix.columns, elements)
    for row in 0..<matrix.rows {
      for column in row + 1..<max(row + 1, matrix.columns) { lower[row, column] = 0 }
    }
    return lower
  }

  /// The singular values, and the matrix cut off after the first `rank` of them.
  static func singularValues(
    _ matrix: DoubleMatrix, rank: Int
  ) -> (values: [Double], truncated: DoubleMatrix) {
    // Column-major, so what it sees is the transpose, whose left vectors are our right ones.
    var elements = matrix.elements
    var rows = Int32(matrix.columns)
    var columns = Int32(matrix.rows)
    let count = min(matrix.rows, matrix.columns)
    var values = [Double](repeating: 0, count: count)
    var right = [Double](repeating: 0, count: count * matrix.columns)
    var left = [Double](repeating: 0, count: matrix.rows * count)
    var rightStride = rows
    var leftStride = Int32(count)
    var integers = [Int32](repeating: 0, count: 8 * count)
    var work = [Double](repeating: 0, count: 1 << 20)
    var workCount = Int32(work.count)
    var info: Int32 = 0
    var stride = rows
    dgesdd_(
      "S", &rows, &columns, &elements, &stride, &values, &right, &rightStride, &left, &leftStride,
      &work, &workCount, &integers, &info)
    precondition(info == 0, "dgesdd answers \(info)")
    let u = DoubleMatrix(rows: matrix.rows, columns: count, left)
    let v = DoubleMatrix(rows: count, columns: matrix.columns, right)
    let kept = Array(0..<rank)
    let scaled = u.columns(kept).scaled(columnsBy: kept.map { values[$0] })
    return (values, scaled.product(with: v.rows(kept)))
  }
}
