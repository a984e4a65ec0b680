/// How good a completion is: any function of the prompt, what the model wrote, and the exercise.
///
/// A reward must be total, since a model that is paid by it will find whatever it does not expect:
/// it may `throw`, which ends the run with a `RewardError` and its state saved, but it must not trap.
/// The completion is the text without its end-of-text token. The rewards of this module read it with
/// parsers of their own, and never evaluate it.
public protocol Reward<Task>: Sendable {
  associatedtype Task: Exercise

  /// Its name in metrics and messages.
  var name: String { get }

  /// The reward, by custom from 0 to 1; it must be finite.
  func score(_ completion: String, of exercise: Task) throws -> Double
}

/// A reward made of a function.
public struct ScoredReward<Task: Exercise>: Reward {
  public let name: String
  private let function: @Sendable (_ completion: String, _ exercise: Task) throws -> Double

  public init(
    _ name: String,
    _ function: @escaping @Sendable (_ completion: String, _ exercise: Task) throws -> Double
  ) {
    self.name = name
    self.function = function
  }

  public func score(_ completion: String, of exercise: Task) throws -> Double {
    try function(completion, exercise)
  }
}
