import Foundation

/// How many threads the kernels use: `ESPALIER_THREADS`, or one per core.
///
/// The count never changes a result, only its time. A task local, so that a test can compare
/// counts: `Parallel.$threads.withValue(1) { … }`.
public enum Parallel {
  @TaskLocal public static var threads = setting(
    "ESPALIER_THREADS", or: ProcessInfo.processInfo.activeProcessorCount, parse: parse)

  static func parse(_ value: String) throws(SettingError) -> Int {
    if let threads = Int(value), (1...1024).contains(threads) { return threads }
    throw SettingError(
      variable: "ESPALIER_THREADS", value: value,
      remedy: "set it to a whole number from 1 to 1024, or unset it for one thread per core")
  }
}

/// Calls `body(0)` … `body(count - 1)`, each once, in any order and on any of `Parallel.threads`
/// threads, and returns when all have returned.
///
/// Inside another `parallel`, or while another thread is in one, the calls are made here, one
/// after the other: the cores are taken already.
public func parallel(_ count: Int, _ body: (Int) -> Void) {
  let threads = min(count, Parallel.threads)
  if threads > 1, ThreadPool.shared.run(count, threads: threads, body) { return }
  for i in 0..<count { body(i) }
}

/// Splits `0..<count` into at most one contiguous range per thread, none shorter than `grain`
/// unless it is the only one, each but the last a multiple of `multiple` long.
public func parallel(
  over count: Int, grain: Int, multiple: Int = 1, _ body: (Range<Int>) -> Void
) {
  let most = count / max(1, grain)
  // Before the threads are asked for: to look up a task local costs as much as a short loop.
  let pieces = most <= 1 ? 1 : min(Parallel.threads, most)
  if pieces == 1 { return body(0..<count) }
  let step = ((count + pieces - 1) / pieces + multiple - 1) / multiple * multiple
  parallel(pieces) { piece in
    let start = min(count, piece * step)
    let end = min(count, start + step)
    if start < end { body(start..<end) }
  }
}
