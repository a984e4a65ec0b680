import Kernels
import Testing

/// `count` normal deviates, the same in every run.
func normals(_ count: Int, seed: UInt64 = 1, deviation: Float = 1) -> [Float] {
  var generator = Generator(seed: seed)
  return (0..<count).map { _ in deviation * generator.normal() }
}

func bits(_ x: [Float]) -> [UInt32] { x.map(\.bitPattern) }

/// What `compute` returns, after requiring that it returns the same bits on one, two and three
/// threads.
func onAnyThreads(
  sourceLocation: SourceLocation = #_sourceLocation, _ compute: () -> [Float]
) -> [Float] {
  let alone = Parallel.$threads.withValue(1, operation: compute)
  for threads in 2...3 {
    let together = Parallel.$threads.withValue(threads, operation: compute)
    #expect(
      bits(alone) == bits(together), "\(threads) threads change bits",
      sourceLocation: sourceLocation)
  }
  return alone
}

/// Requires |x − truth| ≤ relative · |truth| + absolute for every element.
func expectClose(
  _ x: [Float], _ truth: [Double], relative: Double = 0, absolute: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(x.count == truth.count, sourceLocation: sourceLocation)
  let worst = zip(x, truth).map { abs(Double($0) - $1) - relative * abs($1) - absolute }
    .enumerated().max { $0.element < $1.element || $1.element.isNaN }
  guard let worst else { return }
  #expect(
    worst.element <= 0, "at \(worst.offset): \(x[worst.offset]), not \(truth[worst.offset])",
    sourceLocation: sourceLocation)
}

/// Rows and columns: one lane, less, more, several blocks, and enough work for several threads.
let shapes: [(rows: Int, columns: Int)] = [
  (1, 1), (3, 15), (2, 16), (5, 17), (1, 64), (7, 100), (130, 259), (700, 96), (2, 40_001),
]
