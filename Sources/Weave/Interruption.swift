import Dispatch
import Foundation

/// What happens on Ctrl-C while a chapter runs: the chapter is stopped too, its half-written trace
/// removed, and the weaver exits. Nothing in `book/` has been touched at that point.
enum Interruption {
  static func guarding(
    _ process: Process, removing file: URL, _ body: () throws -> Void
  ) rethrows {
    let box = UncheckedProcess(process)
    let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        box.process.terminate()
        try? FileManager.default.removeItem(at: file)
        exit(128 + number)
      }
      source.resume()
      return source
    }
    defer {
      for source in sources { source.cancel() }
      for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    }
    try body()
  }
}

/// `Process` may be terminated from any thread, though it is not marked so.
private struct UncheckedProcess: @unchecked Sendable {
  let process: Process
  init(_ process: Process) { self.process = process }
}
