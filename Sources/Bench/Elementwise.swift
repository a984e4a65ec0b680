import ArgumentParser
import Kernels

/// The kernels whose limit is memory, next to a copy.
struct Elementwise: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The elementwise kernels, against the bandwidth of a copy in the same run.",
    discussion: """
      The value counts the bytes a kernel must move: each operand read once and each result \
      written once. The reference is a copy with ordinary stores, over as much memory: half a MiB \
      for each thread, which fits a second-level cache, or 256 MiB.
      """)

  @Option(help: "Only kernels whose name contains this.")
  var filter = ""

  private static let places = [("L2", 1 << 19), ("DRAM", 1 << 28)]

  func validate() throws {
    if Elementwise.places.allSatisfy({ selected(in: $0.0).isEmpty }) {
      let names = elementwiseKernels.map(\.name).joined(separator: " ")
      throw ValidationError(
        "'\(filter)' is in no name such as L2.add or DRAM.add; the kernels are \(names)")
    }
  }

  private func selected(in place: String) -> [ElementwiseKernel] {
    elementwiseKernels.filter { filter.isEmpty || "\(place).\($0.name)".contains(filter) }
  }

  func run() {
    for (place, bytes) in Elementwise.places {
      for threads in threadCounts {
        Parallel.$threads.withValue(threads) {
          for kernel in selected(in: place) { measure(kernel, place, bytes) }
        }
      }
    }
  }

  private func measure(_ kernel: ElementwiseKernel, _ place: String, _ bytes: Int) {
    // In L2 each thread has arrays of its own and calls the kernel itself, or fork and join would
    // be most of the time; in DRAM the kernel shares out its work.
    let parts = place == "L2" ? Parallel.threads : 1
    let count = bytes / 4 / kernel.arrays / 4096 * 4096
    let arrays = (0..<parts).map { part in
      (0..<max(2, kernel.arrays)).map { Floats(count, seed: UInt64(8 * part + $0 + 1)) }
    }
    let whole = Floats(bytes / 4)
    let half = bytes / 8
    let passes = place == "L2" ? 20 : 1
    let copies = parts == 1 ? [whole] : [whole, Floats(bytes / 4)]
    let times = medians(
      [
        { onEach(parts, passes) { kernel.run(arrays[$0].map(\.base), count) } },
        { onEach(parts, passes) { copy(copies[$0].base, half) } },
      ])
    let total = 1e-9 * Double(parts * passes)
    Line(
      name: "elementwise.\(place).\(kernel.name)",
      value: total * Double(count * kernel.bytes) / times[0], unit: "GB/s",
      reference: ("copy", total * Double(bytes) / times[1])
    ).print()
  }
}

private func onEach(_ parts: Int, _ passes: Int, _ body: (Int) -> Void) {
  if parts == 1 {
    for _ in 0..<passes { body(0) }
  } else {
    parallel(parts) { part in for _ in 0..<passes { body(part) } }
  }
}

/// Copies the first `count` floats to the next.
private func copy(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  parallel(over: count, grain: 1 << 16, multiple: 16) { range in
    let (from, to) = (UnsafeRawPointer(x), UnsafeMutableRawPointer(x + count))
    for i in stride(from: 4 * range.lowerBound, to: 4 * range.upperBound, by: 64) {
      to.storeBytes(
        of: from.load(fromByteOffset: i, as: SIMD16<Float>.self), toByteOffset: i,
        as: SIMD16<Float>.self)
    }
  }
}

/// A kernel over arrays of equal length.
private struct ElementwiseKernel: Sendable {
  let name: String
  let arrays: Int
  /// How many bytes it must move for each element.
  let bytes: Int
  let run: @Sendable (_ arrays: [UnsafeMutablePointer<Float>], _ count: Int) -> Void

  init(
    _ name: String, arrays: Int, bytes: Int,
    _ run: @escaping @Sendable ([UnsafeMutablePointer<Float>], Int) -> Void
  ) {
    (self.name, self.arrays, self.bytes, self.run) = (name, arrays, bytes, run)
  }
}

/// The width of the rows of the kernels that work by rows.
private let columns = 1024

private let elementwiseKernels = [
  ElementwiseKernel("softmax", arrays: 2, bytes: 8) { x, count in
    softmax(x[0], into: x[1], rows: count / columns, columns: columns)
  },
  ElementwiseKernel("softmax-backward", arrays: 3, bytes: 12) { x, count in
    softmaxBackward(
      y: x[0], dy: x[1], into: x[2], rows: count / columns, columns: columns, accumulate: false)
  },
  ElementwiseKernel("rms-norm", arrays: 2, bytes: 8) { x, count in
    let gain = x[0]
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count / columns) { roots in
      rmsNormalize(
        x[0], gain: gain, epsilon: 1e-6, into: x[1], inverseRoots: roots.baseAddress!,
        rows: count / columns, columns: columns)
    }
  },
  ElementwiseKernel("rms-norm-backward", arrays: 3, bytes: 12) { x, count in
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { dgain in
      rmsNormalizeBackward(
        x: x[0], gain: x[0], inverseRoots: x[1], dy: x[1], into: x[2],
        rows: count / columns, columns: columns, accumulate: false)
      addGainGradient(
        x: x[0], inverseRoots: x[1], dy: x[1], to: dgain.baseAddress!, rows: count / columns,
        columns: columns)
    }
  },
  ElementwiseKernel("swiglu", arrays: 3, bytes: 12) { x, count in
    swiglu(gate: x[0], up: x[1], into: x[2], count: count)
  },
  ElementwiseKernel("swiglu-backward", arrays: 5, bytes: 20) { x, count in
    swigluBackward(
      gate: x[0], up: x[1], dy: x[2], dgate: x[3], dup: x[4], count: count, accumulate: false)
  },
  ElementwiseKernel("adamw", arrays: 4, bytes: 28) { x, count in
    adamW(
      values: x[0], gradients: x[1], firstMoments: x[2], secondMoments: x[3], count: count,
      learningRate: 1e-9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, step: 3)
  },
  ElementwiseKernel("add", arrays: 3, bytes: 12) { x, count in
    add(x[0], x[1], into: x[2], count: count)
  },
  ElementwiseKernel("exponential", arrays: 2, bytes: 8) { x, count in
    exponential(x[0], into: x[1], count: count)
  },
  ElementwiseKernel("cross-entropy", arrays: 1, bytes: 4) { x, count in
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * (count / columns)) { rows in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: count / columns) { targets in
        targets.initialize(repeating: 7)
        crossEntropy(
          logits: x[0], targets: targets.baseAddress!, into: rows.baseAddress!,
          logSums: rows.baseAddress! + count / columns, rows: count / columns, classes: columns)
      }
    }
  },
  ElementwiseKernel("sum-of-squares", arrays: 1, bytes: 4) { x, count in
    x[0][0] = Float(sumOfSquares(x[0], count: count)) * 1e-30
  },
]
