/// How much better each completion is than what was to be expected, from the rewards of all.
///
/// A completion with a positive advantage becomes likelier. Whatever is expected may be subtracted,
/// as long as it does not depend on the completion itself: the gradient stays right on average and
/// becomes less noisy (Williams 1992).
///
///     Advantage.grpo([[1, 0, 0, 0]])        // about [[1.5, -0.5, -0.5, -0.5]]
///     Advantage.rloo([[1, 0, 0, 0]])        // [[1, -1/3, -1/3, -1/3]]
public struct Advantage: Equatable, Sendable {
  /// What is subtracted from a reward.
  public enum Baseline: Equatable, Sendable {
    /// The mean of its group: all completions of the same prompt, itself among them.
    case group
    /// The mean of the others in its group (RLOO: Ahmadian et al. 2024, arXiv:2402.14740).
    case others
    /// The mean of all groups of the batch.
    case batch
    /// Nothing.
    case none
  }

  /// What the difference is divided by.
  public enum Scale: Equatable, Sendable {
    /// The standard deviation of its group (GRPO: Shao et al. 2024, arXiv:2402.03300), which makes
    /// the rare right answer to a hard prompt count for more.
    case group
    /// The standard deviation of the batch (Liu et al. 2025, arXiv:2508.08221).
    case batch
    /// Nothing (Dr. GRPO: Liu et al. 2025, arXiv:2503.20783).
    case none
  }

  public var baseline: Baseline
  public var scale: Scale

  /// What is added to the standard deviation, as in TRL.
  public var epsilon = 1e-4

  public init(_ baseline: Baseline, scale: Scale = .none) {
    self.baseline = baseline
    self.scale = scale
  }

  public static let grpo = Advantage(.group, scale: .group)
  public static let drGRPO = Advantage(.group)
  public static let rloo = Advantage(.others)
  public static let reinforce = Advantage(.batch)

  /// The advantages of completions with these rewards, group by group.
  ///
  /// Where the rewards of a group, or of the batch, are all equal, there is nothing to be learned
  /// from their differences or their scale: the advantage is exactly zero, and nothing is divided.
  public func callAsFunction(_ rewards: [[Double]]) -> [[Double]] {
    let all = rewards.flatMap(\.self)
    let batch = Spread(all)
    return rewards.map { group in
      let own = Spread(group)
      return group.map { reward in
        let difference =
          switch baseline {
          case .group: own.isZero ? 0 : reward - own.mean
          case .others: own.isZero ? 0 : (reward - own.mean) * own.count / (own.count - 1)
          case .batch: batch.isZero ? 0 : reward - batch.mean
          case .none: reward
          }
        return switch scale {
        case .group: own.isZero ? 0 : difference / (own.deviation + epsilon)
        case .batch: batch.isZero ? 0 : difference / (batch.deviation + epsilon)
        case .none: difference
        }
      }
    }
  }
}

/// The mean and the standard deviation of some numbers.
struct Spread {
  let count: Double
  let mean: Double

  /// The standard deviation of a sample: over `count − 1`.
  let deviation: Double

  /// Whether all numbers are equal, decided by comparing them.
  let isZero: Bool

  init(_ numbers: [Double]) {
    isZero = numbers.allSatisfy { $0 == numbers[0] }
    count = Double(numbers.count)
    // The mean of three tenths, added up and divided, is not a tenth.
    let mean = isZero ? numbers.first ?? 0 : numbers.reduce(0, +) / Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    deviation = isZero ? 0 : (squares / Double(numbers.count - 1)).squareRoot()
  }
}
