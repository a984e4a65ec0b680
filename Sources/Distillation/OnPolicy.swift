import Kernels
import Training
import Transformer

/// Texts that the student writes itself and the teacher reads: the student learns what to do where
/// *it* goes, and not only where the teacher, or the truth, would have gone (generalised knowledge
/// distillation: Agarwal et al. 2023, arXiv:2306.13649).
///
///     let onPolicy = OnPolicy(share: 0.5, limit: 64, stopTokens: [end], seed: 1)
///     Distiller(teacher, student, options) { step in
///       onPolicy.examples(step, corpus.batch(step), by: student)
///     }
///
/// No gradient passes through the writing.
public struct OnPolicy: Equatable, Sendable {
  /// λ: how likely an example is continued by the student instead of by the truth.
  public var share: Double
  public var sampling: Sampling

  /// The most tokens the student writes for one prompt.
  public var limit: Int
  public var stopTokens: Set<Int32>
  public var seed: UInt64

  public init(
    share: Double = 1, sampling: Sampling = Sampling(), limit: Int, stopTokens: Set<Int32> = [],
    seed: UInt64
  ) {
    self.share = share
    self.sampling = sampling
    self.limit = limit
    self.stopTokens = stopTokens
    self.seed = seed
  }

  /// The examples of a step: of some what is given is kept, and the student, as it is at this moment,
  /// writes the rest.
  public func examples(_ step: Int, _ examples: [Example], by student: Transformer) -> [Example] {
    let root = Generator(seed: seed).stream(UInt64(step))
    let chosen = examples.indices.filter { index in
      var coin = root.stream(UInt64(index))
      return Double(coin.uniform()) < share
    }
    if chosen.isEmpty { return examples }
    var draws = root
    let writer = Writer(
      student, sampling: sampling, seed: draws.next(), limit: limit, stopTokens: stopTokens)
    let prompts = chosen.map { Array(examples[$0].tokens.prefix(examples[$0].given)) }
    var result = examples
    for (index, (prompt, completion)) in zip(chosen, zip(prompts, writer(prompts))) {
      result[index] = Example(prompt + completion.tokens, given: prompt.count)
    }
    return result
  }
}
