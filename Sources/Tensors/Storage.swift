/// A block of floats that tensors share, taken from the pool and given back when the last tensor
/// lets go of it.
///
/// Written once, by the operation that makes it, and only read from then on. The exceptions are
/// parameters, their gradients and an optimiser's moments, which change in place.
public final class Storage {
  /// The first float, aligned to 64 bytes unless this is a slice.
  let base: UnsafeMutablePointer<Float>

  /// The number of floats.
  public let count: Int

  /// The block of which this is a slice, kept alive as long as the slice.
  private let owner: Storage?

  /// The size of the pool's block, in bytes; 0 for a slice.
  private let bytes: Int

  /// Uninitialised memory for `count` floats.
  init(count: Int) {
    self.count = count
    (base, bytes) = Pool.take(count)
    owner = nil
  }

  /// A window onto `range` of another block.
  init(slice range: Range<Int>, of owner: Storage) {
    require(
      range.lowerBound >= 0 && range.upperBound <= owner.count,
      "slice \(range) of a block of \(owner.count) floats")
    count = range.count
    base = owner.base + range.lowerBound
    bytes = 0
    self.owner = owner
  }

  deinit {
    if owner == nil { Pool.give(base, bytes: bytes) }
  }
}
