import ArgumentParser
import Kernels

/// What the memory can deliver: the limit that elementwise kernels are held against.
struct Bandwidth: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The bandwidth of reading and of copying, in the second-level cache and in DRAM.",
    discussion: """
      A copy counts the bytes it reads and the bytes it writes, with ordinary stores: what a \
      kernel that reads one array and writes another can reach.
      """)

  func run() {
    Yardstick.prepare()
    // The two arrays are 512 KiB together for each thread, half of a second-level cache of one
    // MiB; and 256 MiB for all, several times any third-level one.
    for (place, count, passes) in [("L2", 1 << 16, 100), ("DRAM", 1 << 25, 1)] {
      for threads in threadCounts {
        Parallel.$threads.withValue(threads) {
          let count = place == "L2" ? threads * count : count
          let from = Floats(count)
          let to = Floats(count)
          let times = medians(
            turn: 0.03, settling: 0.02,
            [
              { each(passes, count) { read(from, to, $0) } },
              { each(passes, count) { copy(from, to, $0) } },
            ])
          let gigabytes = 4e-9 * Double(count * passes)
          Line(name: "bandwidth.\(place).read", value: gigabytes / times[0], unit: "GB/s").print()
          Line(name: "bandwidth.\(place).copy", value: 2 * gigabytes / times[1], unit: "GB/s")
            .print()
        }
      }
    }
  }
}

/// Each thread passes over its part of the floats `passes` times, so that a pass over little memory
/// is not mostly fork and join.
private func each(_ passes: Int, _ count: Int, _ body: (Range<Int>) -> Void) {
  parallel(over: count, grain: 1, multiple: 1024) { range in
    for _ in 0..<passes { body(range) }
  }
}

/// Sums the range and leaves the sum where no compiler can think it unused.
@inline(never) func read(_ from: Floats, _ to: Floats, _ range: Range<Int>) {
  let bytes = UnsafeRawPointer(from.base + range.lowerBound)
  var (a, b, c, d) = (
    SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero
  )
  for start in stride(from: 0, to: range.count / 64 * 256, by: 256) {
    a += bytes.load(fromByteOffset: start, as: SIMD16<Float>.self)
    b += bytes.load(fromByteOffset: start + 64, as: SIMD16<Float>.self)
    c += bytes.load(fromByteOffset: start + 128, as: SIMD16<Float>.self)
    d += bytes.load(fromByteOffset: start + 192, as: SIMD16<Float>.self)
  }
  to.base[range.lowerBound] = (a + b + c + d).sum()
}

@inline(never) private func copy(_ from: Floats, _ to: Floats, _ range: Range<Int>) {
  let from = UnsafeRawPointer(from.base + range.lowerBound)
  let to = UnsafeMutableRawPointer(to.base + range.lowerBound)
  for start in stride(from: 0, to: range.count / 64 * 256, by: 256) {
    for i in 0..<4 {
      to.storeBytes(
        of: from.load(fromByteOffset: start + 64 * i, as: SIMD16<Float>.self),
        toByteOffset: start + 64 * i, as: SIMD16<Float>.self)
    }
  }
}
