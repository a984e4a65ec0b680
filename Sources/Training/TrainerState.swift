import Foundation
import Safetensors
import Tensors

extension Trainer {
  /// Writes the state of the run, as a whole or not at all.
  func save() throws(TrainingError) {
    guard let file = options.stateFile else { return }
    do {
      try model.parameters.withValues { values in
        try optimizer.withMoments { first, second in
          let views =
            values.map { TensorView("model.\($0.name)", $0.shape.dimensions, floats: $0.base) } + [
              TensorView("optimizer.first", [first.count], floats: first.baseAddress!),
              TensorView("optimizer.second", [second.count], floats: second.baseAddress!),
            ]
          try SafetensorsFile.write(
            views, metadata: ["step": "\(step)", "run": fingerprint], to: file)
        }
      }
    } catch {
      throw .file("\(error)")
    }
  }

  /// Takes up a saved state, if there is one.
  func resume() throws(TrainingError) {
    guard let url = options.stateFile, FileManager.default.fileExists(atPath: url.path) else {
      return
    }
    do {
      let file = try SafetensorsFile(url)
      guard file.metadata["run"] == fingerprint, let steps = Int(file.metadata["step"] ?? "") else {
        throw TrainingError.foreign(
          file: url.path, problem: "is the state of another run, not of \(fingerprint)")
      }
      // All is read before anything is changed.
      let values = try model.parameters.all.map {
        try file.tensor(named: "model.\($0.name)", shape: $0.shape.dimensions).floats()
      }
      let first = try file.tensor(named: "optimizer.first", shape: [optimizer.count]).floats()
      let second = try file.tensor(named: "optimizer.second", shape: [optimizer.count]).floats()
      for (parameter, value) in zip(model.parameters.all, values) {
        parameter.set(Tensor(parameter.shape, value))
      }
      optimizer.restore(steps: steps, first: first, second: second)
    } catch let error as TrainingError {
      throw error
    } catch {
      throw .file("\(error)")
    }
  }

  /// What must agree for a state to be continued.
  private var fingerprint: String {
    "\(model.configuration) \(options.steps) \(options.learningRate) \(options.schedule) "
      + "\(options.betas) \(options.weightDecay) \(options.clip)"
      + (hooks.map { " \($0.fingerprint) \(options.tokensAtOnce)" } ?? "")
  }
}
