import ArgumentParser
import Kernels

/// Attention of the sizes the chapters train, next to a product of as many operations.
struct Attention: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Causal attention, forward and backward, against the matrix product.",
    discussion: """
      Only operations on visible keys count: 4 for each pair and coordinate forward, and 10 \
      backward. The reference is a product of [4096, 128] with [128, 512].
      """)

  func run() {
    for (length, width) in [(128, 32), (256, 32), (128, 64), (256, 64)] {
      for group in [1, 2] {
        let shape = AttentionShape(
          sequences: 8, queries: length, heads: 4, keyHeads: 4 / group, headWidth: width)
        for threads in threadCounts {
          Parallel.$threads.withValue(threads) { measure(shape, "\(length)×\(width)-\(group)") }
        }
      }
    }
  }

  private func measure(_ shape: AttentionShape, _ name: String) {
    let queries = (0..<4).map {
      Floats(shape.sequences * shape.queries * shape.heads * shape.headWidth, seed: UInt64($0 + 1))
    }
    let keys = (0..<4).map {
      Floats(shape.sequences * shape.keys * shape.keyHeads * shape.headWidth, seed: UInt64($0 + 5))
    }
    let logSums = Floats(shape.sequences * shape.queries * shape.heads)
    let (a, b, c) = (Floats(4096 * 128), Floats(128 * 512), Floats(4096 * 512))
    let times = medians(
      [
        {
          attend(
            queries: queries[0].base, keys: keys[0].base, values: keys[1].base,
            into: queries[1].base, logSums: logSums.base, shape: shape)
        },
        {
          attendBackward(
            queries: queries[0].base, keys: keys[0].base, values: keys[1].base,
            y: queries[1].base, logSums: logSums.base, dy: queries[2].base,
            dqueries: queries[3].base, dkeys: keys[2].base, dvalues: keys[3].base, shape: shape,
            accumulate: false)
        },
        {
          multiply(
            Matrix(a.base, rows: 4096, columns: 128), Matrix(b.base, rows: 128, columns: 512),
            into: Matrix(c.base, rows: 4096, columns: 512))
        },
      ])
    let pairs = shape.sequences * shape.heads * shape.queries * (shape.queries + 1) / 2
    let operations = 1e-9 * Double(pairs * shape.headWidth)
    let product = ("product", 1e-9 * 2 * 4096 * 128 * 512 / times[2])
    for (pass, factor, time) in [("forward", 4.0, times[0]), ("backward", 10, times[1])] {
      Line(
        name: "attention.\(pass)-\(name)", value: factor * operations / time, unit: "GFLOP/s",
        reference: product
      ).print()
    }
  }
}
