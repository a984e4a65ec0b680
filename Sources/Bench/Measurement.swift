import Dispatch
import Foundation
import Kernels

/// Seconds since some moment in the past.
func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }

/// The most that may be asked for: a day of seconds, and so many rounds.
let (longest, mostRounds) = (86_400.0, 1_000_000)

/// The median time in seconds of one call of each of `alternatives`.
///
/// They take turns, `rounds` times, so that whatever else the machine does meets all of them alike.
/// A turn is as many calls as fill `turn` seconds, after `settling` seconds of calls that do not
/// count: caches, frequencies and threads adjust in these. In particular OpenBLAS's own threads
/// look for work for some 26 ms after a call, on a core that the next alternative wants.
func medians(
  rounds: Int = 9, turn: Double = 0.008, settling: Double = 0.002, _ alternatives: [() -> Void]
) -> [Double] {
  times(rounds, turn, settling, alternatives).map { quantile($0, 0.5) }
}

/// The time in seconds of one call of each of `alternatives` that a tenth of the rounds stay below;
/// measured as `medians` are. What else the machine does only adds to a time, so where it does much,
/// the low times say more about the alternatives.
func lowTimes(
  rounds: Int, turn: Double = 0.008, settling: Double = 0.002, _ alternatives: [() -> Void]
) -> [Double] {
  times(rounds, turn, settling, alternatives).map { quantile($0, 0.1) }
}

private func times(
  _ rounds: Int, _ turn: Double, _ settling: Double, _ alternatives: [() -> Void]
) -> [[Double]] {
  var times = alternatives.map { _ in [Double]() }
  var calls = alternatives.map { _ in 1 }
  for round in 0...rounds {
    for (index, alternative) in alternatives.enumerated() {
      let settled = now() + settling
      repeat { alternative() } while now() < settled
      let start = now()
      for _ in 0..<calls[index] { alternative() }
      let time = (now() - start) / Double(calls[index])
      if round == 0 {
        calls[index] = max(1, Int(turn / max(1e-9, time)))
      } else {
        times[index].append(time)
      }
    }
  }
  return times
}

private func quantile(_ values: [Double], _ share: Double) -> Double {
  let sorted = values.sorted()
  let place = share * Double(sorted.count - 1)
  return (sorted[Int(place.rounded(.down))] + sorted[Int(place.rounded(.up))]) / 2
}

/// Floats between -1 and 1, the same at every run, aligned to 64 bytes and given back when the last
/// reference to them goes. Many of them lie in pages of 2 MiB, as large tensors do.
final class Floats {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(_ count: Int, seed: UInt64 = 1) {
    let isLarge = count >= 4 << 20
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, 4 * count), alignment: isLarge ? 2 << 20 : 64)
    #if os(Linux)
      if isLarge { madvise(memory, 4 * count, MADV_HUGEPAGE) }
    #endif
    base = memory.bindMemory(to: Float.self, capacity: count)
    self.count = count
    var state = seed
    for i in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      base[i] = Float(state >> 40) / Float(1 << 23) - 1
    }
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}

/// The numbers of threads worth comparing: one, and two where there are two.
var threadCounts: [Int] { Parallel.threads > 1 ? [1, 2] : [1] }
