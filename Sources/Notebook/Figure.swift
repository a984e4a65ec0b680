/// A figure as data: what is drawn, not how. The weaver turns it into SVG; a terminal shows a sketch.
public struct Figure: Codable, Equatable, Sendable {
  /// The file name of the drawing, such as `loss-curve`; letters, digits and hyphens.
  public var name: String
  public var title: String
  public var x: Axis
  public var y: Axis
  public var content: Content
  public var caption: String
  /// Whether the numbers differ from run to run.
  public var isMeasured: Bool

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
  public var label: String
  public var unit: String?
  public var scale: Scale
  /// The values at both ends; chosen from the data when `nil`.
  public var range: ClosedRange<Double>?

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
  public var name: String
  public var x: [Double]
  public var y: [Double]
  public var style: Style

  public enum Style: String, Codable, Sendable { case line, points }

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
  public var name: String
  public var values: [Double]

  public init(_ name: String, _ values: [Double]) {
    self.name = name
    self.values = values
  }
}
