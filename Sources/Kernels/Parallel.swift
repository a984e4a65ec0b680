import Dispatch
import Foundation

/// How many threads the kernels use: `ESPALIER_THREADS`, or one per core.
///
/// The count never changes a result, only its time. A task local, so that a test can compare
/// counts: `Parallel.$threads.withValue(1) { … }`.
public enum Parallel {
  @TaskLocal public static var threads =
    ProcessInfo.processInfo.environment["ESPALIER_THREADS"].flatMap(Int.init)
    ?? ProcessInfo.processInfo.activeProcessorCount
}

/// Calls `body(0)` … `body(count - 1)`, each once, in any order and on any thread, and returns
/// when all have returned.
public func parallel(_ count: Int, _ body: (Int) -> Void) {
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: count) { body($0) }
  }
}

/// Splits `0..<count` into at most one contiguous range per thread, none shorter than `grain`
/// unless it is the only one, each but the last a multiple of `multiple` long.
public func parallel(
  over count: Int, grain: Int, multiple: Int = 1, _ body: (Range<Int>) -> Void
) {
  let pieces = max(1, min(Parallel.threads, count / max(1, grain)))
  if pieces == 1 { return body(0..<count) }
  let step = ((count + pieces - 1) / pieces + multiple - 1) / multiple * multiple
  parallel(pieces) { piece in
    let start = min(count, piece * step)
    let end = min(count, start + step)
    if start < end { body(start..<end) }
  }
}
