import Foundation
import Synchronization

/// One run of one chapter: where its events go, and what must be said at its end.
final class Session: Sendable {
  /// The session of this process. Its trace is the file that `ESPALIER_TRACE` names, if any.
  static let current = Session(tracePath: ProcessInfo.processInfo.environment["ESPALIER_TRACE"])

  private struct State {
    var trace: FileHandle?
    var isOpen = false
    var started = ContinuousClock.now
    var brokenClaims = 0
    /// Whether a progress bar stands on the last line of the terminal.
    var barIsDrawn = false
    /// Of a study: where its arms' outcomes are kept, and what those cost that were there before.
    var arms: ArmStore?
    var earlier = Closing(milliseconds: 0, peakMemory: 0)
  }

  private let state: Mutex<State>

  init(tracePath: String?) {
    var trace: FileHandle?
    if let path = tracePath, !path.isEmpty {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
      if descriptor < 0 {
        Terminal.stop("cannot write ESPALIER_TRACE=\(path): \(String(cString: strerror(errno)))")
      }
      trace = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
    let state = State(trace: trace)
    self.state = Mutex(state)
  }

  /// Starts the clock and records the opening.
  func begin(_ opening: Opening, arms: ArmStore? = nil, line: Int) {
    state.withLock {
      $0.arms = arms
      $0.isOpen = true
      $0.started = .now
    }
    record(.chapter(opening), line: line)
  }

  /// Where the outcomes of a study's arms are kept; `nil` unless a study is open.
  var arms: ArmStore? { state.withLock(\.arms) }

  /// Adds what an earlier process has spent on this study.
  func add(_ cost: Closing) {
    state.withLock {
      $0.earlier.milliseconds += cost.milliseconds
      $0.earlier.peakMemory = max($0.earlier.peakMemory, cost.peakMemory)
    }
  }

  /// Prints `text` for people and records `content` for the weaver.
  func say(_ text: String, _ content: Event.Content, line: Int) {
    require(
      state.withLock(\.isOpen), "main.swift:\(line): call chapter(…) or study(…) first")
    eraseBar()
    Terminal.write(text)
    record(content, line: line)
  }

  private func record(_ content: Event.Content, line: Int) {
    state.withLock {
      if case .claim(_, holds: false) = content { $0.brokenClaims += 1 }
      guard let trace = $0.trace else { return }
      do {
        try trace.write(contentsOf: encoded(Event(line: line, content: content)) + Data("\n".utf8))
      } catch {
        Terminal.stop("cannot write the trace: \(error.localizedDescription)")
      }
    }
  }

  /// Records the end. Returns the number of claims that did not hold.
  func close() -> Int {
    eraseBar()
    let (elapsed, earlier, brokenClaims, isOpen) = state.withLock {
      (ContinuousClock.now - $0.started, $0.earlier, $0.brokenClaims, $0.isOpen)
    }
    guard isOpen else { return 0 }
    let closing = Closing(
      milliseconds: elapsed.milliseconds + earlier.milliseconds,
      peakMemory: max(peakMemory(), earlier.peakMemory))
    record(.end(closing), line: 0)
    return brokenClaims
  }

  // MARK: The progress bar

  /// Draws `bar` over the last line of the terminal.
  func drawBar(_ bar: String) {
    state.withLock {
      $0.barIsDrawn = true
      Terminal.writeError("\r\u{1B}[2K\(bar)")
    }
  }

  func eraseBar() {
    state.withLock {
      guard $0.barIsDrawn else { return }
      $0.barIsDrawn = false
      Terminal.writeError("\r\u{1B}[2K")
    }
  }
}

extension Event {
  /// Reads one line of a trace.
  public init(json line: Data) throws { self = try decoded(line) }
}

extension Duration {
  var milliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }

  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
