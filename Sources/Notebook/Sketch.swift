/// A figure as text, for a terminal: enough to see the shape of a curve while a chapter runs.
extension Figure {
  var sketch: String {
    let body =
      switch content {
      case .series(let series): sketchOfSeries(series, x: x, y: y)
      case .bars(let labels, let bars): sketchOfBars(labels, bars, axis: x)
      case .heatmap(let rows, _, let values): sketchOfHeatmap(rows, values)
      }
    return ([Terminal.styled(title, .bold)] + body).joined(separator: "\n")
  }
}

/// A raster of braille dots, two by four to a character.
private struct Braille {
  let columns: Int
  let rows: Int
  private var cells: [UInt8]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Array(repeating: 0, count: columns * rows)
  }

  /// The bits of a braille character, by row of dots, left and right.
  private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  /// Sets the dot at `x` in `0..<2 * columns` from the left, `y` in `0..<4 * rows` from the top.
  mutating func set(x: Int, y: Int) {
    guard (0..<2 * columns).contains(x), (0..<4 * rows).contains(y) else { return }
    cells[y / 4 * columns + x / 2] |= Self.bits[y % 4][x % 2]
  }

  /// Sets the dots of a straight line between two dots.
  mutating func line(from a: (x: Int, y: Int), to b: (x: Int, y: Int)) {
    let steps = max(abs(b.x - a.x), abs(b.y - a.y), 1)
    for step in 0...steps {
      set(x: a.x + (b.x - a.x) * step / steps, y: a.y + (b.y - a.y) * step / steps)
    }
  }

  var lines: [String] {
    (0..<rows).map { row in
      String(
        String.UnicodeScalarView(
          cells[row * columns..<(row + 1) * columns].map { UnicodeScalar(0x2800 + UInt32($0))! }))
    }
  }
}

/// Maps values to 0…1 along an axis, dropping what the axis cannot show.
private struct Mapping {
  let low: Double
  let high: Double
  let isLog: Bool

  init?(_ axis: Axis, _ values: [Double]) {
    isLog = axis.scale == .log
    let usable = values.filter { $0.isFinite && (axis.scale == .linear || $0 > 0) }
    guard let least = axis.range?.lowerBound ?? usable.min(),
      let most = axis.range?.upperBound ?? usable.max(),
      least > 0 || axis.scale == .linear
    else { return nil }
    (low, high) = (least, most)
  }

  func callAsFunction(_ value: Double) -> Double? {
    guard value.isFinite, !isLog || value > 0 else { return nil }
    let (a, b, v) =
      isLog ? (logarithm(low), logarithm(high), logarithm(value)) : (low, high, value)
    return b > a ? (v - a) / (b - a) : 0.5
  }
}

private func sketchOfSeries(_ series: [Series], x: Axis, y: Axis) -> [String] {
  guard let across = Mapping(x, series.flatMap(\.x)), let up = Mapping(y, series.flatMap(\.y))
  else { return ["(nothing to draw)"] }
  var canvas = Braille(columns: 60, rows: 12)
  for curve in series {
    var last: (x: Int, y: Int)?
    for (valueX, valueY) in zip(curve.x, curve.y) {
      guard let fractionX = across(valueX), let fractionY = up(valueY),
        (-9...9).contains(fractionX), (-9...9).contains(fractionY)
      else {
        last = nil
        continue
      }
      let dot = (x: Int(fractionX * 119 + 0.5), y: Int((1 - fractionY) * 47 + 0.5))
      if curve.style == .line, let last { canvas.line(from: last, to: dot) }
      canvas.set(x: dot.x, y: dot.y)
      last = dot
    }
  }
  let high = up.high.significant(3)
  let low = up.low.significant(3)
  let margin = max(high.count, low.count)
  let lines = canvas.lines.enumerated().map { row, line in
    let tick = row == 0 ? high : row == canvas.rows - 1 ? low : ""
    return String(repeating: " ", count: margin - tick.count) + tick + " ┤" + line
  }
  let names = series.map(\.name).joined(separator: ", ")
  let range = "\(across.low.significant(3)) … \(across.high.significant(3))"
  let legend = "\(y.text): \(names)  over  \(x.text) \(range)"
  return lines + [String(repeating: " ", count: margin + 2) + legend]
}

private func sketchOfBars(_ labels: [String], _ bars: [Bars], axis: Axis) -> [String] {
  let most = bars.flatMap(\.values).filter(\.isFinite).max() ?? 0
  let margin = labels.map(\.count).max() ?? 0
  var lines: [String] = []
  for (index, label) in labels.enumerated() {
    for (place, group) in bars.enumerated() {
      let value = group.values[index]
      let share = most > 0 && value.isFinite ? min(max(value / most, 0), 1) : 0
      let eighths = Int(share * 320 + 0.5)
      let tip = eighths % 8 == 0 ? "" : String(UnicodeScalar(0x2590 - UInt32(eighths % 8))!)
      let bar = String(repeating: "█", count: eighths / 8) + tip
      let name = place == 0 ? label : ""
      let note = bars.count > 1 ? "  \(group.name)" : ""
      lines.append(
        name + String(repeating: " ", count: margin - name.count) + " │\(bar) "
          + value.significant(3) + note)
    }
  }
  return lines + [String(repeating: " ", count: margin + 2) + axis.text]
}

private func sketchOfHeatmap(_ rows: [String], _ values: [[Double]]) -> [String] {
  let shades = Array(" ░▒▓█")
  let most = values.joined().filter(\.isFinite).max() ?? 0
  let least = min(values.joined().filter(\.isFinite).min() ?? 0, 0)
  let margin = rows.map(\.count).max() ?? 0
  return zip(rows, values).map { name, row in
    let cells = row.prefix(60).map { value -> String in
      guard value.isFinite, most > least else { return "  " }
      let shade = shades[min(Int((value - least) / (most - least) * 5), 4)]
      return "\(shade)\(shade)"
    }
    return String(repeating: " ", count: margin - name.count) + name + " │" + cells.joined()
  }
}

/// The binary logarithm to the accuracy of a sketch: exponent plus a straight line between powers.
private func logarithm(_ value: Double) -> Double {
  Double(value.exponent) + value.significand - 1
}
