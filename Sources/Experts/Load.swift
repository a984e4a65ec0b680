import Kernels

/// How evenly a layer's experts are busy.
///
///     Load([30, 10, 0, 0]).maximumViolation      // 2: the busiest has three times the mean
public struct Load: Equatable, Sendable {
  /// How many pairs of token and slot chose each expert.
  public let counts: [Int]

  public init(_ counts: [Int]) { self.counts = counts }

  private var mean: Double { Double(counts.reduce(0, +)) / Double(max(1, counts.count)) }

  /// The share of each expert; they add up to one.
  public var shares: [Double] {
    let total = Double(max(1, counts.reduce(0, +)))
    return counts.map { Double($0) / total }
  }

  /// MaxVio: by how much the busiest expert exceeds the mean, relative to the mean. 0 is perfect; total
  /// collapse, in which all tokens choose the same k experts, is experts / k − 1 (Wang et al. 2024,
  /// arXiv:2408.15664).
  ///
  /// If every expert had a processor of its own, a step would take 1 + this as long as it might.
  public var maximumViolation: Double { mean == 0 ? 0 : Double(counts.max() ?? 0) / mean - 1 }

  /// The standard deviation of the counts relative to their mean.
  public var variation: Double {
    if mean == 0 { return 0 }
    let squares = counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / Double(counts.count)).squareRoot() / mean
  }

  /// How many experts are chosen less than a tenth as often as the mean.
  public var dead: Int { counts.count { Double($0) < 0.1 * mean } }
}

extension Routing {
  /// How undecided the router is: the mean entropy of a token's probabilities, relative to ln E. 1 is
  /// even odds, 0 is certainty.
  ///
  /// It says nothing about balance: each token's odds may be near even while all tokens agree in whom
  /// they favour. Nil if the router does not learn.
  public var entropy: Double? {
    guard let probabilities, experts > 1 else { return nil }
    var sum = 0.0
    for probability in probabilities.detached.floats where probability > 0 {
      sum -= Double(probability) * Double(logarithm(probability))
    }
    return sum / Double(max(1, tokens)) / Double(logarithm(Float(experts)))
  }

  /// The share of the choices that were not served, for want of capacity.
  public var droppedFraction: Double {
    let chosen = choices.count { $0 >= 0 }
    let dropped = chosen - served.count { $0 >= 0 }
    return chosen == 0 ? 0 : Double(dropped) / Double(chosen)
  }

  /// The expert that each token prefers, `[tokens]`.
  public var firstChoices: [Int32] {
    stride(from: 0, to: choices.count, by: slots).map { choices[$0] }
  }
}
