import Tensors

extension Router {
  /// Each expert takes the `⌈tokens · k / experts⌉` tokens that score best for it, the earlier of
  /// equals: balanced by construction, and not causal.
  ///
  /// A token has a slot for every expert, of which those that took it are served.
  func expertChoice(_ logits: Tensor) -> Routing {
    let (tokens, experts) = (logits.shape[0], configuration.experts)
    let taken = (tokens * configuration.expertsPerToken + experts - 1) / experts
    let scores = scored(logits)
    let values = scores.floats
    var choices = [Int32](repeating: -1, count: tokens * experts)
    for expert in 0..<experts {
      func score(_ token: Int) -> Float {
        let score = values[token * experts + expert]
        return score.isNaN ? -.infinity : score
      }
      let ranked = (0..<tokens).sorted { (score($1), $0) < (score($0), $1) }
      for token in ranked.prefix(taken) { choices[token * experts + expert] = Int32(expert) }
    }
    return Routing(
      logits: logits, score: configuration.score, experts: experts, slots: experts,
      choices: choices, served: choices,
      weights: configuration.scale == 1 ? scores : scores.scaled(by: configuration.scale))
  }
}
