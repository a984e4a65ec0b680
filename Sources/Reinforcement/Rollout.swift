import Text
import Transformer

/// A text that the policy wrote, with the probability it gave to each token as it wrote it.
public struct Rollout: Equatable, Sendable {
  /// The tokens that were given.
  public let prompt: [Int32]

  /// The tokens that were written, the one that ended the text among them: a model that is not
  /// rewarded for its end-of-text token never learns to stop.
  public let tokens: [Int32]

  /// For each written token the logarithm of its probability, in nats.
  public let logProbabilities: [Float]

  /// Whether the text was cut off by the limit of tokens.
  public let isTruncated: Bool

  /// The written text without its end-of-text token, which is what a reward reads.
  public let text: String
}

/// How the policy writes the completions that it learns from.
///
/// Each completion has random numbers of its own, keyed by seed, step and place, so that it does not
/// depend on what is written beside it, and a resumed run writes the same ones.
public struct RolloutRecipe: Equatable, Sendable {
  /// The most tokens of one completion.
  public var limit: Int

  /// How a token is chosen. Anything but the default draws from another distribution than the one
  /// whose probabilities the loss uses, and the gradient is no longer that of the expected reward.
  public var sampling = Sampling()

  /// How many completions are written side by side: a matter of speed alone.
  public var atOnce = 64

  public init(limit: Int) { self.limit = limit }

  /// Writes `count` completions for each prompt.
  ///
  /// - Parameters:
  ///   - seed: what decides all draws.
  ///   - ends: the tokens that end a text.
  /// - Returns: for each prompt its completions.
  public func write(
    _ model: Transformer, _ tokenizer: any Tokenizer, prompts: [[Int32]], count: Int,
    ends: Set<Int32>, seed: UInt64
  ) -> [[Rollout]] {
    let writer = Writer(
      model, sampling: sampling, seed: seed, limit: limit, stopTokens: ends, batch: atOnce)
    let all = prompts.flatMap { Array(repeating: $0, count: count) }
    let rollouts = zip(all, writer(all)).map { prompt, written in
      let stopped = written.ending == .stop
      return Rollout(
        prompt: prompt, tokens: written.tokens, logProbabilities: written.logProbabilities,
        isTruncated: !stopped,
        text: tokenizer.decode(stopped ? written.tokens.dropLast() : written.tokens))
    }
    return prompts.indices.map { Array(rollouts[$0 * count..<($0 + 1) * count]) }
  }
}
