/// A vector in eight bits a coordinate: whole numbers, and one scale that gives them their size.
///
///     scale = max |x| / 127        code = x / scale, rounded; a tie goes to the even neighbour
///
/// So no coordinate is off by more than half a scale. If one of them is not finite, the scale is NaN, and so
/// is all that is read back.
enum EightBits {
  static func scale(_ x: UnsafePointer<Float>, _ width: Int) -> Float {
    var largest = Lane.zero
    var probe = Lane.zero
    for (i, lanes) in LaneSteps(0..<width) {
      let x = Lane(x + i, first: lanes)
      largest = largest.maximum(x).maximum(Lane.zero - x)
      probe.addProduct(x, .zero)
    }
    // Zero times whatever is finite adds nothing to it.
    return largest.largest / 127 + probe.total
  }

  /// The codes of sixteen coordinates, as floats.
  @inline(__always) static func codes(_ x: Lane, scale: Float) -> Lane {
    guard scale > 0 else { return .zero }
    // A float of this size has no bits for fractions.
    let whole = Lane(repeating: 0x1.8p23)
    let limit = Lane(repeating: 127)
    let scaled = (x / Lane(repeating: scale)).minimum(limit).maximum(Lane.zero - limit)
    return (scaled + whole) - whole
  }
}

/// `y = code · scale`, what eight bits leave of each of the vectors `x: [count, width]`; `y` may be `x`.
public func roundToEightBits(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, width: Int
) {
  parallel(over: count, grain: max(1, 32768 / max(1, width))) { range in
    for row in range {
      let (x, y) = (x + row * width, y + row * width)
      let scale = EightBits.scale(x, width)
      for (i, lanes) in LaneSteps(0..<width) {
        let codes = EightBits.codes(Lane(x + i, first: lanes), scale: scale)
        (codes * Lane(repeating: scale)).store(to: y + i, first: lanes)
      }
    }
  }
}
