import Foundation
import Synchronization

/// The signal that has come, or 0.
private let received = Atomic<Int32>(0)

/// The wish that the program stop, by Ctrl-C or by the system, which is heeded after the step in
/// progress. A second one is heeded at once.
struct Interruption {
  /// The signals that are heeded: all but those that whoever started the program has ignored, as
  /// nohup does, or a script for what runs in its background.
  private let signals: [Int32]

  init() {
    var mask = sigset_t()
    sigemptyset(&mask)
    signals = [SIGINT, SIGTERM, SIGHUP].filter { number in
      sigaddset(&mask, number)
      let before = Foundation.signal(number) { number in
        received.store(number, ordering: .sequentiallyConsistent)
        // Safe inside a handler, as the store is.
        Foundation.signal(number, SIG_DFL)
      }
      let wasIgnored = unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      if wasIgnored { Foundation.signal(number, SIG_IGN) }
      return !wasIgnored
    }
    // They may have been left blocked, too.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }

  /// The signal that has come, or 0.
  var signal: Int32 { received.load(ordering: .sequentiallyConsistent) }

  var hasCome: Bool { signal != 0 }

  /// From now on a signal ends the program at once.
  func end() { for number in signals { Foundation.signal(number, SIG_DFL) } }
}
