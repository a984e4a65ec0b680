import Foundation

extension Tensor: CustomStringConvertible {
  /// The shape and the elements, four significant digits each; the middle of a long row or of a
  /// long list of rows is left out.
  ///
  ///     [2, 3]
  ///         1.000    2.000    3.000
  ///         4.000    5.000    6.000
  public var description: String {
    if shape.rank == 0 { return Tensor.text(base[0]) }
    let rows = Tensor.shown(shape.rows).map { row in
      row.map { row in
        let cells = Tensor.shown(shape.width).map { column in
          column.map { Tensor.padded(Tensor.text(base[row * shape.width + $0])) } ?? "  …"
        }
        return cells.joined()
      } ?? "       ⋮"
    }
    return ([shape.description] + rows).joined(separator: "\n")
  }

  /// The indices to show of `count`; nil stands for those left out.
  private static func shown(_ count: Int) -> [Int?] {
    count <= 8 ? Array(0..<count) : Array(0..<4) + [nil] + Array(count - 3..<count)
  }

  private static func text(_ value: Float) -> String {
    let magnitude = abs(value)
    if !value.isFinite { return value.isNaN ? "nan" : "\(value)" }
    if magnitude != 0 && (magnitude < 1e-3 || magnitude >= 1e5) {
      return String(format: "%.2e", value)
    }
    let integerDigits = magnitude < 10 ? 1 : String(Int(magnitude)).count
    return String(format: "%.\(max(0, 4 - integerDigits))f", value)
  }

  private static func padded(_ text: String) -> String {
    String(repeating: " ", count: max(1, 9 - text.count)) + text
  }
}
