import Kernels

extension Tensor {
  /// Each vector of the last dimension as eight bits a coordinate and one scale hold it. It has no slope
  /// anywhere that helps, and is not recorded.
  public func roundedToEightBits() -> Tensor {
    require(Tape.current == nil, "roundedToEightBits: rounding cannot be differentiated")
    let y = Tensor(uninitialized: shape)
    roundToEightBits(base, into: y.base, count: count / max(1, shape.width), width: shape.width)
    return y
  }
}
