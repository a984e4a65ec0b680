import Foundation
import Kernels
import Notebook

/// One result, printed as one line of JSON.
struct Line {
  var name: String
  var value: Double
  var unit: String
  /// The yardstick, and its value in the same unit.
  var reference: (name: String, value: Double)?
  var engine = Engine.current
  var threads = Parallel.threads

  func print() {
    var fields = [
      "\"name\": \"\(name)\"", "\"value\": \(Line.number(value))", "\"unit\": \"\(unit)\"",
    ]
    if let reference {
      fields += [
        "\"reference\": \"\(reference.name)\"",
        "\"reference_value\": \(Line.number(reference.value))",
        "\"ratio\": \(Line.number(value / reference.value))",
      ]
    }
    fields += [
      "\"engine\": \"\(engine.rawValue)\"", "\"threads\": \(threads)",
      "\"core\": \"\(OpenBLAS.coreType)\"",
    ]
    Terminal.write("{\(fields.joined(separator: ", "))}")
  }

  /// Four significant digits: no measurement here has more.
  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
