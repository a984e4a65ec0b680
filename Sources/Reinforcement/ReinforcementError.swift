import Training

/// Why a run of reinforcement learning stopped, on one line.
public enum ReinforcementError: Error, Equatable, CustomStringConvertible {
  /// A reward gave no number. The state before the step was saved, if there is a file for it.
  case reward(RewardError, step: Int)

  /// The exercises cannot be used.
  case exercises(String)

  /// What stops any training run.
  case training(TrainingError)

  public var description: String {
    switch self {
    case .reward(let error, let step): "step \(step): \(error)"
    case .exercises(let problem): problem
    case .training(let error): "\(error)"
    }
  }
}
