import Foundation
import Safetensors
import StrictJSON
import Tensors

extension Trainer {
  /// Writes the state of the run, as a whole or not at all.
  func save() throws(TrainingError) {
    guard let file = options.stateFile else { return }
    do {
      try parameters.withValues { values in
        try optimizer.withMoments { first, second in
          let views =
            values.map { TensorView("model.\($0.name)", $0.shape.dimensions, floats: $0.base) } + [
              TensorView("optimizer.first", [first.count], floats: first.baseAddress!),
              TensorView("optimizer.second", [second.count], floats: second.baseAddress!),
            ]
          let metadata = ["step": "\(step)", "num_tokens": "\(totalTokens)"]
          try SafetensorsFile.write(
            views, metadata: metadata.merging(conditions) { $1 }, to: file)
        }
      }
    } catch {
      throw .file("\(error)")
    }
  }

  /// Takes up the saved state, if there is one; `run` does so by itself.
  public func resume() throws(TrainingError) {
    guard let url = options.stateFile, FileManager.default.fileExists(atPath: url.path) else {
      return
    }
    do {
      let file = try SafetensorsFile(url)
      guard let steps = Int(file.metadata["step"] ?? ""), steps >= 0,
        let tokens = Int(file.metadata["num_tokens"] ?? "")
      else { throw TrainingError.foreign(file: url.path, problem: "is not the state of a run") }
      let saved = file.metadata.filter { $0.key.hasPrefix(conditionPrefix) }
      let names = Set(saved.keys).union(conditions.keys).sorted()
      if let name = names.first(where: { saved[$0] != conditions[$0] }) {
        func value(_ value: String?) -> String { value.map(quoted) ?? "nothing" }
        throw TrainingError.foreign(
          file: url.path,
          problem: "is the state of another run, whose \(name.dropFirst(conditionPrefix.count)) is "
            + "\(value(saved[name])) and not \(value(conditions[name]))")
      }
      // All is read before anything is changed.
      let values = try parameters.all.map {
        try file.tensor(named: "model.\($0.name)", shape: $0.shape.dimensions).floats()
      }
      let first = try file.tensor(named: "optimizer.first", shape: [optimizer.count]).floats()
      let second = try file.tensor(named: "optimizer.second", shape: [optimizer.count]).floats()
      for (parameter, value) in zip(parameters.all, values) {
        parameter.set(Tensor(parameter.shape, value))
      }
      optimizer.restore(steps: steps, first: first, second: second)
      totalTokens = tokens
    } catch let error as TrainingError {
      throw error
    } catch {
      throw .file("\(error)")
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
    let all = own.merging(options.data) { $1 }
    return Dictionary(uniqueKeysWithValues: all.map { (conditionPrefix + $0, $1) })
  }
}

/// What the conditions of a run are called in the metadata of its state.
private let conditionPrefix = "run: "
