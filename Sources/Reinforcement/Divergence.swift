import Kernels

/// A pull back to a reference model: an estimate of the KL divergence from it, for each token, out
/// of the one token that was drawn (Schulman 2020, *Approximating KL divergence*).
///
/// With d = log q − log p, where p is the policy and q the reference:
///
///     k1 = −d              unbiased, of either sign
///     k2 = d² / 2          never negative, biased a little
///     k3 = eᵈ − d − 1      never negative, unbiased; what GRPO uses
///
/// As parts of a loss they differ more than as estimates: the slope of k2 is an unbiased estimate of
/// the slope of the divergence from the policy, and that of k1 is noise around zero.
public struct Divergence: Equatable, Sendable {
  public enum Estimator: Equatable, Sendable, CaseIterable { case k1, k2, k3 }

  public var estimator = Estimator.k3

  /// β: what a nat of it costs.
  public var weight: Double

  public init(_ estimator: Estimator = .k3, weight: Double) {
    self.estimator = estimator
    self.weight = weight
  }
}

extension Divergence.Estimator {
  /// The estimate for one token in nats, and its slope by `policy`, from the log-probabilities that
  /// policy and reference give it.
  public func callAsFunction(policy: Double, reference: Double) -> (value: Double, slope: Double) {
    let d = reference - policy
    switch self {
    case .k1: return (-d, 1)
    case .k2: return (d * d / 2, -d)
    case .k3:
      let ratio = exponential(min(max(d, -700), 700))
      return (ratio - d - 1, 1 - ratio)
    }
  }
}
