import Foundation
import Synchronization

/// The signal that came while a chapter ran, or 0.
private let received = Atomic<Int32>(0)
/// The chapter that runs, or 0.
private let child = Atomic<Int32>(0)

/// What happens on Ctrl-C while a chapter runs: the chapter is stopped first, its half-written trace
/// removed, and then the weaver exits. Nothing in `book/` has been touched at that point.
enum Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Runs `process` to its end, or to the user's.
  ///
  /// A plain handler does this, not a dispatch source: that one needs the signal ignored until it is
  /// set up, and a child that starts meanwhile inherits the ignoring and cannot be stopped.
  static func running(_ process: Process, removing partial: URL) throws {
    received.store(0, ordering: .sequentiallyConsistent)
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in signals {
      sigaddset(&mask, number)
      signal(number) { number in
        received.store(number, ordering: .sequentiallyConsistent)
        stopChild()
      }
    }
    // Whoever started the weaver may have left them blocked, and the chapter would inherit that.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    defer { for number in signals { signal(number, SIG_DFL) } }
    try process.run()
    child.store(process.processIdentifier, ordering: .sequentiallyConsistent)
    if received.load(ordering: .sequentiallyConsistent) != 0 { stopChild() }
    process.waitUntilExit()
    child.store(0, ordering: .sequentiallyConsistent)
    let number = received.load(ordering: .sequentiallyConsistent)
    guard number != 0 else { return }
    try? FileManager.default.removeItem(at: partial)
    exit(128 + number)
  }
}

/// Safe inside a signal handler: an atomic load and a system call.
private func stopChild() {
  let identifier = child.load(ordering: .sequentiallyConsistent)
  if identifier > 0 { kill(identifier, SIGTERM) }
}
