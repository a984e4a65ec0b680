/// A captioned table whose cells are already text.
public struct Table: Codable, Equatable, Sendable {
  public var caption: String
  public var columns: [String]
  public var rows: [[String]]
  /// Whether each column holds numbers only, and so is aligned on the right.
  public var isNumeric: [Bool]
  /// Whether the numbers differ from run to run.
  public var isMeasured: Bool

  public init(
    caption: String, columns: [String], rows: [[String]], isNumeric: [Bool], isMeasured: Bool
  ) {
    self.caption = caption
    self.columns = columns
    self.rows = rows
    self.isNumeric = isNumeric
    self.isMeasured = isMeasured
  }

  init(
    caption: String, columns: [String], values: [[any CustomStringConvertible]], isMeasured: Bool
  ) {
    for row in values {
      require(
        row.count == columns.count,
        "a row of table \"\(caption)\" has \(row.count) cells for \(columns.count) columns")
    }
    let cells = columns.indices.map { column in columnText(values.map { $0[column] }) }
    self.init(
      caption: caption, columns: columns,
      rows: values.indices.map { row in cells.map { $0[row] } },
      isNumeric: columns.indices.map { column in
        !values.isEmpty && values.allSatisfy { isNumber($0[column]) }
      },
      isMeasured: isMeasured)
  }

  /// The table for a terminal, under a rule, numbers aligned on the right.
  var terminalText: String {
    let widths = columns.indices.map { column in
      ([columns[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
    func aligned(_ cells: [String]) -> String {
      cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return isNumeric[column] ? space + cells[column] : cells[column] + space
      }.joined(separator: "  ").trimmingTrailingSpaces
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "──")
    return ([caption, aligned(columns), rule] + rows.map(aligned)).joined(separator: "\n")
  }
}

/// Shows a table. Cells are text, whole numbers or floating-point numbers; a column of numbers is
/// aligned on the right, with as many decimals as its smallest entry needs for three digits.
///
/// - Parameter measured: Whether the numbers differ from run to run, as times do: such a table is
///   shown in the book as last accepted, and never compared.
public func table(
  _ caption: String, columns: [String], rows: [[any CustomStringConvertible]],
  measured: Bool = false, line: Int = #line
) {
  let table = Table(caption: caption, columns: columns, values: rows, isMeasured: measured)
  Session.current.say("\n" + table.terminalText + "\n", .table(table), line: line)
}

private func isNumber(_ cell: any CustomStringConvertible) -> Bool {
  cell is any BinaryFloatingPoint || cell is any BinaryInteger
}

/// Formats one column, with common decimals for its floating-point numbers where that reads well.
private func columnText(_ cells: [any CustomStringConvertible]) -> [String] {
  let magnitudes = cells.compactMap { ($0 as? any BinaryFloatingPoint).map { abs(Double($0)) } }
    .filter { $0.isFinite && $0 > 0 }
  guard let least = magnitudes.min(), let most = magnitudes.max(),
    least >= 1e-4, most < 1e7, most / least < 1e4
  else { return cells.map { ($0 as? any BinaryFloatingPoint)?.significant(4) ?? "\($0)" } }
  var decimals = 0
  var scaled = least
  while scaled < 100, decimals < 6 {
    scaled *= 10
    decimals += 1
  }
  return cells.map {
    ($0 as? any BinaryFloatingPoint).map { Double($0).fixed(decimals) } ?? "\($0)"
  }
}

extension String {
  var trimmingTrailingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
