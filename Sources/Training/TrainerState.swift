extension Trainer {
  /// Writes the state of the run, as a whole or not at all.
  func save() throws(TrainingError) {
    try state?.save(["step": step, "num_tokens": totalTokens])
  }

  /// Takes up the saved state, if there is one; `run` does so by itself.
  public func resume() throws(TrainingError) {
    guard let counters = try state?.restore(["step", "num_tokens"]) else { return }
    totalTokens = counters["num_tokens"]!
  }

  private var state: RunState? {
    options.stateFile.map {
      RunState($0, parameters, optimizer, conditions: conditions)
    }
  }

  /// What must agree for a state to be continued, by name.
  private var conditions: [String: String] {
    var own = [
      "model": "\(model.configuration)", "steps": "\(options.steps)",
      "learning rate": "\(options.learningRate)", "schedule": "\(options.schedule)",
      "betas": "\(options.betas)", "weight decay": "\(options.weightDecay)",
      "clip": "\(options.clip)",
    ]
    if let hooks {
      own["hooks"] = hooks.fingerprint
      own["tokens at once"] = "\(options.tokensAtOnce)"
    }
    return own.merging(options.data) { $1 }
  }
}
