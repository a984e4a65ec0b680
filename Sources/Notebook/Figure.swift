/// A figure as data: what is drawn, not how. The weaver turns it into SVG; a terminal shows a sketch.
public struct Figure: Codable, Equatable, Sendable {
  /// The file name of the drawing, such as `loss-curve`; letters, digits and hyphens.
  public var name: String
  /// What stands above the drawing.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn.
  public var content: Content
  /// What stands below the drawing: a sentence, or two.
  public var caption: String
  /// Whether the numbers differ from run to run.
  public var isMeasured: Bool

  /// The three kinds of figures.
  public enum Content: Codable, Equatable, Sendable {
    /// Curves or points over a numeric axis.
    case series([Series])
    /// One group of horizontal bars a label, one bar a series in each group.
    case bars(labels: [String], [Bars])
    /// `values[row][column]`, drawn as shades.
    case heatmap(rows: [String], columns: [String], values: [[Double]])
  }

  public init(
    name: String, title: String, x: Axis, y: Axis, content: Content, caption: String,
    isMeasured: Bool
  ) {
    self.name = name
    self.title = title
    self.x = x
    self.y = y
    self.content = content
    self.caption = caption
    self.isMeasured = isMeasured
  }
}

/// An axis: what it measures, in what unit, and how it is spaced.
public struct Axis: Codable, Equatable, Sendable {
  /// What is measured, such as `speed`.
  public var label: String
  /// In what, such as `GFLOP/s`; nil for a plain number.
  public var unit: String?
  /// How values are spaced; a logarithmic axis leaves out what is not above zero.
  public var scale: Scale
  /// The values at both ends; chosen from the data when `nil`.
  public var range: ClosedRange<Double>?

  /// Equal steps of equal differences, or of equal ratios.
  public enum Scale: String, Codable, Sendable { case linear, log }

  public init(
    _ label: String, unit: String? = nil, scale: Scale = .linear, range: ClosedRange<Double>? = nil
  ) {
    self.label = label
    self.unit = unit
    self.scale = scale
    self.range = range
  }

  /// The label with its unit, such as `speed (GFLOP/s)`.
  public var text: String { unit.map { "\(label) (\($0))" } ?? label }
}

/// One curve, or one cloud of points.
public struct Series: Codable, Equatable, Sendable {
  /// Its name in the legend.
  public var name: String
  /// Where along the horizontal axis each point is.
  public var x: [Double]
  /// Where along the vertical axis each point is; one that is not finite leaves a gap.
  public var y: [Double]
  /// How it is drawn.
  public var style: Style

  /// A curve through the points in order, or the points alone.
  public enum Style: String, Codable, Sendable { case line, points }

  /// A curve through `(x[0], y[0])`, `(x[1], y[1])`, …
  public init(_ name: String, x: [Double], y: [Double], style: Style = .line) {
    require(x.count == y.count, "series \"\(name)\" has \(x.count) x for \(y.count) y")
    self.name = name
    self.x = x
    self.y = y
    self.style = style
  }

  /// A curve over 0, 1, 2, …
  public init(_ name: String, y: [Double], style: Style = .line) {
    self.init(name, x: y.indices.map(Double.init), y: y, style: style)
  }
}

/// One value for each label of a bar chart.
public struct Bars: Codable, Equatable, Sendable {
  /// Its name in the legend.
  public var name: String
  /// The length of each bar, in the order of the labels.
  public var values: [Double]

  public init(_ name: String, _ values: [Double]) {
    self.name = name
    self.values = values
  }
}
