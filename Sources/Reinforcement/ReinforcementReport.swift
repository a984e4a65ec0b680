import StrictJSON

/// What one step was like, under the names that TRL gives to its metrics.
///
/// A step whose completions all earned the same teaches nothing and moves nothing; its `updates` is
/// 0, and it has no loss. With one update for each batch, centred advantages and no divergence the
/// loss is about zero by construction: what tells of progress is `reward`, not `loss`. `kl` is there if
/// there is a reference model, by the estimator of the loss, or k3 if that has none.
public struct ReinforcementReport: Equatable, Sendable {
  /// The number of steps taken, this one included.
  public let step: Int

  /// The metrics in their order.
  public internal(set) var metrics: [Metric] = []

  public struct Metric: Equatable, Sendable {
    public let name: String
    public let value: Double
  }

  /// The metric of this name, if the step has it.
  public subscript(name: String) -> Double? { metrics.first { $0.name == name }?.value }

  mutating func add(_ name: String, _ value: Double) {
    metrics.append(Metric(name: name, value: value))
  }

  /// Adds some of the mean, the least and the largest of `values`, of which there may be none.
  mutating func add(_ name: (String) -> String, _ kinds: [String], of values: [Double]) {
    guard let least = values.min(), let largest = values.max() else { return }
    for kind in kinds {
      switch kind {
      case "mean": add(name(kind), values.reduce(0, +) / Double(values.count))
      case "min": add(name(kind), least)
      default: add(name(kind), largest)
      }
    }
  }

  /// Why nothing was learned, if so, in a sentence.
  public var notice: String? {
    self["updates"] == 0
      ? "step \(step): the completions of each prompt earned the same, so nothing was learned"
      : nil
  }

  /// The metrics as a line of JSON. A number that is not finite is null.
  public var json: String {
    let step = JSON.Member("step", .integer(step))
    return JSON.object([step] + metrics.map { JSON.Member($0.name, .finite($0.value)) }).line
  }
}

extension SampleGroup {
  /// Each completion as a line of JSON, under the names of TRL's table of completions.
  func lines(step: Int, rewards: [String]) -> [String] {
    samples.map { sample in
      var members = [
        JSON.Member("step", .integer(step)), JSON.Member("prompt", .string(exercise.prompt)),
        JSON.Member("completion", .string(sample.rollout.text)),
      ]
      members += zip(rewards, sample.scores).map { JSON.Member($0, .finite($1)) }
      members.append(JSON.Member("reward", .finite(sample.reward)))
      members.append(JSON.Member("advantage", sample.advantage.map(JSON.finite) ?? .null))
      return JSON.object(members).line
    }
  }
}
