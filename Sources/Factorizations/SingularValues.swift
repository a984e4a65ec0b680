import Kernels

/// A matrix as a sum of outer products of decreasing size, `A = U Σ Vᵀ`: cut off after `r` of them, it
/// is the best matrix of rank `r` there is (Eckart and Young 1936).
///
///     let svd = try SingularValues(a)          // a: [m, n], k = min(m, n)
///     svd.left                                 // U: [m, k], orthonormal columns
///     svd.values                               // Σ: [k], largest first
///     svd.right                                // Vᵀ: [k, n], orthonormal rows
///
/// Found by rotating pairs of rows until all are orthogonal (one-sided Jacobi: Hestenes 1958; see
/// Demmel and Veselić 1992 for its accuracy, which is that of each value relative to itself). Each
/// round rotates disjoint pairs, so threads change no bit.
public struct SingularValues: Sendable {
  /// `[m, k]`
  public let left: DoubleMatrix

  /// `[k]`, largest first.
  public let values: [Double]

  /// `[k, n]`. The row of a value that is zero is zero.
  public let right: DoubleMatrix

  /// How many times all pairs were gone through.
  public let sweeps: Int

  public init(_ matrix: DoubleMatrix) throws(FactorizationError) {
    try matrix.requireFinite()
    if matrix.rows > matrix.columns {
      let turned = try SingularValues(matrix.transposed)
      left = turned.right.transposed
      right = turned.left.transposed
      values = turned.values
      sweeps = turned.sweeps
      return
    }
    let count = matrix.rows
    var rotated = matrix
    var rotations = DoubleMatrix(rows: count, columns: count)
    for index in 0..<count { rotations[index, index] = 1 }
    sweeps = orthogonalize(&rotated, &rotations)
    let norms = (0..<count).map { row in
      (0..<matrix.columns).reduce(0.0) { $0.addingProduct(rotated[row, $1], rotated[row, $1]) }
        .squareRoot()
    }
    // Equal values in the order of their rows, so that a tie is no accident.
    let order = (0..<count).sorted { (norms[$1], $0) < (norms[$0], $1) }
    values = order.map { norms[$0] }
    let inverses = values.map { $0 > 0 ? 1 / $0 : 0 }
    // Q A = Σ Vᵀ with the rotations Q, so U = Qᵀ.
    let columns = rotations.rows(order)
    let signs = (0..<count).map { row in
      let largest = (0..<count).max { abs(columns[row, $0]) < abs(columns[row, $1]) } ?? 0
      return columns[row, largest] < 0 ? -1.0 : 1
    }
    left = columns.scaled(rowsBy: signs).transposed
    right = rotated.rows(order).scaled(rowsBy: zip(inverses, signs).map { $0 * $1 })
  }

  /// The sum of the squares of all values after the first `rank`: what cutting off there loses.
  public func tail(after rank: Int) -> Double {
    values[min(rank, values.count)...].reversed().reduce(0) { $0.addingProduct($1, $1) }
  }
}

/// Two rows whose cosine is below this are orthogonal.
private let tolerance = 0x1p-50

/// Rotates the rows of `matrix` until they are orthogonal, and those of `rotations` along with them.
///
/// - Returns: the number of sweeps.
private func orthogonalize(_ matrix: inout DoubleMatrix, _ rotations: inout DoubleMatrix) -> Int {
  let (count, width) = (matrix.rows, matrix.columns)
  // A row that is this small beside the whole matrix is what rounding left of nothing.
  let floor = 0x1p-104 * matrix.sumOfSquares
  // With an odd number of rows, one sits out each round.
  let seats = (count + 1) / 2 * 2
  var players = Array(0..<seats)
  return matrix.elements.withUnsafeMutableBufferPointer { a in
    rotations.elements.withUnsafeMutableBufferPointer { q in
      guard let a = a.baseAddress, let q = q.baseAddress, seats > 1 else { return 0 }
      for sweep in 1...60 {
        var isDone = true
        for _ in 1..<seats {
          var turned = [Bool](repeating: false, count: seats / 2)
          turned.withUnsafeMutableBufferPointer { turned in
            let table = turned.baseAddress!
            parallel(over: seats / 2, grain: max(1, (1 << 14) / (width + count))) { tables in
              for index in tables {
                let first = min(players[index], players[seats - 1 - index])
                let second = max(players[index], players[seats - 1 - index])
                if second >= count { continue }
                table[index] = rotate(
                  (a + first * width, a + second * width), width,
                  (q + first * count, q + second * count), count, floor: floor)
              }
            }
          }
          if turned.contains(true) { isDone = false }
          // All but the first move one seat on, so that in one sweep everyone meets everyone.
          players.insert(players.removeLast(), at: 1)
        }
        if isDone { return sweep }
      }
      return 60
    }
  }
}

private typealias RowPair = (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>)

/// Makes two rows orthogonal, the longer one first; false if they are already.
private func rotate(
  _ rows: RowPair, _ width: Int, _ companions: RowPair, _ count: Int, floor: Double
) -> Bool {
  let alpha = dot(rows.0, rows.0, width)
  let beta = dot(rows.1, rows.1, width)
  if alpha <= floor || beta <= floor { return false }
  let gamma = dot(rows.0, rows.1, width)
  guard abs(gamma) > tolerance * (alpha * beta).squareRoot() else { return false }
  let zeta = (beta - alpha) / (2 * gamma)
  let tangent =
    (zeta < 0 ? -1 : 1) / (abs(zeta) + (1.0).addingProduct(zeta, zeta).squareRoot())
  let cosine = 1 / (1.0).addingProduct(tangent, tangent).squareRoot()
  let sine = cosine * tangent
  turn(rows, cosine, sine, width)
  turn(companions, cosine, sine, count)
  return true
}

@inline(__always)
private func turn(_ rows: RowPair, _ cosine: Double, _ sine: Double, _ count: Int) {
  let (p, q) = rows
  let blocks = count & ~7
  var i = 0
  while i < blocks {
    let (x, y) = (Eight(p + i), Eight(q + i))
    (x * cosine - y * sine).store(to: p + i)
    (x * sine + y * cosine).store(to: q + i)
    i &+= 8
  }
  while i < count {
    let (x, y) = (p[i], q[i])
    p[i] = x * cosine - y * sine
    q[i] = x * sine + y * cosine
    i &+= 1
  }
}
