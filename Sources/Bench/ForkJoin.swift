import ArgumentParser
import Kernels

/// What it costs to share work between threads.
struct ForkJoin: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forkjoin",
    abstract: "The cost of a fork and join, and what is gained from sharing little work.",
    discussion: """
      forkjoin.empty is a parallel loop with nothing in it. forkjoin.share-N is N microseconds of \
      work on two threads, with the time on one as its reference: a ratio of 0.5 would be perfect.
      """)

  func run() {
    Yardstick.prepare()
    guard Parallel.threads > 1 else { return }
    Parallel.$threads.withValue(2) {
      let empty = medians(settling: 0.03, [{ parallel(2) { _ in } }])[0]
      Line(name: "forkjoin.empty", value: 1e6 * empty, unit: "µs").print()
      let results = Floats(64)
      let steps = 1 << 16
      let time = medians([{ chew(steps, results, 0) }])[0]
      for microseconds in [5, 10, 20, 50, 100] {
        let half = Int(0.5e-6 * Double(microseconds) * Double(steps) / time)
        let times = medians(
          rounds: 15, settling: 0.01,
          [
            { parallel(2) { chew(half, results, $0) } },
            { for part in 0..<2 { chew(half, results, part) } },
          ])
        Line(
          name: "forkjoin.share-\(microseconds)", value: 1e6 * times[0], unit: "µs",
          reference: ("the same on one thread", 1e6 * times[1])
        ).print()
      }
    }
  }
}

/// Work that needs a core and no memory: a chain of dependent multiply-adds. Each part leaves its
/// result in a cache line of its own.
@inline(never) private func chew(_ steps: Int, _ results: Floats, _ part: Int) {
  var x = results.base[32 * part]
  for _ in 0..<steps { x = (0.25 as Float).addingProduct(x, 0.5) }
  results.base[32 * part] = x
}
