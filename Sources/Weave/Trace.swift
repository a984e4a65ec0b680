import Foundation
import Notebook

/// The events of one run of a chapter, in order.
struct Trace: Equatable {
  let events: [Event]

  /// The largest trace that is read; a chapter that says more than this has a runaway loop.
  static let largestSize = 256 << 20

  /// Reads a trace file. A last line without an end is what a crash leaves, and is dropped.
  init(contentsOf url: URL) throws(WeaveError) {
    let data: Data
    do {
      let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
      guard size <= Self.largestSize else {
        throw WeaveError("the trace has \(size >> 20) MiB; show less inside loops")
      }
      data = try Data(contentsOf: url)
    } catch let error as WeaveError {
      throw error
    } catch {
      throw WeaveError("cannot read the trace \(url.path): \(error.localizedDescription)")
    }
    try self.init(data)
  }

  init(_ data: Data) throws(WeaveError) {
    var events: [Event] = []
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if !lines.isEmpty { lines.removeLast() }
    for (index, line) in lines.enumerated() {
      guard let event = try? Event(json: Data(line)) else {
        throw WeaveError("line \(index + 1) of the trace is not an event; run the chapter again")
      }
      events.append(event)
    }
    self.events = events
  }

  var opening: Opening? {
    if case .chapter(let opening)? = events.first?.content { opening } else { nil }
  }

  /// What the run cost; `nil` if it did not reach its end.
  var closing: Closing? {
    if case .end(let closing)? = events.last?.content { closing } else { nil }
  }

  /// The line of the last thing the chapter said.
  var lastLine: Int? { events.last { $0.line > 0 }?.line }

  var hasBrokenClaims: Bool {
    events.contains { if case .claim(_, holds: false) = $0.content { true } else { false } }
  }
}
