import Foundation
import Scratch

extension Scratch {
  var metrics: URL { url.appending(path: "metrics.jsonl") }

  /// The lines of the metrics, each of which is whole.
  func lines() throws -> [String] {
    let text = try String(contentsOf: metrics, encoding: .utf8)
    precondition(text.isEmpty || text.hasSuffix("\n"), "half a line: \(text.suffix(80))")
    return text.split(separator: "\n").map(String.init)
  }
}
