import Kernels

/// How the learning rate changes over a training run: up from zero first, because the averages of
/// AdamW need a few steps to mean anything, and down to almost nothing at the end.
public enum Schedule: Equatable, Sendable {
  /// Always the same.
  case constant

  /// A linear rise over `warmup` steps, then half a cosine down to `floor` (Loshchilov & Hutter
  /// 2016, arXiv:1608.03983).
  case cosine(warmup: Int, floor: Double = 0.1)

  /// A linear rise, a plateau, and a linear fall to `floor` over the last `decay` steps (WSD: Hu et
  /// al. 2024, arXiv:2404.06395). The plateau can be prolonged later, the cosine cannot.
  case warmupStableDecay(warmup: Int, decay: Int, floor: Double = 0)

  /// The share of the peak learning rate at `step`, counted from 0, of `steps`.
  public func share(at step: Int, of steps: Int) -> Double {
    switch self {
    case .constant: return 1
    case .cosine(let warmup, let floor):
      if step < warmup { return Double(step + 1) / Double(warmup) }
      let progress = Double(step - warmup) / Double(max(1, steps - warmup))
      let half = (1 + sineAndCosine(Double.pi * min(1, progress)).cosine) / 2
      return floor + (1 - floor) * half
    case .warmupStableDecay(let warmup, let decay, let floor):
      if step < warmup { return Double(step + 1) / Double(warmup) }
      let remaining = steps - step
      if remaining >= decay { return 1 }
      return floor + (1 - floor) * Double(max(0, remaining)) / Double(decay)
    }
  }
}
