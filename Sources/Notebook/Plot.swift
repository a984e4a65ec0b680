/// Shows curves or points: an SVG figure in the book, a small chart in a terminal.
///
/// ```swift
/// plot(
///   "loss-curve", title: "Training", x: Axis("step"), y: Axis("loss", unit: "nats", scale: .log),
///   series: [Series("train", y: losses), Series("held out", x: steps, y: held, style: .points)],
///   caption: "The loss falls by three orders of magnitude.")
/// ```
///
/// - Parameters:
///   - name: The file name of the figure: letters, digits and hyphens, unique in the chapter.
///   - measured: Whether the numbers differ from run to run, as times do: such a figure stays as
///     last accepted, and is never compared.
public func plot(
  _ name: String, title: String, x: Axis, y: Axis, series: [Series], caption: String,
  measured: Bool = false, line: Int = #line
) {
  present(
    Figure(
      name: name, title: title, x: x, y: y, content: .series(series), caption: caption,
      isMeasured: measured), line: line)
}

/// Shows horizontal bars, one group a label: the chart for comparing a few named things.
///
/// ```swift
/// bars("ladder", title: "One product, four ways", labels: ["naive", "blocked", "tile"],
///   axis: Axis("speed", unit: "GFLOP/s"), [Bars("1 thread", speeds)], caption: "…", measured: true)
/// ```
public func bars(
  _ name: String, title: String, labels: [String], axis: Axis, _ bars: [Bars], caption: String,
  measured: Bool = false, line: Int = #line
) {
  for group in bars {
    require(
      group.values.count == labels.count,
      "bars \"\(group.name)\" have \(group.values.count) values for \(labels.count) labels")
  }
  present(
    Figure(
      name: name, title: title, x: axis, y: Axis(""), content: .bars(labels: labels, bars),
      caption: caption, isMeasured: measured), line: line)
}

/// Shows a matrix as shades, such as attention weights: `values[row][column]`.
public func heatmap(
  _ name: String, title: String, rows: [String], columns: [String], values: [[Double]],
  x: Axis = Axis(""), y: Axis = Axis(""), caption: String, measured: Bool = false,
  line: Int = #line
) {
  require(
    values.count == rows.count && values.allSatisfy { $0.count == columns.count },
    "heat map \"\(name)\" needs \(rows.count) rows of \(columns.count) values")
  present(
    Figure(
      name: name, title: title, x: x, y: y,
      content: .heatmap(rows: rows, columns: columns, values: values), caption: caption,
      isMeasured: measured), line: line)
}

private func present(_ figure: Figure, line: Int) {
  require(
    !figure.name.isEmpty
      && figure.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") },
    "main.swift:\(line): \"\(figure.name)\" cannot name a figure; use letters, digits, hyphens")
  Session.current.say("\n" + figure.sketch + "\n", .figure(figure), line: line)
}
