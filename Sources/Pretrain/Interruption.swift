import Foundation
import Synchronization

/// The signal that has come, or 0.
private let received = Atomic<Int32>(0)

/// The wish that the program stop, by Ctrl-C or by the system, which is heeded after the step in
/// progress. A second one is heeded at once.
struct Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  init() {
    for number in Self.signals {
      Foundation.signal(number) { number in
        received.store(number, ordering: .sequentiallyConsistent)
        // Safe inside a handler, as the store is.
        Foundation.signal(number, SIG_DFL)
      }
    }
  }

  /// The signal that has come, or 0.
  var signal: Int32 { received.load(ordering: .sequentiallyConsistent) }

  var hasCome: Bool { signal != 0 }

  /// From now on a signal ends the program as usual.
  func end() { for number in Self.signals { Foundation.signal(number, SIG_DFL) } }
}
