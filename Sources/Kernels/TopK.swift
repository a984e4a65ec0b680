/// The `k` largest of every row of `[rows, columns]`, largest first: their columns go into
/// `indices`, `[rows, k]`.
///
/// Of equal numbers the one at the lowest column comes first, and a NaN comes after every number:
/// the answer is defined, and `k` different columns, whatever is in the row.
///
/// - Parameter bias: added to each row for the comparison, `[columns]`.
public func selectTop(
  _ k: Int, of x: UnsafePointer<Float>, bias: UnsafePointer<Float>? = nil,
  into indices: UnsafeMutablePointer<Int32>, rows: Int, columns: Int
) {
  precondition(k <= columns, "the \(k) largest of \(columns) numbers")
  parallel(over: rows, grain: max(1, 8192 / max(1, k * columns))) { range in
    for row in range {
      let (x, chosen) = (x + row * columns, indices + row * k)
      for slot in 0..<k {
        var best = -1
        var largest: Float = .nan
        for column in 0..<columns {
          let value = bias.map { x[column] + $0[column] } ?? x[column]
          guard best < 0 || value > largest || (largest.isNaN && !value.isNaN) else { continue }
          if (0..<slot).contains(where: { chosen[$0] == Int32(column) }) { continue }
          (best, largest) = (column, value)
        }
        chosen[slot] = Int32(best)
      }
    }
  }
}
