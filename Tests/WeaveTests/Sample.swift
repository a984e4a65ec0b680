import Foundation
import Notebook

/// A chapter for tests, and what a run of it says.
let sampleSource = #"""
  import Notebook
  chapter(1, "Tensors", shows: "a", needs: "b", takes: "c")
  //: @Result The sum is {{sum|.1}}.
  //: ## A list
  //: A **tensor** holds {{count}} numbers; it took {{time}}.
  //: @Source(Tensors/Tensor.swift, Tensor)
  let values: [Float] = [1, 2, 0.5]
  show("values", values)
  pin("sum", 3.5)
  pin("count", 3)
  claim("there are three", true)
  measured("time", 1.5, "ms")
  //: Then:
  table("Ways", columns: ["way", "ms"], rows: [["naive", 2.5]], measured: true)
  plot("loss", title: "Loss", x: Axis("step"), y: Axis("loss"), series: [], caption: "It falls.")
  """#

func sampleEvents(
  sum: String = "3.5", time: String = "1.5", holds: Bool = true, knobs: Knobs = Knobs(),
  milliseconds: Int = 1200, loss: [Double] = [3, 2, 1]
) -> [Event] {
  let opening = Opening(
    number: 1, title: "Tensors", shows: "a", needs: "b", takes: "c", knobs: knobs)
  let table = Table(
    caption: "Ways", columns: ["way", "ms"], rows: [["naive", time]], isNumeric: [false, true],
    isMeasured: true)
  let figure = Figure(
    name: "loss", title: "Loss", x: Axis("step"), y: Axis("loss"),
    content: .series([Series("train", y: loss)]), caption: "It falls.", isMeasured: false)
  return [
    Event(line: 2, content: .chapter(opening)),
    Event(line: 8, content: .text(label: "values", text: "[1.0, 2.0, 0.5]")),
    Event(line: 9, content: .pin(name: "sum", value: sum)),
    Event(line: 10, content: .pin(name: "count", value: "3")),
    Event(line: 11, content: .claim(sentence: "there are three", holds: holds)),
    Event(line: 14, content: .table(table)),
    Event(line: 15, content: .figure(figure)),
    Event(line: 12, content: .measured(name: "time", value: time, unit: "ms")),
    Event(line: 0, content: .end(.init(milliseconds: milliseconds, peakMemory: 50_000_000))),
  ]
}

func traceData(_ events: [Event]) -> Data {
  let encoder = JSONEncoder()
  return events.reduce(into: Data()) { data, event in
    data += (try? encoder.encode(event)) ?? Data()
    data += Data("\n".utf8)
  }
}
