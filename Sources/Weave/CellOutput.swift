import Notebook

/// What the book shows below a cell: text, pins and claims in a block quote, so that they cannot be
/// taken for code; tables and figures at full width.
struct CellOutput {
  let cell: Manuscript.Cell
  let chapter: ChapterName
  let values: RunValues

  /// The most lines of text, and characters in a line, that one cell may print into the book.
  private static let mostLines = 80
  private static let widestLine = 160
  /// The most rows of a table.
  private static let mostRows = 60

  /// The output in order, as Markdown blocks. Neighbouring lines of text share a block.
  var markdown: [String] {
    var blocks: [String] = []
    var quoted: [String] = []
    var text: [String] = []
    var claims: [String] = []
    func finishText() {
      if !text.isEmpty { quoted.append(fence("text", bounded(text))) }
      text = []
    }
    func finishClaims() {
      if !claims.isEmpty { quoted.append(claims.joined(separator: "\\\n")) }
      claims = []
    }
    func finishQuote() {
      finishText()
      finishClaims()
      if !quoted.isEmpty { blocks.append(blockquote(quoted.joined(separator: "\n\n"))) }
      quoted = []
    }
    for event in values.outputs[cell.lines.lowerBound] ?? [] {
      let isHidden = cell.hidden.contains(event.line)
      if case .claim = event.content { finishText() } else { finishClaims() }
      switch event.content {
      case .text(let label, let shown):
        text += (label.map { labelled($0, shown) } ?? shown).lines
      case .pin(let name, let value):
        if !isHidden { text += "\(name) = \(value)".lines }
      case .measured(let name, let value, let unit):
        let entry = values.record.measured[name] ?? .init(value: value, unit: unit)
        let shown = (try? entry.text()) ?? value
        if !isHidden { text += "\(name) ≈ \(shown) †".lines }
      case .claim(let sentence, let holds):
        claims.append("\(holds ? "✓" : "✗") \(sentence.replacing("\n", with: " "))")
      case .table(let table):
        finishQuote()
        blocks += markdown(of: table)
      case .figure(let figure):
        finishQuote()
        let mark = figure.isMeasured ? " †" : ""
        blocks.append(
          "![\(escapedAlternative(figure.title))](\(chapter.figureLink(figure.name)))\n\n"
            + "*\(figure.caption)*\(mark)")
      case .chapter, .end: break
      }
    }
    finishQuote()
    return blocks
  }

  private func bounded(_ lines: [String]) -> [String] {
    let narrow = lines.prefix(Self.mostLines).map { line in
      line.count <= Self.widestLine ? line : line.prefix(Self.widestLine - 1) + "…"
    }
    let rest = lines.count - narrow.count
    return rest > 0 ? narrow + ["… (\(rest) more lines)"] : narrow
  }

  private func markdown(of table: Table) -> [String] {
    let accepted = table.isMeasured ? values.record.tables[table.caption] : nil
    let rows = accepted?.rows ?? table.rows
    let rule = table.isNumeric.map { $0 ? "---:" : ":---" }
    let shown = ([table.columns, rule] + rows.prefix(Self.mostRows)).map { cells in
      "| " + cells.map(escapedCell).joined(separator: " | ") + " |"
    }
    let rest = rows.count - Self.mostRows
    let note = rest > 0 ? " (\(rest) more rows)" : ""
    return [
      shown.joined(separator: "\n"), "*\(table.caption)*\(note)\(table.isMeasured ? " †" : "")",
    ]
  }
}

/// A bar on the left tells output from code.
private func blockquote(_ text: String) -> String {
  text.lines.map { $0.isEmpty ? ">" : "> \($0)" }.joined(separator: "\n")
}

private func escapedCell(_ text: String) -> String {
  text.replacing("|", with: "\\|").replacing("\n", with: "<br>")
}

private func escapedAlternative(_ text: String) -> String {
  text.replacing("[", with: "\\[").replacing("]", with: "\\]").replacing("\n", with: " ")
}

extension String {
  fileprivate var lines: [String] {
    split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
