import Kernels

extension ReinforcementTrainer {
  /// Adds what the updates of a step were like.
  func describe(
    _ outcomes: [UpdateOutcome], learningRate: Double, in report: inout ReinforcementReport
  ) {
    func mean(_ value: (UpdateOutcome) -> Double) -> Double {
      outcomes.reduce(0) { $0 + value($1) } / Double(outcomes.count)
    }
    report.add("updates", Double(outcomes.count))
    report.add("learning_rate", learningRate)
    report.add("num_tokens", Double(totalTokens))
    guard let first = outcomes.first else { return }
    report.add("loss", mean(\.loss))
    report.add("grad_norm", mean(\.gradientNorm))
    report.add("entropy", first.entropy / Double(first.tokens))
    if reference != nil { report.add("kl", mean { $0.divergence / Double($0.tokens) }) }
    let low = outcomes.map { Double($0.heldLow) / Double($0.tokens) }
    let high = outcomes.map { Double($0.heldHigh) / Double($0.tokens) }
    report.add({ "clip_ratio/low_\($0)" }, ["mean", "min"], of: low)
    report.add({ "clip_ratio/high_\($0)" }, ["mean", "max"], of: high)
    report.add({ "clip_ratio/region_\($0)" }, ["mean"], of: zip(low, high).map { $0 + $1 })
    report.add(
      { "sampling/sampling_logp_difference/\($0)" }, ["mean", "max"],
      of: first.differences.map(abs))
    report.add(
      { "sampling/importance_sampling_ratio/\($0)" }, ["min", "mean", "max"],
      of: first.differences.map { exponential(min(max($0, -700), 700)) })
  }

  /// Adds what the completions of a step were like, the uninformative ones among them.
  func describe(_ groups: [SampleGroup<Task>], in report: inout ReinforcementReport) {
    let samples = groups.flatMap(\.samples)
    let spreads = groups.map { Spread($0.samples.map(\.reward)) }
    let count = Double(groups.count)
    report.add("reward", Spread(samples.map(\.reward)).mean)
    report.add("reward_std", spreads.reduce(0) { $0 + $1.deviation } / count)
    report.add("frac_reward_zero_std", Double(spreads.count(where: \.isZero)) / count)
    for (index, (reward, _)) in judge.rewards.enumerated() {
      let scores = Spread(samples.map { $0.scores[index] })
      report.add("rewards/\(reward.name)/mean", scores.mean)
      report.add("rewards/\(reward.name)/std", scores.deviation)
    }
    let kinds = ["mean", "min", "max"]
    let ended = samples.filter { !$0.rollout.isTruncated }
    report.add(
      { "completions/\($0)_length" }, kinds, of: samples.map { Double($0.rollout.tokens.count) })
    report.add(
      { "completions/\($0)_terminated_length" }, kinds,
      of: ended.map { Double($0.rollout.tokens.count) })
    report.add(
      "completions/clipped_ratio", 1 - Double(ended.count) / Double(samples.count))
  }
}
