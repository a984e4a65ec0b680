/// How far the policy may move from the one that wrote a token before the token stops pulling
/// (PPO: Schulman et al. 2017, arXiv:1707.06347).
public struct Clipping: Equatable, Sendable {
  /// The ratio of the probabilities counts down to `1 − low` and up to `1 + high`.
  public var low: Double
  public var high: Double

  /// If set, a ratio above it does not count for a negative advantage: without it one token that
  /// has become much likelier can outweigh a batch (dual clip: Ye et al. 2020, arXiv:1912.09729).
  public var dual: Double?

  public init(low: Double, high: Double, dual: Double? = nil) {
    precondition((0...1).contains(low) && high >= 0, "clipping to 1 − \(low) … 1 + \(high)")
    precondition(dual ?? 2 > 1, "dual clipping at \(dual ?? 0) would clip the present policy")
    self.low = low
    self.high = high
    self.dual = dual
  }

  public static let symmetric = Clipping(low: 0.2, high: 0.2)

  /// More room upwards, so that unlikely tokens can become likely (DAPO, arXiv:2503.14476).
  public static let higher = Clipping(low: 0.2, high: 0.28)

  /// For ratios of whole sequences, which are means over many tokens (GSPO, arXiv:2507.18071).
  public static let sequence = Clipping(low: 3e-4, high: 4e-4)

  /// Without limits: the importance-weighted policy gradient.
  public static let none = Clipping(low: 1, high: .infinity)

  /// The loss `−min(r A, clip(r) A)`, and its slope by the ratio `r`.
  public func loss(ratio: Double, advantage: Double) -> (value: Double, slope: Double) {
    let clipped = min(max(ratio, 1 - low), 1 + high)
    if ratio * advantage > clipped * advantage { return (-clipped * advantage, 0) }
    if let dual, advantage < 0, ratio > dual { return (-dual * advantage, 0) }
    return (-ratio * advantage, -advantage)
  }

  /// Whether the ratio is held at the lower or the upper limit: the token pulls no longer.
  func holds(ratio: Double, advantage: Double) -> (low: Bool, high: Bool) {
    (ratio < 1 - low && advantage < 0, ratio > 1 + high && advantage > 0)
  }
}
