import Curriculum
import Kernels
import Pretraining
import Reinforcement
import Tensors
import Text
import Transformer

/// How far a model has moved from another, in nats a token, and how sure it is.
///
/// No estimate: at every token of many texts both distributions are there whole, and their
/// divergence is a sum over the vocabulary.
public struct Distance: Codable, Sendable {
  /// KL(model ‖ base), over texts that the model writes: what reinforcement would pay for.
  public let reverse: Double

  /// KL(base ‖ model), over texts that the base writes: what was forgotten.
  public let forward: Double

  /// The entropy of what could have been written in the place of each token that the model wrote.
  public let entropy: Double

  /// - Parameter problems: what the texts are about, one for each.
  public init(
    _ model: Transformer, from base: Transformer, _ tokenizer: BytePairs, on problems: [Problem]
  ) {
    func texts(_ model: Transformer) -> [Rollout] {
      RolloutRecipe(limit: Course.limit).write(
        model, tokenizer, prompts: problems.map { tokenizer.encode($0.prompt) }, count: 1,
        ends: [tokenizer.end!], seed: 0xd157
      ).flatMap(\.self)
    }
    let own = texts(model)
    (reverse, entropy) = divergence(of: model, from: base, on: own)
    forward = divergence(of: base, from: model, on: texts(base)).mean
  }
}

/// The mean over the tokens of `rollouts` of KL(p ‖ q), and of the entropy of p.
private func divergence(
  of p: Transformer, from q: Transformer, on rollouts: [Rollout]
) -> (mean: Double, entropy: Double) {
  var (sum, entropy, tokens) = (0.0, 0.0, 0)
  for start in stride(from: 0, to: rollouts.count, by: 64) {
    let some = rollouts[start..<min(start + 64, rollouts.count)]
    let (own, other) = (Reading(some, by: p).logits, Reading(some, by: q).logits)
    for (own, other) in zip(logProbabilities(own), logProbabilities(other)) {
      for (own, other) in zip(own, other) {
        let probability = exponential(own)
        sum += probability * (own - other)
        entropy -= probability * own
      }
    }
    tokens += own.shape[0]
  }
  return (sum / Double(tokens), entropy / Double(tokens))
}

/// The log-probabilities of what may follow each token, in nats, in 64 bits.
private func logProbabilities(_ logits: Tensor) -> [[Double]] {
  logits.logSumExp().floats.enumerated().map { row, logSum in
    logits.row(row).map { Double($0) - Double(logSum) }
  }
}
