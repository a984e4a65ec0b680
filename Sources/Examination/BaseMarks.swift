import Curriculum

/// What a `BaseExam` has found.
public struct BaseMarks: Sendable {
  /// What was counted inside the thoughts.
  public let skills: Skills

  /// How many of the attempts at each problem were right.
  public let solved: [Int]

  /// How often each problem was tried.
  public let attempts: Int

  /// How many single steps were asked for, and how many results were right.
  public let facts, rightFacts: Int

  /// The share of right results among the single steps.
  public var factRate: Double { Double(rightFacts) / Double(max(1, facts)) }

  /// The share of right attempts.
  public var accuracy: Double { shares.reduce(0, +) / Double(max(1, solved.count)) }

  /// The mean over the problems of pass@k.
  public func passRate(_ k: Int) -> Double {
    solved.reduce(0) { $0 + estimatedPassRate(at: k, right: $1, of: attempts) }
      / Double(max(1, solved.count))
  }

  /// The share of right attempts at each problem.
  private var shares: [Double] { solved.map { Double($0) / Double(attempts) } }

  /// Half the width of an interval that holds the accuracy 95 % of the time, over problems such as
  /// these.
  public var interval: Double { halfWidth(shares) }

  /// How much more often than `other` this was right in the same exam, and half the width of the
  /// interval that holds the difference 95 % of the time. Problems that are hard for one are hard for
  /// the other, so the interval is that of the differences, problem by problem.
  public func lead(over other: BaseMarks) -> (difference: Double, interval: Double) {
    precondition(
      solved.count == other.solved.count && attempts == other.attempts,
      "marks of different exams: \(solved.count) and \(other.solved.count) problems")
    let differences = zip(solved, other.solved).map { Double($0 - $1) / Double(attempts) }
    let mean = differences.reduce(0, +) / Double(max(1, differences.count))
    return (mean, halfWidth(differences))
  }
}

/// 1.96 standard errors of the mean of `values`.
private func halfWidth(_ values: [Double]) -> Double {
  guard values.count > 1 else { return .infinity }
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return 1.96 * (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
}
