import Notebook

/// The named values and outputs of a run, checked against the manuscript they came from.
struct RunValues {
  private(set) var record = Record()
  private(set) var figures: [Figure] = []
  private(set) var pinLines: [String: Int] = [:]
  private(set) var problems: [Problem] = []
  /// The events of each cell, by the cell's first line.
  private(set) var outputs: [Int: [Event]] = [:]
  /// The committed record of the chapter's study, whose pins are `{{study.name}}` here.
  private let study: Record?

  init(_ trace: Trace, manuscript: Manuscript, study: Record? = nil) {
    self.study = study
    let cells = manuscript.blocks.compactMap { block in
      if case .cell(let cell) = block { cell } else { nil }
    }
    var claims: [String: Int] = [:]
    for event in trace.events {
      let line = event.line
      switch event.content {
      case .chapter: continue
      case .end(let closing):
        record.cost = .init(milliseconds: closing.milliseconds, peakMemory: closing.peakMemory)
        continue
      case .pin(let name, let value):
        note(name, line)
        record.pins[name] = value
      case .measured(let name, let value, let unit):
        note(name, line)
        record.measured[name] = .init(value: value, unit: unit)
      case .claim(let sentence, _):
        if let first = claims.updateValue(line, forKey: sentence), first != line {
          problems.append(Problem(line: line, message: "the claim of line \(first) again"))
        }
        record.claims += 1
      case .figure(let figure):
        if figures.contains(where: { $0.name == figure.name }) {
          problems.append(Problem(line: line, message: "a second figure \(figure.name)"))
        }
        figures.append(figure)
      case .table(let table) where table.isMeasured:
        if record.tables[table.caption] != nil {
          problems.append(
            Problem(line: line, message: "a second measured table \"\(table.caption)\""))
        }
        record.tables[table.caption] = .init(columns: table.columns, rows: table.rows)
      case .table, .text: break
      }
      if manuscript.functionLines.contains(line) {
        problems.append(
          Problem(line: line, message: "output from inside a function; show its result instead"))
      } else if let cell = cells.first(where: { $0.lines.contains(line) }) {
        outputs[cell.lines.lowerBound, default: []].append(event)
      } else {
        problems.append(
          Problem(line: line, message: "output from a line without code; run swift build"))
      }
    }
  }

  /// A name is given once, so that `{{name}}` means one thing.
  private mutating func note(_ name: String, _ line: Int) {
    if let first = pinLines.updateValue(line, forKey: name) {
      problems.append(Problem(line: line, message: "\(name) was already recorded on line \(first)"))
    }
  }

  /// Puts the last accepted text in the place of every volatile value that was accepted before.
  mutating func keep(_ committed: Record) {
    for (name, entry) in committed.measured where record.measured[name]?.unit == entry.unit {
      record.measured[name] = entry
    }
    for (caption, table) in committed.tables {
      guard let fresh = record.tables[caption], fresh.columns == table.columns,
        fresh.rows.map(\.first) == table.rows.map(\.first),
        table.rows.allSatisfy({ $0.count == table.columns.count })
      else { continue }
      record.tables[caption] = table
    }
    if committed.cost.milliseconds > 0 { record.cost = committed.cost }
  }

  /// The text of `{{name|format}}`: of this run, or, under a name such as `study.recall`, of the
  /// chapter's study as it was committed.
  func text(_ name: String, _ format: String?) throws(WeaveError) -> String {
    if let text = try record.text(name, format) { return text }
    if name.hasPrefix("study."), let text = try study?.text(String(name.dropFirst(6)), format) {
      return text
    }
    let hint = name.hasPrefix("study.") && study == nil ? "; make study runs the study" : ""
    throw WeaveError("no pin or measured value is called {{\(name)}}\(hint)")
  }
}

extension Record {
  /// The pinned or measured value called `name`, if there is one.
  func text(_ name: String, _ format: String?) throws(WeaveError) -> String? {
    if let value = pins[name] { return try formatted(value, as: format) }
    return try measured[name].map { entry throws(WeaveError) in
      try entry.text(format) + "†"
    }
  }
}

extension Record.Measured {
  /// The value with its unit, at three digits unless the format says otherwise.
  func text(_ format: String? = nil) throws(WeaveError) -> String {
    let isPlainNumber = Int(value) == nil && Double(value) != nil
    let number = try formatted(value, as: format ?? (isPlainNumber ? "3" : nil))
    return unit.isEmpty ? number : "\(number) \(unit)"
  }
}
