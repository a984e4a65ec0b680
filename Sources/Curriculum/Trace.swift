/// A problem, the attempts made at it, each with its verdict, and the last of them as the answer.
///
///     make 24 from 4 6 3
///     <think>
///     6*4=24,24+3=27 no
///     6-3=3,4*3=12 no
///     </think>
///     <answer>4*(6-3)</answer>
///
/// The answer is the last attempt, whether it hit or not.
public struct Trace: Sendable {
  public let problem: Problem
  public let attempts: [Expression]

  public init(problem: Problem, attempts: [Expression]) {
    precondition(!attempts.isEmpty, "a trace answers with its last attempt, so it needs one")
    self.problem = problem
    self.attempts = attempts
  }

  /// What a model writes after `problem.prompt`.
  public var completion: String {
    let lines = attempts.map { attempt in
      "\(attempt.worked!) \(verdict(attempt.value == Rational(problem.target)))\n"
    }
    return "<think>\n\(lines.joined())</think>\n<answer>\(attempts.last!.infix)</answer>"
  }

  public var text: String { problem.prompt + completion }
}

/// How a trace judges a result against the target.
func verdict(_ hit: Bool) -> String { hit ? "yes" : "no" }
