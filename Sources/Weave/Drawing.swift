import Notebook

/// A figure on its way to SVG: the gnuplot script, and what identifies it.
///
/// Different versions of gnuplot write different SVG for the same script. So an SVG carries the
/// fingerprint of its script in a comment, and a committed figure with the right fingerprint is kept
/// as it is, whatever version is installed.
struct Drawing {
  let figure: Figure
  let script: String
  /// Identifies what must not differ: all of an exact figure, everything but the data of a
  /// measured one.
  let fingerprint: String

  init(_ figure: Figure) {
    self.figure = figure
    script = gnuplotScript(figure)
    var hash = Fingerprint()
    hash.combine(figure.isMeasured ? gnuplotScript(figure.withoutData) : script)
    fingerprint = hash.text
  }

  private static let mark = "<!-- espalier figure "

  /// The fingerprint in the comment of a committed SVG.
  static func fingerprint(of svg: String) -> String? {
    guard let start = svg.prefix(2000).firstRange(of: mark)?.upperBound else { return nil }
    return String(svg[start...].prefix(16))
  }

  /// Gives what gnuplot wrote its fingerprint, and takes away gnuplot's version.
  func signed(_ svg: String) -> String {
    var svg = svg
    if let start = svg.firstRange(of: "<desc>Produced by"),
      let end = svg[start.upperBound...].firstRange(of: "</desc>")
    {
      svg.removeSubrange(start.lowerBound..<end.upperBound)
    }
    guard let tag = svg.firstRange(of: "<svg") else { return svg }
    svg.insert(contentsOf: "\(Self.mark)\(fingerprint) -->\n", at: tag.lowerBound)
    return svg
  }
}

extension Figure {
  /// The same figure with every value zero: what of a measured figure must not change.
  fileprivate var withoutData: Figure {
    var copy = self
    switch content {
    case .series(let series):
      copy.content = .series(series.map { Series($0.name, x: [], y: [], style: $0.style) })
    case .bars(let labels, let bars):
      copy.content = .bars(
        labels: labels, bars.map { Bars($0.name, labels.map { _ in 0 }) })
    case .heatmap(let rows, let columns, let values):
      copy.content = .heatmap(
        rows: rows, columns: columns, values: values.map { $0.map { _ in 0 } })
    }
    return copy
  }
}
