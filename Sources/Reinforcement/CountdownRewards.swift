import Curriculum

extension Problem: Exercise {}

/// 1 for a `<think>` block and then an `<answer>` block, each once, with nothing else around them;
/// otherwise 0. One of the two rewards of TinyZero and GRPO-Zero.
public struct FormatReward: Reward {
  public let name = "format"

  public init() {}

  public func score(_ completion: String, of problem: Problem) -> Double {
    Completion(parsing: completion).isWellFormed ? 1 : 0
  }
}

/// 1 for an answer that uses every number exactly once and is worth the target exactly; otherwise 0.
///
/// The answer is parsed, bounded in length and depth, and computed in exact fractions: see
/// `Completion.solves`. An answer without the form earns nothing.
public struct EquationReward: Reward {
  public let name = "equation"

  public init() {}

  public func score(_ completion: String, of problem: Problem) -> Double {
    Completion(parsing: completion).solves(problem) ? 1 : 0
  }
}
