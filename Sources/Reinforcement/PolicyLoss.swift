import Kernels

/// The loss of the GRPO family, with a name for each of its parts.
///
/// For a completion with advantage A, whose tokens had the probabilities p₀ when they were written,
/// have p now, and q under a reference model:
///
///     r    = p / p₀                                      of a token, or of the whole completion
///     loss = Σ weight · (−min(r A, clip(r) A) + β k(p, q))        over all tokens
///
/// It is a function of the log-probabilities of the tokens alone, so its slopes by them are all that
/// the rest of the gradient needs. Both are computed here together, in 64 bits.
public struct PolicyLoss: Equatable, Sendable {
  /// What is compared with what it was.
  public enum Ratio: Equatable, Sendable {
    /// The probability of each token.
    case token
    /// The geometric mean of the whole completion's, `(p(y) / p₀(y))^(1/|y|)`, for each of its tokens
    /// (GSPO: Zheng et al. 2025, arXiv:2507.18071): rewards are given to whole completions, too.
    case sequence
  }

  public var ratio = Ratio.token
  public var clipping = Clipping.symmetric
  public var aggregation = Aggregation.tokens

  /// The pull towards a reference model, if any.
  public var divergence: Divergence?

  public init(
    ratio: Ratio = .token, clipping: Clipping = .symmetric, aggregation: Aggregation = .tokens,
    divergence: Divergence? = nil
  ) {
    self.ratio = ratio
    self.clipping = clipping
    self.aggregation = aggregation
    self.divergence = divergence
  }

  /// What one completion contributes.
  public struct Part: Equatable, Sendable {
    /// Its share of the loss.
    public var loss = 0.0

    /// The derivative of the loss by the log-probability of each of its tokens.
    public var slopes: [Double] = []

    /// The ratio of each token.
    public var ratios: [Double] = []

    /// How many tokens are held at the lower and at the upper limit of the ratio.
    public var heldLow = 0
    public var heldHigh = 0

    /// The sum over its tokens of the estimated divergence, in nats.
    public var divergence = 0.0
  }

  /// The loss of one completion, and its slopes.
  ///
  /// - Parameters:
  ///   - policy: the log-probability of each token under the model that learns.
  ///   - old: under the model that wrote it.
  ///   - reference: under the reference model; needed if there is a `divergence`.
  ///   - advantage: of the completion.
  ///   - weight: of a token, from `aggregation`.
  public func callAsFunction(
    policy: [Double], old: [Double], reference: [Double]? = nil, advantage: Double, weight: Double
  ) -> Part {
    precondition(
      policy.count == old.count && (reference ?? old).count == old.count,
      "log-probabilities of \(policy.count), \(old.count) and \(reference?.count ?? 0) tokens")
    precondition(divergence == nil || reference != nil, "a divergence needs a reference")
    let logRatios = zip(policy, old).map { $0 - $1 }
    let mean = logRatios.reduce(0, +) / Double(logRatios.count)
    var part = Part()
    for (token, logRatio) in logRatios.enumerated() {
      // Every token of a completion has the ratio of the completion: n losses of which each token
      // has an n-th of the slope, which is one loss of which it has the whole slope.
      let exponent = ratio == .token ? logRatio : mean
      let ratio = exponential(min(max(exponent, -700), 700))
      var (value, slope) = clipping.loss(ratio: ratio, advantage: advantage)
      // dr / d log p = r
      slope *= ratio
      if let reference {
        let estimator = divergence?.estimator ?? .k3
        let pull = estimator(policy: policy[token], reference: reference[token])
        part.divergence += pull.value
        value += (divergence?.weight ?? 0) * pull.value
        slope += (divergence?.weight ?? 0) * pull.slope
      }
      part.loss += weight * value
      part.slopes.append(weight * slope)
      part.ratios.append(ratio)
      let held = clipping.holds(ratio: ratio, advantage: advantage)
      part.heldLow += held.low ? 1 : 0
      part.heldHigh += held.high ? 1 : 0
    }
    return part
  }
}
