import Foundation
import Training

extension ReinforcementTrainer {
  /// Takes all steps that are left, beginning from the saved state if there is one.
  ///
  /// If a reward gives no number, the state before the step is saved first: with the reward mended,
  /// the run goes on from there.
  ///
  /// - Parameter onStep: called after each step with what it was like and all completions; false
  ///   ends the run early, state saved.
  public func run(
    onStep: (ReinforcementReport, [SampleGroup<Task>]) -> Bool = { _, _ in true }
  ) throws(ReinforcementError) {
    if step == 0 { try resume() }
    let metrics = try file(at: options.metricsFile)
    let completions = try file(at: options.completionsFile)
    var goesOn = true
    while goesOn && step < options.steps {
      let report: ReinforcementReport
      let groups: [SampleGroup<Task>]
      do throws(ReinforcementError) {
        (report, groups) = try takeStep()
      } catch {
        if case .reward = error { try save() }
        throw error
      }
      // Before the state is saved, so that no state is ahead of its metrics.
      try training { () throws(TrainingError) in
        try metrics?.append(report.json)
        guard let completions else { return }
        for group in groups {
          for line in group.lines(step: step, rewards: judge.rewards.map(\.reward.name)) {
            try completions.append(line)
          }
        }
      }
      goesOn = onStep(report, groups)
      if step % options.saveEvery == 0 || step == options.steps || !goesOn {
        try training { () throws(TrainingError) in
          try metrics?.synchronize()
          try completions?.synchronize()
        }
        try save()
      }
    }
  }

  /// Takes up the saved state, if there is one; `run` does so by itself.
  public func resume() throws(ReinforcementError) {
    let counters = try training { () throws(TrainingError) in
      try state?.restore(["step", "updates", "num_tokens"])
    }
    guard let counters else { return }
    step = counters["step"]!
    totalTokens = counters["num_tokens"]!
  }

  private func save() throws(ReinforcementError) {
    try training { () throws(TrainingError) in
      try state?.save([
        "step": step, "updates": optimizer.steps, "num_tokens": totalTokens,
      ])
    }
  }

  private var state: RunState? {
    options.stateFile.map {
      RunState(
        $0, parameters, optimizer, updates: "updates",
        conditions: options.conditions.merging([
          "model": "\(model.configuration)", "exercises": fingerprint,
          "rewards": judge.rewards.map { "\($0.reward.name) × \($0.weight)" }
            .joined(separator: ", "),
        ]) { $1 })
    }
  }

  private func file(at url: URL?) throws(ReinforcementError) -> MetricsFile? {
    guard let url else { return nil }
    return try training { () throws(TrainingError) in try MetricsFile(url, after: step) }
  }
}

/// Whatever stops a training run stops this one.
private func training<Result>(
  _ body: () throws(TrainingError) -> Result
) throws(ReinforcementError) -> Result {
  do throws(TrainingError) {
    return try body()
  } catch {
    throw .training(error)
  }
}
