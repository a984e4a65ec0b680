import Factorizations
import Kernels

/// Which weights of a matrix stay.
public struct SparsityMask: Equatable, Sendable {
  public let rows, columns: Int

  /// Whether each weight stays, in row-major order.
  public var keeps: [Bool]

  /// How many weights stay.
  public var count: Int { keeps.reduce(0) { $0 + ($1 ? 1 : 0) } }

  /// The share of weights that stay.
  public var density: Double { Double(count) / Double(max(1, keeps.count)) }

  public init(rows: Int, columns: Int, keeps: [Bool]) {
    precondition(keeps.count == rows * columns, "\(keeps.count) marks for [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.keeps = keeps
  }

  /// Removes the weights with the lowest scores.
  ///
  /// - Parameters:
  ///   - scores: `[rows, columns]`, none negative. Of equal ones the first goes first, so the number
  ///     of zeros is exact whatever the scores.
  ///   - comparing: which weights compete with each other.
  init(
    _ scores: [Float], rows: Int, columns: Int, _ sparsity: Sparsity, comparing: Competition
  ) {
    self.init(rows: rows, columns: columns, keeps: Array(repeating: true, count: rows * columns))
    switch (sparsity, comparing) {
    case (.groups(let zeros, let size), _):
      for start in stride(from: 0, to: scores.count, by: size) {
        remove(zeros, lowestOf: scores, in: start..<start + size)
      }
    case (.share, .row):
      for row in 0..<rows {
        let range = row * columns..<(row + 1) * columns
        remove(sparsity.zeros(among: columns), lowestOf: scores, in: range)
      }
    case (.share, .matrix):
      remove(sparsity.zeros(among: scores.count), lowestOf: scores, in: scores.indices)
    }
  }

  enum Competition { case row, matrix }

  private mutating func remove(_ count: Int, lowestOf scores: [Float], in range: Range<Int>) {
    for place in lowest(count, of: scores, in: range) { keeps[place] = false }
  }

  /// `weights` with zeros where they do not stay.
  func applied(to weights: [Float]) -> [Float] {
    zip(weights, keeps).map { $1 ? $0 : 0 }
  }
}

/// The places of the `count` lowest scores in a range, in ascending order of the scores.
///
/// The bits of a float that is not negative grow with it, so score and place are one integer to sort
/// by, five times as fast as by a closure.
func lowest(_ count: Int, of scores: [Float], in range: Range<Int>) -> [Int] {
  var keys = range.map { UInt64(scores[$0].bitPattern) << 32 | UInt64($0 - range.lowerBound) }
  keys.sort()
  return keys.prefix(count).map { range.lowerBound + Int($0 & 0xFFFF_FFFF) }
}
