/// The lanes of a range, in order: where each begins, and how many floats it has, which is 16
/// except at a ragged end.
///
///     for (i, lanes) in LaneSteps(0..<40) { … }    // (0, 16), (16, 16), (32, 8)
///
/// A sequence, and not a function that takes a closure: whether such a closure is inlined into the
/// loop depends on its size and on its neighbours, and where it is not, a kernel takes two to
/// four times as long.
struct LaneSteps: Sequence, IteratorProtocol {
  private var offset: Int
  private let end: Int

  @inline(__always) init(_ range: Range<Int>) {
    (offset, end) = (range.lowerBound, range.upperBound)
  }

  @inline(__always) mutating func next() -> (offset: Int, lanes: Int)? {
    guard offset < end else { return nil }
    defer { offset &+= 16 }
    return (offset, Swift.min(16, end &- offset))
  }
}
