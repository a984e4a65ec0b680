/// A completion as it was judged.
public struct Sample: Equatable, Sendable {
  public let rollout: Rollout

  /// What each reward gave for it, unweighed.
  public let scores: [Double]

  /// Their weighted sum, and what its length cost.
  public let reward: Double

  /// What it teaches; nil if it is left out of the batch.
  public internal(set) var advantage: Double?
}

/// All completions of one prompt at one step.
public struct SampleGroup<Task: Exercise>: Sendable {
  public let exercise: Task
  public internal(set) var samples: [Sample]

  /// Whether the completions differ in their rewards, so that there is something to be learned.
  public var isInformative: Bool { !Spread(samples.map(\.reward)).isZero }
}
