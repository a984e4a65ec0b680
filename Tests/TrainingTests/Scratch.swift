import Foundation

/// A folder of a test's own, deleted with it.
final class Scratch {
  let url = FileManager.default.temporaryDirectory
    .appending(path: "espalier-\(UInt64.random(in: 0...UInt64.max))")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var metrics: URL { url.appending(path: "metrics.jsonl") }

  /// The lines of the metrics, each of which is whole.
  func lines() throws -> [String] {
    let text = try String(contentsOf: metrics, encoding: .utf8)
    precondition(text.isEmpty || text.hasSuffix("\n"), "half a line: \(text.suffix(80))")
    return text.split(separator: "\n").map(String.init)
  }
}
