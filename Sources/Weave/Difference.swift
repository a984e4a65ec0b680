/// Something that is not what the committed book says.
struct Difference: Equatable {
  let name: String
  let expected: String
  let found: String
  /// Where to look, such as `Chapters/01-Tensors/main.swift:31`.
  let place: String

  /// All differences as a table for a terminal.
  static func table(_ differences: [Difference]) -> String {
    let header = ["name", "expected", "found", "where"]
    let rows = differences.map { difference in
      [difference.name, difference.expected, difference.found, difference.place]
        .map { abridged($0.replacing("\n", with: "⏎")) }
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let rule = widths.map { String(repeating: "─", count: $0) }
    return ([header, rule] + rows).map { cells in
      zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ").trimmingSpaces
    }.joined(separator: "\n")
  }

  /// A cell that fits beside the others.
  private static func abridged(_ text: String) -> String {
    text.count <= 48 ? text : text.prefix(46) + " …"
  }
}
