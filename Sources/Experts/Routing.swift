import Tensors

/// Where a router sent the tokens of a passage, and with what weight.
public struct Routing {
  /// What the router computed, `[tokens, experts]`; nil if it does not learn.
  public let logits: Tensor?

  /// What turns the logits into scores.
  public let score: MixtureConfiguration.Score

  /// How many experts there are.
  public let experts: Int

  /// How many choices a token has.
  public let slots: Int

  /// The expert that each pair of token and slot chose, `[tokens, slots]`, best first; −1 for none.
  public let choices: [Int32]

  /// Those choices that were served: others are −1. Different from `choices` only where capacity
  /// was limited.
  public let served: [Int32]

  /// The weight of each choice, `[tokens, slots]`.
  public let weights: Tensor

  public init(
    logits: Tensor?, score: MixtureConfiguration.Score, experts: Int, slots: Int,
    choices: [Int32], served: [Int32], weights: Tensor
  ) {
    require(
      choices.count == weights.shape.count && served.count == choices.count
        && weights.shape.width == slots,
      "\(choices.count) choices and \(served.count) served ones do not fit weights \(weights.shape)"
    )
    self.logits = logits
    self.score = score
    self.experts = experts
    self.slots = slots
    self.choices = choices
    self.served = served
    self.weights = weights
  }

  public var tokens: Int { weights.shape[0] }

  /// How many pairs chose each expert, whether they were served or not.
  public var load: [Int] {
    var load = [Int](repeating: 0, count: experts)
    for expert in choices where expert >= 0 { load[Int(expert)] += 1 }
    return load
  }

  /// How likely the router holds each expert for each token, `[tokens, experts]`, rows adding up to
  /// one: the softmax of the logits, or their sigmoids renormalised. Nil if it does not learn.
  public var probabilities: Tensor? {
    switch score {
    case .softmax: logits?.softmax()
    case .sigmoid: logits?.sigmoid().renormalized()
    }
  }
}
