import Foundation
import Notebook
import Testing

@testable import weave

@Suite struct DrawingTests {
  private func figure(
    _ content: Figure.Content, title: String = "Title", measured: Bool = false
  ) -> Figure {
    Figure(
      name: "f", title: title, x: Axis("x", unit: "s"), y: Axis("y"), content: content,
      caption: "c", isMeasured: measured)
  }

  static let contents: [Figure.Content] = [
    .series([Series("a", y: [1, 2, 3]), Series("b", x: [0, 2], y: [.nan, 1], style: .points)]),
    .series([]), .series([Series("empty", y: [])]), .series([Series("one", x: [1], y: [1])]),
    .bars(
      labels: ["it's", "\"two\"", "%s \\n"], [Bars("1", [1, 2, 3]), Bars("2", [3, .nan, 0])]),
    .bars(labels: ["zero"], [Bars("1", [0])]),
    .heatmap(rows: ["r"], columns: ["c", "d"], values: [[0, 1]]),
    .heatmap(rows: ["r"], columns: ["c"], values: [[.nan]]),
  ]

  @Test(arguments: contents)
  func everyContentIsDrawnTheSameTwice(content: Figure.Content) throws {
    let drawing = Drawing(figure(content, title: "It's {100%} $x_1$ \\ \"q\" & <tag>\n`date`"))
    let svg = drawing.signed(try Gnuplot.draw(drawing.script, name: "f"))
    #expect(svg.contains("<svg") && svg.contains("</svg>"))
    #expect(svg == drawing.signed(try Gnuplot.draw(drawing.script, name: "f")))
    #expect(Drawing.fingerprint(of: svg) == drawing.fingerprint)
    #expect(!svg.contains("GNUPLOT"))
  }

  @Test func logarithmicAxesAreDrawn() throws {
    var figure = figure(.series([Series("a", x: [1, 10], y: [1e-6, 100])]))
    figure.x.scale = .log
    figure.y.scale = .log
    #expect(try Gnuplot.draw(Drawing(figure).script, name: "f").contains("</svg>"))
    var bars = self.figure(.bars(labels: ["a", "b"], [Bars("s", [0.02, 300])]))
    bars.x.scale = .log
    #expect(try Gnuplot.draw(Drawing(bars).script, name: "f").contains("</svg>"))
  }

  @Test func fingerprintsFollowTheDataUnlessItIsMeasured() {
    let first = Figure.Content.series([Series("a", y: [1, 2])])
    let second = Figure.Content.series([Series("a", y: [1, 3])])
    #expect(
      Drawing(figure(first)).fingerprint != Drawing(figure(second)).fingerprint)
    #expect(
      Drawing(figure(first, measured: true)).fingerprint
        == Drawing(figure(second, measured: true)).fingerprint)
    #expect(
      Drawing(figure(first, measured: true)).fingerprint
        != Drawing(figure(first, title: "Other", measured: true)).fingerprint)
  }

  /// WCAG contrast: text 4:1, shapes 3:1, on GitHub's white and dark pages.
  @Test(arguments: ["#ffffff", "#0d1117"])
  func inkIsLegible(background: String) {
    #expect(contrast(Ink.text, background) >= 4)
    for shape in Ink.shapes { #expect(contrast(shape, background) >= 3, "\(shape)") }
  }

  private func contrast(_ a: String, _ b: String) -> Double {
    let (light, dark) = (max(luminance(a), luminance(b)), min(luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)
  }

  private func luminance(_ color: String) -> Double {
    let value = Int(color.dropFirst(), radix: 16)!
    let parts = [value >> 16, value >> 8 & 255, value & 255].map { part in
      let share = Double(part) / 255
      return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  @Test func `a name may hold what gnuplot takes for a format`() throws {
    let bars = Figure(
      name: "f", title: "t", x: Axis("x"), y: Axis(""),
      content: .bars(labels: ["60 % zeros", "%s"], [Bars("b", [1, 2])]), caption: "c",
      isMeasured: false)
    let svg = try Gnuplot.draw(Drawing(bars).script, name: "f")
    #expect(svg.contains(">60 % zeros<") && svg.contains(">%s<"))
  }
}
