import Kernels
import Training

/// A fixed set of examples, over and over, each time in another order.
///
/// The orders follow one another without a seam, so every batch is full; and the batch of a step is a
/// function of its number, so that a resumed run gets the same.
public final class Epochs {
  public let examples: [Example]

  /// How many examples are in a batch.
  public let size: Int
  private let seed: UInt64
  private var order: (epoch: Int, indices: [Int])?

  public init(_ examples: [Example], size: Int, seed: UInt64) {
    precondition(!examples.isEmpty && size > 0, "\(examples.count) examples, \(size) at a time")
    self.examples = examples
    self.size = size
    self.seed = seed
  }

  /// How many steps it takes to see every example `epochs` times, rounded up.
  public func steps(_ epochs: Int) -> Int { (examples.count * epochs + size - 1) / size }

  /// The examples of a step, counted from 0.
  public func batch(_ step: Int) -> [Example] {
    (step * size..<(step + 1) * size).map { place in
      let (epoch, rank) = place.quotientAndRemainder(dividingBy: examples.count)
      return examples[indices(inEpoch: epoch)[rank]]
    }
  }

  private func indices(inEpoch epoch: Int) -> [Int] {
    if let order, order.epoch == epoch { return order.indices }
    var indices = Array(examples.indices)
    var generator = Generator(seed: seed).stream(UInt64(epoch))
    generator.shuffle(&indices)
    order = (epoch, indices)
    return indices
  }
}
