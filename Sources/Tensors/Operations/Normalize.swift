import Kernels

extension Tensor {
  /// Scales every row to a root mean square of 1, then each column by its own gain:
  /// `y[i, j] = g[j] x[i, j] / √(meanⱼ x[i, j]² + ε)`, for `x: [rows, width]` and `g: [width]`
  /// (RMSNorm: Zhang & Sennrich 2019, arXiv:1910.07467). Without a gain, every g[j] is 1.
  public func normalized(gain: Tensor? = nil, epsilon: Float) -> Tensor {
    require(
      gain.map { $0.shape == [shape.width] } ?? true,
      "normalized: rows of \(shape) need a gain of shape [\(shape.width)], not \(gain!.shape)")
    let y = Tensor(uninitialized: shape)
    let inverseRoots = Storage(count: shape.rows)
    rmsNormalize(
      base, gain: gain?.base, epsilon: epsilon, into: y.base, inverseRoots: inverseRoots.base,
      rows: shape.rows, columns: shape.width)
    return y.recorded(from: [self] + (gain.map { [$0] } ?? [])) { dy in
      // With r[i] = 1 / √(mean x[i]² + ε):
      // dx[i] = r (g ⊙ dy[i]) − x[i] r³ mean(g ⊙ dy[i] ⊙ x[i]) and dg = Σᵢ dy[i] ⊙ x[i] r
      receive { dx, accumulate in
        rmsNormalizeBackward(
          x: base, gain: gain?.base, inverseRoots: inverseRoots.base, dy: dy.base, into: dx.base,
          rows: shape.rows, columns: shape.width, accumulate: accumulate)
      }
      gain?.receive { dgain, accumulate in
        if !accumulate { dgain.base.update(repeating: 0, count: dgain.count) }
        addGainGradient(
          x: base, inverseRoots: inverseRoots.base, dy: dy.base, to: dgain.base,
          rows: shape.rows, columns: shape.width)
      }
    }
  }
}
