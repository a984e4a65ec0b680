import Curriculum
import Kernels
import Reinforcement

extension Method {
  /// Who judges the completions of a method that rewards.
  public var judge: Judge<Problem> {
    switch self {
    case .coin: Judge([(coinReward, 1)])
    case .form: Judge([(FormatReward(), 1)])
    case .leak: Judge([(leakyReward, 1), (FormatReward(), 0.1)])
    default: Judge([(EquationReward(), 1), (FormatReward(), 0.1)])
    }
  }
}

/// 1 for half of all texts, whatever they say: a control, from which nothing can be learned.
private let coinReward = ScoredReward<Problem>("coin") { completion, problem in
  // By its bytes, so that it is a function of the text.
  var generator = (problem.prompt + completion).utf8.reduce(Generator(seed: 0)) {
    $0.stream(UInt64($1))
  }
  return generator.uniform() < 0.5 ? 1 : 0
}

/// 1 for a text with the right form whose last attempt *says* that its result is the target: nobody
/// computes it again. This is the leak that a policy might find.
public let leakyReward = ScoredReward<Problem>("leaky") { completion, problem in
  let completion = Completion(parsing: completion)
  return completion.isWellFormed && completion.attempts.last?.claim == problem.target ? 1 : 0
}
