import Notebook

/// The ink of figures. Every colour has a contrast of at least 4:1 for text, and 3:1 for shapes, on
/// white and on GitHub's dark `#0d1117`, so that one file serves both.
enum Ink {
  static let text = "#767c85"
  static let grid = "#B8767c85"
  static let shapes = ["#3b82d6", "#d5652b", "#2e9960", "#a368d4", "#b8860b", "#d6487e"]
}

/// Writes the gnuplot commands that draw a figure to standard output.
func gnuplotScript(_ figure: Figure) -> String {
  switch figure.content {
  case .series(let series): seriesScript(figure, series)
  case .bars(let labels, let bars): barsScript(figure, labels, bars)
  case .heatmap(let rows, let columns, let values): heatmapScript(figure, rows, columns, values)
  }
}

/// The title stands above the legend, and the legend above the axes, where it covers nothing: two
/// names to a row.
private func preamble(
  _ figure: Figure, width: Int = 760, height: Int, names: Int
) -> [String] {
  let keyRows = names > 1 ? (names + 1) / 2 : 0
  func fromTop(_ pixels: Int) -> Double { 1 - Double(pixels) / Double(height) }
  return [
    "set encoding utf8",
    "set terminal svg size \(width),\(height) noenhanced font 'sans-serif,14' linewidth 1",
    "set label 1 \(quoted(figure.title)) at screen 0.5, \(fromTop(20)) center "
      + "tc rgb '\(Ink.text)' font 'sans-serif,16'",
    "set border 3 lc rgb '\(Ink.text)' lw 1",
    "set tics nomirror out scale 0.5 tc rgb '\(Ink.text)'",
    keyRows > 0
      ? "set key at screen 0.5, \(fromTop(36)) center top horizontal maxcols 2 "
        + "tc rgb '\(Ink.text)' samplen 2"
      : "unset key",
    "set tmargin at screen \(fromTop(44 + 20 * keyRows))",
    "set style line 100 lc rgb '\(Ink.grid)' lw 0.6",
  ]
}

private func axisCommands(_ name: String, _ axis: Axis) -> [String] {
  var commands = ["set \(name)label \(quoted(axis.text)) tc rgb '\(Ink.text)'"]
  if axis.scale == .log {
    commands += ["set logscale \(name)", "set m\(name)tics 10", "set format \(name) '%g'"]
  }
  if let range = axis.range {
    commands.append("set \(name)range [\(range.lowerBound):\(range.upperBound)]")
  }
  return commands
}

private func seriesScript(_ figure: Figure, _ series: [Series]) -> String {
  var script = preamble(figure, height: 440, names: series.count)
  script += axisCommands("x", figure.x) + axisCommands("y", figure.y)
  script += ["set grid xtics ytics ls 100", "set autoscale xfix"]
  let across = series.flatMap(\.x).filter(\.isFinite)
  if figure.x.scale == .linear, figure.x.range == nil, let first = across.min(),
    let last = across.max(), first < last
  {
    let margin = (last - first) * 0.015
    script.append("set xrange [\(first - margin):\(last + margin)]")
  }
  var curves: [String] = []
  for (index, curve) in series.enumerated() {
    script.append("$data\(index) << EOD")
    script += zip(curve.x, curve.y).map { "\(datum($0)) \(datum($1))" }
    script.append("EOD")
    let ink = Ink.shapes[index % Ink.shapes.count]
    let dash = index < Ink.shapes.count ? 1 : 2
    let style =
      switch curve.style {
      case .line: "lines lw 2 dt \(dash) lc rgb '\(ink)'"
      case .points: "points pt \([7, 5, 9, 13, 11, 3][index % 6]) ps 0.7 lc rgb '\(ink)'"
      }
    curves.append("$data\(index) using 1:2 with \(style) title \(quoted(curve.name))")
  }
  return finished(script, curves)
}

private func barsScript(_ figure: Figure, _ labels: [String], _ bars: [Bars]) -> String {
  let thickness = 0.76 / Double(max(bars.count, 1))
  var script = preamble(
    figure, height: 124 + labels.count * (14 + 20 * bars.count), names: bars.count)
  script += axisCommands("x", figure.x)
  script += ["set grid xtics ls 100", "set yrange [\(Double(labels.count) - 0.4):-0.6]"]
  let ticks = labels.enumerated().map { "\(tick($1)) \($0)" }.joined(separator: ", ")
  script += ["set ytics (\(ticks)) scale 0", "set style fill solid 1 noborder"]
  let values = bars.flatMap(\.values).filter { $0.isFinite && $0 > 0 }
  let isLog = figure.x.scale == .log
  let start = isLog ? powerOfTen(below: values.min() ?? 1) : 0
  if figure.x.range == nil {
    let most = values.max() ?? 1
    script.append("set xrange [\(start):\(isLog ? most * 4 : most * 1.14)]")
  }
  var curves: [String] = []
  for (index, group) in bars.enumerated() {
    script.append("$data\(index) << EOD")
    for (place, value) in group.values.enumerated() {
      let center = Double(place) + (Double(index) - Double(bars.count - 1) / 2) * thickness
      script.append("\(datum(value)) \(center) \"\(barLabel(value))\"")
    }
    script.append("EOD")
    let ink = Ink.shapes[index % Ink.shapes.count]
    let half = thickness * 0.46
    curves.append(
      "$data\(index) using (\(start)):2:(\(start)):1:($2-\(half)):($2+\(half)) "
        + "with boxxyerror lc rgb '\(ink)' title \(quoted(group.name))")
    curves.append(
      "$data\(index) using 1:2:3 with labels left offset 0.6,0 tc rgb '\(Ink.text)' notitle")
  }
  return finished(script, curves)
}

/// Cells of one hue whose opacity is the value, so that zero is the page itself, light or dark.
private func heatmapScript(
  _ figure: Figure, _ rows: [String], _ columns: [String], _ values: [[Double]]
) -> String {
  let finite = values.joined().filter(\.isFinite)
  let least = min(finite.min() ?? 0, 0)
  let most = max(finite.max() ?? 1, least + 1e-30)
  let cell = min(max(560 / max(columns.count, 1), 14), 56)
  let width = max(cell * columns.count + 220, 420)
  let height = min(cell, 40) * max(rows.count, 3) + 124
  var script = preamble(figure, width: width, height: height, names: 0)
  script += axisCommands("x", figure.x) + axisCommands("y", figure.y)
  let scaleWidth = Double(columns.count) * 0.05 + 0.2
  let scaleLeft = Double(columns.count) + 0.1
  script += [
    "set style fill solid 1 noborder", "set border 0",
    "set xrange [-0.5:\(scaleLeft + scaleWidth * 3)]",
    "set yrange [\(Double(rows.count) - 0.5):-0.5]",
  ]
  func ticks(_ names: [String]) -> String {
    let stride = max(1, (names.count + 23) / 24)
    return names.enumerated().filter { $0.offset % stride == 0 }
      .map { "\(tick($0.element)) \($0.offset)" }.joined(separator: ", ")
  }
  script += ["set xtics (\(ticks(columns))) scale 0", "set ytics (\(ticks(rows))) scale 0"]
  script.append("$cells << EOD")
  for (row, line) in values.enumerated() {
    for (column, value) in line.enumerated() where value.isFinite {
      script.append("\(column) \(row) 0.48 0.48 \(shade((value - least) / (most - least)))")
    }
  }
  // The scale beside the cells: eight shades, apart from each other like the cells.
  let steps = 8
  let step = Double(rows.count) / Double(steps)
  for index in 0..<steps {
    let share = Double(index) / Double(steps - 1)
    let y = Double(rows.count) - 0.5 - step * (Double(index) + 0.5)
    script.append(
      "\(scaleLeft + scaleWidth / 2) \(y) \(scaleWidth / 2) \(step * 0.46) \(shade(share))")
  }
  script.append("EOD")
  for (value, y) in [(most, step * 0.5 - 0.5), (least, Double(rows.count) - 0.5 - step * 0.5)] {
    script.append(
      "set label \(quoted(barLabel(value))) at \(scaleLeft + scaleWidth), \(y) offset 0.6,0 "
        + "tc rgb '\(Ink.text)'")
  }
  return finished(script, ["$cells using 1:2:3:4:5 with boxxyerror lc rgb variable notitle"])
}

/// A value beside its bar: three digits, without an empty fraction.
private func barLabel(_ value: Double) -> String {
  let text = value.significant(3)
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// The colour of a share from 0 (clear) to 1, as gnuplot's 0xAARRGGBB, where AA is transparency.
private func shade(_ share: Double) -> Int {
  let transparency = Int((1 - min(max(share, 0), 1)) * 255 + 0.5)
  return transparency << 24 | 0x3b82d6
}

private func finished(_ script: [String], _ curves: [String]) -> String {
  let hasData = script.contains { $0.first?.isNumber == true || $0.first == "-" }
  let plot =
    hasData ? "plot \(curves.joined(separator: ", \\\n  "))" : "plot [0:1] [0:1] NaN notitle"
  return (script + [plot]).joined(separator: "\n") + "\n"
}

private func datum(_ value: Double) -> String { value.isFinite ? "\(value)" : "NaN" }

private func powerOfTen(below value: Double) -> Double {
  var power = 1.0
  while power > value { power /= 10 }
  while power * 10 <= value { power *= 10 }
  return power
}

/// A gnuplot string: in single quotes nothing is special but the quote.
/// The name of a place on an axis, which gnuplot reads as a format for its number.
private func tick(_ name: String) -> String { quoted(name.replacing("%", with: "%%")) }

private func quoted(_ text: String) -> String {
  let line = text.map { $0.isNewline || $0.asciiValue.map { $0 < 32 } ?? false ? " " : $0 }
  return "'" + String(line).replacing("'", with: "''") + "'"
}
