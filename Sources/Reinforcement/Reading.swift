import Tensors
import Transformer

/// Rollouts read again by a model in one forward pass: how surprised it is by what was written.
///
/// The policy that wrote a rollout gives each token the same probability when it reads it, to the
/// bit, because the arithmetic of a row does not depend on its company. So the ratio of the policy
/// to itself is exactly 1, and nothing has to be corrected. Rollouts that something else wrote, such
/// as a quantised copy, show here by how much it differs.
///
///     let read = Reading(rollouts, by: model).surprisals.floats.map { -$0 }
///     read == rollouts.flatMap(\.logProbabilities)      // true
public struct Reading {
  /// For each written token of each rollout, one rollout after the other, −log p in nats: `[tokens]`.
  public let surprisals: Tensor

  /// The logits of what may be written in the place of each: `[tokens, vocabulary]`.
  public let logits: Tensor

  /// Reads `rollouts` with `model`; while a tape records, the surprisals can be differentiated.
  public init(_ rollouts: some Collection<Rollout>, by model: Transformer) {
    let passage = Passage(
      rollouts.flatMap { ($0.prompt + $0.tokens).dropLast() },
      lengths: rollouts.map { $0.prompt.count + $0.tokens.count - 1 })
    // The head is worked for the tokens alone whose successor was written, not given.
    var rows: [Int32] = []
    var start = 0
    for (rollout, length) in zip(rollouts, passage.lengths) {
      rows += (start + rollout.prompt.count - 1..<start + length).map(Int32.init)
      start += length
    }
    logits = model.logits(of: model.hidden(passage).rows(rows))
    surprisals = logits.surprisals(rollouts.flatMap(\.tokens))
  }

  /// The sum over all tokens of the entropy of what could have been written in their place, in nats:
  /// log Σ eˣ − Σ p x, from logits x.
  public var entropy: Double {
    let logSums = logits.detached.logSumExp().floats
    let probabilities = logits.detached.softmax()
    let width = logits.shape.width
    return logits.withFloats { logits in
      probabilities.withFloats { probabilities in
        var total = 0.0
        for (row, logSum) in logSums.enumerated() {
          var expected = 0.0
          for place in row * width..<(row + 1) * width {
            expected += Double(probabilities[place]) * Double(logits[place])
          }
          total += Double(logSum) - expected
        }
        return total
      }
    }
  }
}
