import Testing

@testable import Notebook

@Suite struct SketchTests {
  private func figure(_ content: Figure.Content, y: Axis = Axis("y")) -> Figure {
    Figure(
      name: "f", title: "Title", x: Axis("x", unit: "s"), y: y, content: content, caption: "",
      isMeasured: false)
  }

  @Test func aRisingLineGoesFromBottomLeftToTopRight() {
    let lines = figure(.series([Series("s", y: Array(stride(from: 0.0, to: 10, by: 1)))])).sketch
      .split(separator: "\n")
    #expect(lines.count == 14)
    #expect(lines[1].hasPrefix("9.0 ┤") && lines[1].last != "\u{2800}")
    #expect(lines[12].hasPrefix("0.0 ┤") && lines[12].last == "\u{2800}")
    #expect(lines[13].contains("x (s) 0.0 … 9.0"))
  }

  @Test(arguments: [
    Series("empty", x: [], y: []), Series("nan", x: [0], y: [.nan]),
    Series("flat", x: [0, 1], y: [2, 2]), Series("inf", x: [0, 1, 2], y: [1, .infinity, 2]),
    Series("huge", x: [0, 1], y: [1e-300, 1e300]), Series("negative", x: [-1, 0], y: [-5, 0]),
  ])
  func anyDataIsDrawnOrRefused(series: Series) {
    for scale in [Axis.Scale.linear, .log] {
      #expect(figure(.series([series]), y: Axis("y", scale: scale)).sketch.hasPrefix("Title\n"))
    }
  }

  @Test func barsAreProportional() {
    let sketch = figure(.bars(labels: ["a", "bb"], [Bars("s", [2, 4])])).sketch
    let counts = sketch.split(separator: "\n").map { $0.count { $0 == "█" } }
    #expect(counts == [0, 20, 40, 0])
  }

  @Test func oddBarsAndMapsAreDrawn() {
    let bars = Bars("s", [.nan, -1, .infinity, 0])
    #expect(!figure(.bars(labels: ["a", "b", "c", "d"], [bars])).sketch.isEmpty)
    let values = [[0, 1], [.nan, 0.5]]
    let map = figure(.heatmap(rows: ["r", "s"], columns: ["c", "d"], values: values)).sketch
    #expect(map.split(separator: "\n").dropFirst() == ["r │  ██", "s │  ▒▒"])
  }
}
