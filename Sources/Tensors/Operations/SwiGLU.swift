import Kernels

extension Tensor {
  /// Gates one projection of a feed-forward layer by another: `y = silu(g) ⊙ u`, where `g` is
  /// this tensor and `silu(g) = g σ(g)` (Shazeer 2020, arXiv:2002.05202).
  public func swiglu(_ up: Tensor) -> Tensor {
    require(shape == up.shape, "swiglu: shapes \(shape) of the gate and \(up.shape) differ")
    let y = Tensor(uninitialized: shape)
    Kernels.swiglu(gate: base, up: up.base, into: y.base, count: count)
    return y.recorded(from: self, up) { dy in
      // y = g σ(g) ⊙ u, so dg = dy ⊙ u ⊙ σ(g) (1 + g (1 − σ(g))) and du = dy ⊙ g σ(g)
      let (dgate, dup) = (Tensor(uninitialized: shape), Tensor(uninitialized: shape))
      swigluBackward(
        gate: base, up: up.base, dy: dy.base, dgate: dgate.base, dup: dup.base, count: count,
        accumulate: false)
      receive(dgate)
      up.receive(dup)
    }
  }
}
