import Foundation
import Safetensors
import StrictJSON
import Tensors

/// All that a run is between two of its steps, in one file: the numbers that are learned, the
/// averages of the optimiser, and how far it has come.
///
/// A run whose steps are functions of their number needs no more to go on with the bits of one that
/// never stopped.
public struct RunState {
  let file: URL
  let parameters: Parameters
  let optimizer: AdamW

  /// The counter that holds how many steps the optimiser has taken.
  let updates: String

  /// What must agree for the state to be continued, by name.
  let conditions: [String: String]

  public init(
    _ file: URL, _ parameters: Parameters, _ optimizer: AdamW, updates: String = "step",
    conditions: [String: String]
  ) {
    self.file = file
    self.parameters = parameters
    self.optimizer = optimizer
    self.updates = updates
    self.conditions = Dictionary(
      uniqueKeysWithValues: conditions.map { (conditionPrefix + $0, $1) })
  }

  /// Writes the state with these counters, as a whole or not at all.
  public func save(_ counters: [String: Int]) throws(TrainingError) {
    do {
      try parameters.withValues { values in
        try optimizer.withMoments { first, second in
          let views =
            values.map { TensorView("model.\($0.name)", $0.shape.dimensions, floats: $0.base) } + [
              TensorView("optimizer.first", [first.count], floats: first.baseAddress!),
              TensorView("optimizer.second", [second.count], floats: second.baseAddress!),
            ]
          let metadata = counters.mapValues { "\($0)" }.merging(conditions) { $1 }
          try SafetensorsFile.write(views, metadata: metadata, to: file)
        }
      }
    } catch {
      throw .file("\(error)")
    }
  }

  /// Takes up the saved state, if there is one.
  ///
  /// - Returns: the counters of these names, or nil if nothing was saved.
  /// - Throws: if the file is that of another run; then nothing has changed.
  public func restore(_ names: [String]) throws(TrainingError) -> [String: Int]? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      let saved = try SafetensorsFile(file)
      let counters = try names.map { name in
        guard let count = Int(saved.metadata[name] ?? ""), count >= 0 else {
          throw TrainingError.foreign(file: file.path, problem: "is not the state of a run")
        }
        return (name, count)
      }
      try check(saved.metadata.filter { $0.key.hasPrefix(conditionPrefix) })
      // All is read before anything is changed.
      let values = try parameters.all.map {
        try saved.tensor(named: "model.\($0.name)", shape: $0.shape.dimensions).floats()
      }
      let first = try saved.tensor(named: "optimizer.first", shape: [optimizer.count]).floats()
      let second = try saved.tensor(named: "optimizer.second", shape: [optimizer.count]).floats()
      for (parameter, value) in zip(parameters.all, values) {
        parameter.set(Tensor(parameter.shape, value))
      }
      let found = Dictionary(uniqueKeysWithValues: counters)
      optimizer.restore(steps: found[updates]!, first: first, second: second)
      return found
    } catch let error as TrainingError {
      throw error
    } catch {
      throw .file("\(error)")
    }
  }

  /// Throws unless what was `saved` is what this run needs.
  private func check(_ saved: [String: String]) throws(TrainingError) {
    let names = Set(saved.keys).union(conditions.keys).sorted()
    guard let name = names.first(where: { saved[$0] != conditions[$0] }) else { return }
    func value(_ value: String?) -> String { value.map(quoted) ?? "nothing" }
    throw .foreign(
      file: file.path,
      problem: "is the state of another run, whose \(name.dropFirst(conditionPrefix.count)) is "
        + "\(value(saved[name])) and not \(value(conditions[name]))")
  }
}

/// What the conditions of a run are called in the metadata of its state.
private let conditionPrefix = "run: "
